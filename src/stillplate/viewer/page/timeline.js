// The timeline: thumbnails, the share of foreground and the light, what stood still, what was drawn; and playing.

import { json, latest, query } from "./api.js";
import { el } from "./elements.js";
import { clip, clock, go, ground, on, plural, set, state, timeOf } from "./store.js";

const line = document.getElementById("timeline"), thumbs = document.getElementById("thumbs");
const spans = document.getElementById("spans"), head = document.getElementById("head");
const caption = document.getElementById("curve-title");
const number = document.getElementById("number"), time = document.getElementById("time");
const share = (frame) => clip().frames > 1 ? frame / (clip().frames - 1) : 0;
const HIGH = 52, RATE = 25; // pixels of a thumbnail; frames shown a second, at most
const COLOURS = { "not ground": "var(--no)", ground: "var(--yes)", roi: "var(--accent)" };

let shown = "";
function drawThumbs() {
  const width = HIGH * clip().width / clip().height, room = Math.max(1, Math.floor(line.clientWidth / width));
  const known = state.server.samples, wanted = new Map();
  for (let place = 0; place < room; place++) {
    const middle = (place + 0.5) / room * (clip().frames - 1);
    const near = known.reduce((best, [index]) => Math.abs(index - middle) < Math.abs(best - middle) ? index : best, Infinity);
    if (Number.isFinite(near)) wanted.set(place, near);
  }
  const key = JSON.stringify([...wanted, line.clientWidth]);
  if (key === shown) return;
  shown = key;
  thumbs.replaceChildren(...[...wanted].map(([place, index]) => {
    const image = el("img", { src: `thumb/${index}.jpg`, alt: "", draggable: false });
    image.style.left = `${100 * place / room}%`;
    image.style.width = `${100 / room}%`;
    return image;
  }));
}

function drawSpans() {
  const last = timeOf(clip().frames - 1) || 1, place = (seconds) => 100 * Math.max(0, Math.min(1, seconds / last));
  const bar = (start, end, colour, low) => {
    const one = el("i");
    one.style.left = `${place(start ?? 0)}%`;
    one.style.width = `${Math.max(0.3, place(end ?? last) - place(start ?? 0))}%`;
    one.style.background = colour;
    one.style.bottom = `calc(var(--below) + ${low}px)`;
    return one;
  };
  spans.replaceChildren(
    ...(report?.of === `${ground()?.revision}${query()}` ? report.events : []).map((event) => bar(event.from, event.to, "var(--accent)", -5)),
    ...(ground()?.stays ?? []).slice(0, 6).map((stay) => bar(stay.start, stay.end, "var(--mark)", 1)),
    ...state.server.edits.filter((one) => one.kind !== "roi").map((one) => bar(one.start, one.end, COLOURS[one.kind], 8)),
  );
}

// Of a render that is done, the report has every frame, and the events.
let report = null;
async function readReport() {
  const run = state.server.run;
  if (run?.state !== "done" || !run.outputs.report || report?.run === JSON.stringify(run)) return;
  report = { run: JSON.stringify(run), of: `${ground().revision}${query()}`, events: [] };
  const { frames, events } = await json("output/report");
  Object.assign(report, { events, data: [frames.number, frames.foreground_share.map((share) => 100 * share)] });
  if (report.of === `${ground().revision}${query()}`) { curve = { key: report.of, data: report.data }; drawCurve(); drawSpans(); }
}

let plot = null, curve = { key: "", data: [[0], [0]] };
const measure = latest(async () => {
  const now = ground(), key = `${now.revision}${query()}`;
  if (report?.of === key && report.data) { curve = { key, data: report.data }; drawCurve(); return; }
  if (key === curve.key || !now.indices.length) return;
  if (!curve.key) caption.textContent = "comparing the sampled frames to the plate";
  const { shares } = await json(`shares/${now.revision}${query()}`);
  const light = now.light, data = [shares.map((one) => one[0]), shares.map((one) => 100 * one[2])];
  if (light && light.length === shares.length) data.push(light);
  curve = { key, data };
  drawCurve();
});

function drawCurve() {
  const box = document.getElementById("curve"), style = getComputedStyle(document.body), light = curve.data.length > 2;
  plot?.destroy();
  const scales = {
    x: { time: false, range: () => [0, Math.max(1, clip().frames - 1)] },
    y: { range: (_, __, most) => [0, Math.max(1, most * 1.15)] },
    light: { range: (_, least, most) => [least - 0.2 * (most - least) - 0.01, most + 0.2 * (most - least) + 0.01] },
  };
  const mark = style.getPropertyValue("--mark").trim(), accent = style.getPropertyValue("--accent").trim();
  const series = [{}, { stroke: mark, fill: `${mark}48`, width: 1.3, points: { show: false } }];
  if (light) series.push({ scale: "light", stroke: accent, width: 1.2, dash: [4, 3], points: { show: false } });
  plot = new uPlot({
    width: box.clientWidth, height: box.clientHeight, padding: [2, 0, 2, 0], scales, series, cursor: { show: false }, legend: { show: false },
    axes: [{ show: false }, { show: false }],
  }, curve.data, box);
  const most = Math.max(...curve.data[1]);
  const of = report?.of === curve.key ? "foreground in every frame, and events" : `foreground of ${plural(curve.data[0].length, "sampled frame")}`;
  caption.textContent = `${of}, up to ${most.toFixed(most < 10 ? 1 : 0)} %${light ? "; light, dashed" : ""}${report?.of === curve.key ? "" : "; every frame, and events, once it is rendered with these options"}`;
}

function moveHead() {
  head.style.left = `${100 * share(state.frame)}%`;
  line.setAttribute("aria-valuemax", clip().frames - 1);
  line.setAttribute("aria-valuenow", state.frame);
  line.setAttribute("aria-valuetext", `frame ${state.frame}, ${clock(timeOf(state.frame))}`);
  if (document.activeElement !== number) number.value = state.frame;
  time.textContent = `${clock(timeOf(state.frame))} of ${clock(timeOf(clip().frames - 1))}`;
}

function scrub(event) {
  const area = line.getBoundingClientRect();
  go((event.clientX - area.left) / area.width * (clip().frames - 1));
}
line.addEventListener("pointerdown", (event) => { line.setPointerCapture(event.pointerId); stop(); scrub(event); });
line.addEventListener("pointermove", (event) => { if (line.hasPointerCapture(event.pointerId)) scrub(event); });
number.addEventListener("change", () => go(Number(number.value)));

let playing = 0;
const play = document.getElementById("play");
function stop() {
  if (!playing) return;
  cancelAnimationFrame(playing);
  playing = 0;
  play.firstElementChild.firstElementChild.setAttribute("d", "M4 2.5v11l9-5.5z");
  play.setAttribute("aria-label", "Play");
}
/** Play from here, at the clip's own rate where the machine keeps up; or stop. */
export function toggle() {
  if (playing) { stop(); return; }
  const rate = Math.min(clip().rate, RATE), step = clip().rate / rate;
  let last = performance.now(), place = state.frame >= clip().frames - 1 ? 0 : state.frame;
  play.firstElementChild.firstElementChild.setAttribute("d", "M4 3h3v10H4zM9 3h3v10H9z");
  play.setAttribute("aria-label", "Stop");
  const run = (now) => {
    playing = requestAnimationFrame(run);
    if (now - last < 1000 / rate - 2) return;
    place += Math.max(1, Math.round((now - last) / 1000 * rate)) * step;
    last = now;
    if (place >= clip().frames - 1) { go(clip().frames - 1); stop(); return; }
    go(place, 400);
  };
  playing = requestAnimationFrame(run);
}
play.addEventListener("click", toggle);
document.getElementById("transport").addEventListener("click", (event) => {
  const way = event.target.closest("[data-go]")?.dataset.go;
  if (!way) return;
  stop();
  go({ start: 0, back: state.frame - 1, next: state.frame + 1, end: clip().frames - 1 }[way]);
});

let waiting = 0;
on("server knobs", () => {
  clearTimeout(waiting);
  if (ground() && state.server.progress.phase === "") waiting = setTimeout(measure, 600);
});
on("server", () => {
  if (!ground()) caption.textContent = "the share of foreground comes with the plate";
});
on("server", () => { drawThumbs(); drawSpans(); moveHead(); readReport(); });
on("frame", moveHead);
new ResizeObserver(() => { if (state.server) { drawThumbs(); if (plot) drawCurve(); } }).observe(line);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { if (plot) drawCurve(); });
set({ frame: 0 });
