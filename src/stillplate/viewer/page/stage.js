// The picture: two layers under a divider or side by side, moved and enlarged together.

import { latest } from "./api.js";
import { MAPS } from "./colormap.js";
import { LAYERS, keyOf, lacking, load } from "./layers.js";
import { clip, ground, on, set, state } from "./store.js";

const canvas = document.getElementById("view"), context = canvas.getContext("2d");
const stage = document.getElementById("stage"), divider = document.getElementById("divider");
const place = { scale: 1, x: 0, y: 0, fitted: true }; // of the picture in a pane, in CSS pixels
const panes = ["left", "right"].map((side) => ({ side, key: "", shown: null }));
const overlays = []; // functions that draw over the picture, given the context, the scale and the layer
const LARGEST = 40, GAP = 2;

/** Draw something over every pane, in pixels of the clip. */
export function overlay(draw) { overlays.push(draw); }

export function redraw() { cancelAnimationFrame(redraw.at); redraw.at = requestAnimationFrame(draw); }

/** Where a pane lies, in CSS pixels of the canvas. */
function rectangles() {
  const width = canvas.clientWidth, height = canvas.clientHeight;
  if (state.mode !== "side") return [[0, 0, width, height], [0, 0, width, height]];
  const half = (width - GAP) / 2;
  return [[0, 0, half, height], [half + GAP, 0, half, height]];
}

function fit() {
  if (!state.server) return;
  const [, , width, height] = rectangles()[0], { width: w, height: h } = clip();
  place.scale = Math.min(width / w, height / h) * 0.985;
  place.x = (width - w * place.scale) / 2;
  place.y = (height - h * place.scale) / 2;
  place.fitted = true;
  redraw();
}

/** Enlarge around a point of the canvas; the middle if none is given. */
export function zoom(factor, at = null) {
  const [left, , width, height] = rectangles()[at && state.mode === "side" && at[0] > canvas.clientWidth / 2 ? 1 : 0];
  const x = at ? at[0] - left : width / 2, y = at ? at[1] : height / 2;
  const least = Math.min(width / clip().width, height / clip().height) * 0.5;
  const scale = Math.max(least, Math.min(LARGEST, place.scale * factor));
  place.x = x - (x - place.x) * scale / place.scale;
  place.y = y - (y - place.y) * scale / place.scale;
  place.scale = scale;
  place.fitted = false;
  redraw();
}

export function pan(dx, dy) { place.x += dx; place.y += dy; place.fitted = false; redraw(); }
export { fit };

/** Show a box of the clip, so that it fills a part of the pane. */
export function show([x, y, w, h]) {
  const [, , width, height] = rectangles()[0], whole = Math.min(width / clip().width, height / clip().height);
  place.scale = Math.max(whole * 0.985, Math.min(whole * 3, Math.min(width / w, height / h) * 0.45));
  place.x = width / 2 - (x + w / 2) * place.scale;
  place.y = height / 2 - (y + h / 2) * place.scale;
  place.fitted = false;
  redraw();
}

/** The place in the clip under a point of the canvas. */
export function placeAt(x, y) {
  const second = state.mode === "side" && x > canvas.clientWidth / 2;
  const [left] = rectangles()[second ? 1 : 0];
  return [(x - left - place.x) / place.scale, (y - place.y) / place.scale];
}

function draw() {
  const ratio = devicePixelRatio, width = canvas.clientWidth, height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!state.server) return;
  const areas = rectangles(), cut = Math.round(state.divider * width);
  panes.forEach((pane, number) => {
    if (number === 1 && state.mode === "single") return;
    let [x, y, w, h] = areas[number];
    const left = x;
    if (state.mode === "divider") [x, w] = number ? [cut, width - cut] : [0, cut];
    context.save();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.beginPath();
    context.rect(x, y, w, h);
    context.clip();
    context.translate(left + place.x, place.y);
    context.scale(place.scale, place.scale);
    paint(pane.shown);
    for (const each of overlays) { context.save(); each(context, place.scale, state[pane.side]); context.restore(); }
    context.restore();
  });
  divider.hidden = state.mode !== "divider";
  divider.style.left = `${cut}px`;
  divider.setAttribute("aria-valuenow", Math.round(state.divider * 100));
  document.querySelector("#zoom output").textContent = `${Math.round(place.scale * devicePixelRatio * 100)} %`;
}

/** Where the canvas of a camera that moves is shown: its scale and place, in pixels of the clip. */
function canvasPlace([wide, high]) {
  const { width, height } = clip(), scale = Math.min(width / wide, height / high);
  return [scale, (width - wide * scale) / 2, (height - high * scale) / 2];
}

/** A box of the plate, in pixels of the clip as it is shown. */
export function onStage([x, y, w, h]) {
  const now = ground();
  if (!now.moving) return [x, y, w, h];
  const [scale, left, top] = canvasPlace([now.width, now.height]);
  return [left + x * scale, top + y * scale, w * scale, h * scale];
}

function paint(shown) {
  if (!shown) return;
  if (!shown.canvas) { paintIn(shown, clip().width, clip().height); return; }
  const [scale, left, top] = canvasPlace(shown.canvas);
  context.save();
  context.translate(left, top);
  context.scale(scale, scale);
  paintIn(shown, ...shown.canvas);
  if (shown.corners) {
    context.beginPath();
    for (const [x, y] of shown.corners) context.lineTo(x, y);
    context.closePath();
    for (const [wide, colour] of [[4.5, "#000a"], [2, "#f0a83c"]]) {
      context.lineWidth = wide / place.scale / scale;
      context.strokeStyle = colour;
      context.stroke();
    }
  }
  context.restore();
}

function paintIn(shown, width, height) {
  context.imageSmoothingEnabled = place.scale * devicePixelRatio < 2;
  context.imageSmoothingQuality = state.resting ? "medium" : "low";
  if (shown.checks) checkerboard(width, height);
  if (shown.base) context.drawImage(shown.base, 0, 0, width, height);
  else { context.fillStyle = "#000"; context.fillRect(0, 0, width, height); }
  if (!shown.over) return;
  if (shown.style === "outline") outline(shown.over, width, height);
  else {
    context.globalAlpha = shown.base ? 0.5 : 1;
    context.imageSmoothingEnabled = false;
    context.drawImage(shown.over, 0, 0, width, height);
    context.globalAlpha = 1;
  }
}

function checkerboard(width, height) {
  const side = 8 / place.scale;
  context.fillStyle = "#8a8f94";
  context.fillRect(0, 0, width, height);
  context.fillStyle = "#a7acb1";
  context.save();
  context.beginPath();
  context.rect(0, 0, width, height);
  context.clip();
  const first = [Math.floor(Math.max(0, -place.x / place.scale) / side), Math.floor(Math.max(0, -place.y / place.scale) / side)];
  const last = [Math.min(width, (canvas.clientWidth - place.x) / place.scale) / side, Math.min(height, (canvas.clientHeight - place.y) / place.scale) / side];
  for (let row = first[1]; row <= last[1]; row++)
    for (let column = first[0] + (first[0] + row) % 2; column <= last[0]; column += 2)
      context.fillRect(column * side, row * side, side, side);
  context.restore();
}

const edge = new OffscreenCanvas(1, 1), edgeContext = edge.getContext("2d");
/** Draw the outline of a mask, as wide on the screen at any size: the mask, shifted all around, less itself. */
function outline(mask, width, height) {
  const matrix = context.getTransform(), reach = 1.6 * devicePixelRatio;
  if (edge.width !== canvas.width || edge.height !== canvas.height) { edge.width = canvas.width; edge.height = canvas.height; }
  edgeContext.setTransform(1, 0, 0, 1, 0, 0);
  edgeContext.globalCompositeOperation = "source-over";
  edgeContext.clearRect(0, 0, edge.width, edge.height);
  edgeContext.imageSmoothingEnabled = false;
  for (let turn = 0; turn < 8; turn++) {
    const dx = reach * Math.cos(turn * Math.PI / 4), dy = reach * Math.sin(turn * Math.PI / 4);
    edgeContext.setTransform(matrix.a, 0, 0, matrix.d, matrix.e + dx, matrix.f + dy);
    edgeContext.drawImage(mask, 0, 0, width, height);
  }
  edgeContext.globalCompositeOperation = "destination-out";
  edgeContext.setTransform(matrix);
  edgeContext.drawImage(mask, 0, 0, width, height);
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.shadowColor = "#000c";
  context.shadowBlur = 2 * devicePixelRatio;
  context.drawImage(edge, 0, 0);
  context.restore();
}

for (const pane of panes) {
  pane.refresh = latest(async () => {
    const key = keyOf(state[pane.side]);
    if (key === pane.key) return;
    const shown = await load(state[pane.side]);
    pane.shown = shown;
    pane.key = key;
    redraw();
    hints();
    if (keyOf(state[pane.side]) !== key) pane.refresh();
  });
}

export function refresh() {
  if (!state.server) return;
  for (const pane of panes) if (state.mode !== "single" || pane.side === "left") pane.refresh();
}

/** Whether the layers show what is asked for. */
export const isShown = () => panes.every((pane) => (state.mode === "single" && pane.side === "right") || pane.key === keyOf(state[pane.side]));

/** Whether they show it exactly: for tests and screenshots. */
export const isSettled = () => state.resting && isShown();

const seen = () => panes.filter((pane) => pane.side === "left" || state.mode !== "single");
const TOOLS = { brush: "Paint over it; Shift and drag moves the picture", polygon: "Click the corners; Enter closes the polygon, Esc leaves it" };

/** What the tool does, or why a layer does not show what it is called. */
function hint() {
  if (TOOLS[state.tool]) return TOOLS[state.tool];
  const lacks = seen().map((pane) => state[pane.side]).find(lacking);
  if (lacks && !ground()) return `no ${lacks === "mask" ? "mask" : "such picture"}${state.server.progress.error ? ": there is no plate" : " yet: the plate is being fitted"}`;
  return seen().some((pane) => pane.shown?.waits) ? "shown when the picture rests" : "";
}
const hints = () => { document.getElementById("hint").textContent = state.server ? hint() : ""; };

function legend(box, name) {
  const now = ground(), plane = now?.planes[LAYERS[name]?.plane];
  box.hidden = !now || !(plane || name === "unseen");
  if (box.hidden) return;
  const [title, colours, low, high] = box.children;
  for (const one of [colours, low, high]) one.hidden = !plane;
  if (!plane) {
    title.textContent = now.never_seen ? `Never seen: what is pink, ${(100 * now.never_seen).toFixed(1)} % of the plate` : "Never seen: nothing, all of the plate was seen";
    return;
  }
  title.textContent = `${plane.title}, ${plane.unit}`;
  const line = colours.getContext("2d"), data = line.createImageData(256, 1);
  new Uint32Array(data.data.buffer).set(MAPS[LAYERS[name].map]);
  line.putImageData(data, 0, 0);
  low.textContent = "0";
  high.textContent = plane.most >= 10 ? plane.most.toFixed(0) : plane.most.toFixed(1);
}

/** What the colours of each layer mean; of the same layer twice, once. */
function legends() {
  const names = [...new Set(seen().map((pane) => state[pane.side]))];
  document.querySelectorAll(".legend").forEach((box, number) => legend(box, names[number]));
}

let known = "";
on("server", () => {
  const size = `${clip().width}x${clip().height}`;
  if (size !== known) { known = size; fit(); }
});
on("server frame resting left right mode knobs style light", refresh);
on("server left right mode", legends);
on("server left right mode tool", hints);
on("divider mode marked", redraw);
on("mode", () => { if (place.fitted) fit(); });
new ResizeObserver(() => { if (place.fitted) fit(); else redraw(); }).observe(stage);
set({ divider: 0.5 });
