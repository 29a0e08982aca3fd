// Colours in the cube of red, green and blue: turned by dragging, enlarged by the wheel.

import { choice, el } from "./elements.js";

const LEAST = 12; // levels that a side of the cube has, at least
const view = { yaw: 0.25, pitch: 0.3, zoom: 1, whole: false };
const CORNERS = [0, 1, 2, 3, 4, 5, 6, 7];

/** The cube that is drawn: its lowest corner and its side, in levels. */
function span(colours) {
  if (view.whole) return { low: [0, 0, 0], side: 255 };
  const ends = [0, 1, 2].map((at) => [Math.min(...colours.map((one) => one[at])), Math.max(...colours.map((one) => one[at]))]);
  const side = Math.min(255, Math.max(LEAST, ...ends.map(([least, most]) => 1.15 * (most - least))));
  return { low: ends.map(([least, most]) => Math.max(0, Math.min(255 - side, (least + most - side) / 2))), side };
}

function draw(canvas, pixel, inks) {
  const ratio = devicePixelRatio * (canvas.currentCSSZoom ?? 1), width = canvas.clientWidth || 300, height = canvas.clientHeight || 180;
  canvas.width = width * ratio; canvas.height = height * ratio;
  const context = canvas.getContext("2d"), style = getComputedStyle(document.body);
  context.scale(ratio, ratio);
  const { low, side } = span([...pixel.samples, pixel.plate]), size = Math.min(width, height) * 0.6;
  const [sin, cos, up, flat] = [Math.sin(view.yaw), Math.cos(view.yaw), Math.sin(view.pitch), Math.cos(view.pitch)];
  const flatten = (colour) => {
    const [x, z, y] = colour.map((value, at) => (value - low[at]) / side - 0.5);
    const across = x * cos - z * sin, deep = x * sin + z * cos;
    return [width / 2 + size * across, height / 2 - size * (y * flat - deep * up), deep * flat + y * up];
  };
  const fixed = flatten(pixel.plate); // where it is, whatever the zoom
  const project = (colour) => {
    const [x, y, deep] = flatten(colour);
    return [fixed[0] + view.zoom * (x - fixed[0]), fixed[1] + view.zoom * (y - fixed[1]), deep];
  };
  const at = (part) => low.map((value, channel) => value + side * part[channel]);
  const corners = CORNERS.map((one) => project(at([one & 1 ? 1 : 0, one & 2 ? 1 : 0, one & 4 ? 1 : 0])));
  context.strokeStyle = style.getPropertyValue("--line"); context.lineWidth = 1;
  for (const from of CORNERS) for (const bit of [1, 2, 4]) if (!(from & bit)) {
    context.beginPath(); context.moveTo(corners[from][0], corners[from][1]); context.lineTo(corners[from | bit][0], corners[from | bit][1]); context.stroke();
  }
  context.font = "11px system-ui, sans-serif"; context.fillStyle = style.getPropertyValue("--quiet"); context.textAlign = "center";
  const least = project(low);
  context.fillText(low.map(Math.round).join(", "), least[0], least[1] + 14);
  ["red", "green", "blue"].forEach((name, channel) => {
    const [x, y] = project(at([0, 1, 2].map((one) => one === channel ? 1.1 : 0)));
    context.fillText(`${name} ${Math.round(low[channel] + side)}`, x, y + 4);
  });
  const points = pixel.samples.map((colour, number) => [...project(colour), colour, inks(pixel.labels[number]), pixel.weights[number]]).sort((one, other) => one[2] - other[2]);
  for (const [x, y, , colour, ink, weight] of points) {
    context.beginPath(); context.arc(x, y, 3 + 2 * weight, 0, 7);
    context.fillStyle = `rgb(${colour})`; context.fill();
    context.strokeStyle = ink; context.lineWidth = 1.6; context.globalAlpha = 0.35 + 0.65 * weight; context.stroke(); context.globalAlpha = 1;
  }
  const [x, y] = project(pixel.plate);
  context.strokeStyle = style.getPropertyValue("--ink"); context.lineWidth = 1.5;
  context.beginPath(); context.arc(x, y, 9, 0, 7); context.moveTo(x - 14, y); context.lineTo(x - 6, y); context.moveTo(x + 6, y); context.lineTo(x + 14, y); context.stroke();
}

/** The samples of a pixel, ringed by the colours that `inks` has for clusters, and the plate as a cross. */
export function cube(pixel, inks) {
  const canvas = el("canvas", { id: "cube", tabindex: "0", role: "img", "aria-label": "Colours of the samples, as red, green and blue; drag or arrow keys turn them, the wheel or plus and minus enlarge them" });
  const again = () => draw(canvas, pixel, inks);
  const turn = (yaw, pitch) => { view.yaw += yaw; view.pitch = Math.max(-1.5, Math.min(1.5, view.pitch + pitch)); again(); };
  const enlarge = (factor) => { view.zoom = Math.max(0.5, Math.min(20, view.zoom * factor)); again(); };
  let from = null;
  canvas.addEventListener("pointerdown", (event) => { from = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointermove", (event) => {
    if (!from) return;
    turn((event.clientX - from[0]) * 0.01, (event.clientY - from[1]) * 0.01);
    from = [event.clientX, event.clientY];
  });
  canvas.addEventListener("pointerup", () => { from = null; });
  canvas.addEventListener("wheel", (event) => { event.preventDefault(); enlarge(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 20 : 1) * 0.0018)); }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, -0.15], ArrowDown: [0, 0.15] }[event.key];
    const factor = { "+": 1.25, "=": 1.25, "-": 0.8 }[event.key];
    if (step) turn(...step); else if (factor) enlarge(factor); else return;
    event.preventDefault(); event.stopPropagation();
  });
  requestAnimationFrame(again);
  return el("div.cube", canvas, choice("span", "Colours that are shown", [
    [false, "its own", "As wide as the samples are apart"], [true, "all", "The whole cube of colours, 0 to 255"],
  ], view.whole, (whole) => { Object.assign(view, { whole, zoom: 1 }); again(); }));
}
