// One pixel: its samples over time and as a scatter of colours, its clusters and votes, what was chosen.

import { json, latest, tell } from "./api.js";
import { el, fill } from "./elements.js";
import { overlay, redraw } from "./stage.js";
import { clock, go, frameAt, ground, on, set, state } from "./store.js";

const panel = document.getElementById("pixel");
const INKS = ["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#d55e00", "#0072b2", "#999999"]; // Okabe and Ito
const turned = { yaw: 0.25, pitch: 0.3 };

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

function cube(pixel) {
  const canvas = el("canvas", { id: "cube", tabindex: "0", role: "img", "aria-label": "Colours of the samples in the cube of red, green and blue; drag to turn it" });
  const draw = () => {
    const ratio = devicePixelRatio, width = canvas.clientWidth || 300, height = canvas.clientHeight || 230;
    canvas.width = width * ratio; canvas.height = height * ratio;
    const context = canvas.getContext("2d"), style = getComputedStyle(document.body);
    context.scale(ratio, ratio);
    const size = Math.min(width, height) * 0.56, [sin, cos, up, flat] = [Math.sin(turned.yaw), Math.cos(turned.yaw), Math.sin(turned.pitch), Math.cos(turned.pitch)];
    const project = ([r, g, b]) => {
      const [x, z, y] = [r / 255 - 0.5, g / 255 - 0.5, b / 255 - 0.5];
      const across = x * cos - z * sin, deep = x * sin + z * cos;
      return [width / 2 + size * across, height / 2 - size * (y * flat - deep * up) , deep * flat + y * up];
    };
    context.strokeStyle = style.getPropertyValue("--line"); context.lineWidth = 1;
    const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((at) => [at & 1 ? 255 : 0, at & 2 ? 255 : 0, at & 4 ? 255 : 0]);
    for (let a = 0; a < 8; a++) for (const bit of [1, 2, 4]) if (!(a & bit)) {
      const [from, to] = [project(corners[a]), project(corners[a | bit])];
      context.beginPath(); context.moveTo(from[0], from[1]); context.lineTo(to[0], to[1]); context.stroke();
    }
    context.font = "11px system-ui, sans-serif"; context.fillStyle = style.getPropertyValue("--quiet"); context.textAlign = "center";
    for (const [name, colour] of [["red", [282, 0, 0]], ["green", [0, 286, 0]], ["blue", [0, 0, 275]]]) { const [x, y] = project(colour); context.fillText(name, x, y); }
    const points = pixel.samples.map((colour, at) => [...project(colour), colour, INKS[pixel.labels[at] % 8], pixel.weights[at]]).sort((one, other) => one[2] - other[2]);
    for (const [x, y, , colour, ink, weight] of points) {
      context.beginPath(); context.arc(x, y, 3 + 2 * weight, 0, 7);
      context.fillStyle = `rgb(${colour})`; context.fill();
      context.strokeStyle = ink; context.lineWidth = 1.6; context.globalAlpha = 0.35 + 0.65 * weight; context.stroke(); context.globalAlpha = 1;
    }
    const [x, y] = project(pixel.plate);
    context.strokeStyle = style.getPropertyValue("--ink"); context.lineWidth = 1.5;
    context.beginPath(); context.arc(x, y, 9, 0, 7); context.moveTo(x - 14, y); context.lineTo(x - 6, y); context.moveTo(x + 6, y); context.lineTo(x + 14, y); context.stroke();
  };
  let from = null;
  canvas.addEventListener("pointerdown", (event) => { from = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointermove", (event) => {
    if (!from) return;
    turned.yaw += (event.clientX - from[0]) * 0.01; turned.pitch = Math.max(-1.5, Math.min(1.5, turned.pitch + (event.clientY - from[1]) * 0.01));
    from = [event.clientX, event.clientY]; draw();
  });
  canvas.addEventListener("pointerup", () => { from = null; });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, -0.15], ArrowDown: [0, 0.15] }[event.key];
    if (!step) return;
    turned.yaw += step[0]; turned.pitch += step[1]; draw(); event.preventDefault(); event.stopPropagation();
  });
  requestAnimationFrame(draw);
  return canvas;
}

function overTime(pixel) {
  const box = el("div.plot");
  requestAnimationFrame(() => {
    if (!box.clientWidth) return;
    const style = getComputedStyle(document.body), line = style.getPropertyValue("--line").trim(), quiet = style.getPropertyValue("--quiet").trim();
    const grey = pixel.samples.map(([r, g, b]) => Math.round(0.299 * r + 0.587 * g + 0.114 * b));
    const clusters = [...new Set(pixel.labels)].sort(), data = [pixel.times, ...clusters.map((label) => grey.map((value, at) => pixel.labels[at] === label ? value : null))];
    const axis = { stroke: quiet, grid: { stroke: line, width: 0.5 }, ticks: { show: false }, font: "10px system-ui, sans-serif" };
    const plot = new uPlot({
      width: box.clientWidth, height: 120, padding: [8, 8, 0, 0], legend: { show: false }, cursor: { y: false, points: { show: false } },
      scales: { x: { time: false }, y: { range: [0, 255] } }, axes: [{ ...axis, size: 22, values: (_, times) => times.map((time) => `${time} s`) }, { ...axis, size: 34, splits: [0, 64, 128, 192, 255] }],
      series: [{}, ...clusters.map((label) => ({ stroke: INKS[label % 8], paths: () => null, points: { show: true, size: 5, fill: INKS[label % 8] } }))],
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
  const dot = (label) => { const one = el("i"); one.style.background = INKS[label % 8]; return one; };
  fill(panel,
    placed(),
    el("h2", `Pixel x ${pixel.x}, y ${pixel.y}: ${pixel.samples.length} samples`),
    cube(pixel),
    el("p.small", "Each sample in its own colour, ringed by its cluster, larger the more its vote counts. The cross is the plate. Drag to turn."),
    el("ul.clusters", pixel.counts.map((count, label) => el("li", dot(label), el("span", `${label === winner ? "Won: " : ""}${count} samples`), el("b", `${Math.round(100 * pixel.shares[label])} % of the votes`)))),
    el("h2", "Brightness over time"), overTime(pixel), el("p.small", "Click to go to that sample."),
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
