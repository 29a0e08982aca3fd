// One pixel: its samples over time and as a scatter of colours, its clusters and votes, what was chosen.

import { json, latest, tell } from "./api.js";
import { cube } from "./cube.js";
import { el, fill } from "./elements.js";
import { overlay, redraw } from "./stage.js";
import { clock, go, frameAt, ground, on, plural, set, state } from "./store.js";

const panel = document.getElementById("pixel");
const INKS = ["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#d55e00", "#0072b2", "#999999"]; // Okabe and Ito
const ink = (label) => INKS[label % INKS.length];

export const look = latest(async (x, y) => {
  const now = ground();
  if (!now) { tell("The plate is not there yet."); return; }
  if (now.moving) { tell("The camera moves: pixels can be looked at in the clip of a camera that stands."); return; }
  set({ marked: null, looking: [x, y] });
  redraw();
  try {
    set({ pixel: await json(`pixel/${now.revision}/${x}/${y}`) });
  } catch (error) { tell(error.message); }
});

function overTime(pixel) {
  const box = el("div.plot");
  requestAnimationFrame(() => {
    if (!box.clientWidth) return;
    const style = getComputedStyle(document.body), line = style.getPropertyValue("--line").trim(), quiet = style.getPropertyValue("--quiet").trim();
    const grey = pixel.samples.map(([r, g, b]) => Math.round(0.299 * r + 0.587 * g + 0.114 * b));
    const clusters = [...new Set(pixel.labels)].sort(), data = [pixel.times, ...clusters.map((label) => grey.map((value, at) => pixel.labels[at] === label ? value : null))];
    const axis = { stroke: quiet, grid: { stroke: line, width: 0.5 }, ticks: { show: false }, font: "10px system-ui, sans-serif" };
    const plot = new uPlot({
      width: box.clientWidth, height: box.clientHeight, padding: [8, 8, 0, 0], legend: { show: false }, cursor: { y: false, points: { show: false } },
      scales: { x: { time: false }, y: { range: [0, 255] } }, axes: [{ ...axis, size: 22, values: (_, times) => times.map((time) => `${time} s`) }, { ...axis, size: 34, splits: [0, 64, 128, 192, 255] }],
      series: [{}, ...clusters.map((label) => ({ stroke: ink(label), paths: () => null, points: { show: true, size: 5, fill: ink(label) } }))],
    }, data, box);
    plot.over.addEventListener("click", () => { if (plot.cursor.idx !== null) go(frameAt(pixel.times[plot.cursor.idx])); });
  });
  return box;
}

/** The place of a pixel, to be typed. */
function placed() {
  const [x, y] = state.looking ?? ["", ""];
  const field = (name, value, most) => el("input", { type: "number", min: "0", max: String(most), value: String(value), "aria-label": name, "data-key": name, size: 5 });
  const fields = [field("x", x, (ground()?.width ?? 1) - 1), field("y", y, (ground()?.height ?? 1) - 1)];
  return el("form.place", { onsubmit: (event) => { event.preventDefault(); if (fields.every((one) => one.value !== "" && one.validity.valid)) look(...fields.map((one) => Number(one.value))); } },
    el("span", "x"), fields[0], el("span", "y"), fields[1], el("button", "Look"));
}

function build() {
  const pixel = state.pixel;
  if (!pixel) {
    fill(panel, el("p", "Click a pixel of the picture, or type its place: its samples, their clusters and votes, and the colour that was chosen appear here."), placed());
    return;
  }
  const winner = pixel.shares.indexOf(Math.max(...pixel.shares)), colour = (rgb) => { const one = el("span.swatch"); one.style.background = `rgb(${rgb})`; return one; };
  const dot = (label) => { const one = el("i"); one.style.background = ink(label); return one; };
  fill(panel,
    placed(),
    cube(pixel, ink),
    overTime(pixel),
    el("ul.clusters", pixel.counts.map((count, label) => el("li", dot(label), el("span", `${label === winner ? "Won: " : ""}${plural(count, "sample")}`), el("b", `${Math.round(100 * pixel.shares[label])} % of the votes`)))),
    el("p.small", `Above, each of the ${plural(pixel.samples.length, "sample")} in its own colour, ringed by its cluster, larger the more its vote counts; the cross is the plate. Drag turns it, the wheel enlarges it. Below, their brightness over time: click to go to that sample.`),
    el("h2", "What was chosen"),
    el("dl.figures",
      el("dt", "Plate"), el("dd", colour(pixel.plate), pixel.plate.join(", ")),
      el("dt", "Support"), el("dd", pixel.support.toFixed(2)),
      el("dt", "Threshold"), el("dd", `${pixel.threshold.toFixed(1)} levels`),
      el("dt", "Seen"), el("dd", pixel.seen ? "by two samples or more" : "never: this is a guess"),
      el("dt", "First sample"), el("dd", clock(pixel.times[0] ?? 0))),
  );
}
overlay((context, scale) => {
  if (!state.looking || state.panel !== "pixel") return;
  const [x, y] = state.looking, reach = 9 / scale;
  for (const [width, colour] of [[3, "#000a"], [1.4, "#fff"]]) {
    context.lineWidth = width / scale; context.strokeStyle = colour; context.beginPath();
    context.moveTo(x + 0.5 - reach, y + 0.5); context.lineTo(x + 0.5 - reach / 3, y + 0.5); context.moveTo(x + 0.5 + reach / 3, y + 0.5); context.lineTo(x + 0.5 + reach, y + 0.5);
    context.moveTo(x + 0.5, y + 0.5 - reach); context.lineTo(x + 0.5, y + 0.5 - reach / 3); context.moveTo(x + 0.5, y + 0.5 + reach / 3); context.lineTo(x + 0.5, y + 0.5 + reach);
    context.stroke();
  }
});
on("pixel panel", build);
let seen = 0;
on("server", () => {
  const now = ground();
  if (now && now.revision !== seen && state.server.progress.phase === "") {
    if (seen && state.looking && state.panel === "pixel") look(...state.looking);
    seen = now.revision;
  }
});
build();
