// The pointer on the picture: moving and enlarging it, the divider, and what is drawn.

import { drawn, finishPolygon, polygon, stroke } from "./draw.js";
import { look } from "./pixel.js";
import { overlay, pan, placeAt, redraw, zoom } from "./stage.js";
import { clip, on, set, state } from "./store.js";

const canvas = document.getElementById("view"), divider = document.getElementById("divider");
const SLACK = 4; // pixels that a click may move
let held = null, over = null;

const inside = ([x, y]) => x >= 0 && y >= 0 && x < clip().width && y < clip().height;

canvas.addEventListener("pointerdown", (event) => {
  if (!state.server) return;
  canvas.setPointerCapture(event.pointerId);
  document.activeElement?.blur(); // keys are for the picture again
  held = { x: event.offsetX, y: event.offsetY, moved: false, paints: state.tool === "brush" && event.button === 0 && !event.shiftKey };
  if (held.paints) stroke.push(placeAt(event.offsetX, event.offsetY));
  redraw();
});
canvas.addEventListener("pointermove", (event) => {
  if (!state.server) return;
  const at = placeAt(event.offsetX, event.offsetY);
  over = inside(at) ? at : null;
  document.getElementById("under").textContent = over ? `x ${Math.floor(at[0])}  y ${Math.floor(at[1])}` : "";
  if (held?.paints) stroke.push(...(event.getCoalescedEvents?.() ?? [event]).map((one) => placeAt(one.offsetX, one.offsetY)));
  else if (held) {
    const dx = event.offsetX - held.x, dy = event.offsetY - held.y;
    if (held.moved || Math.hypot(dx, dy) > SLACK) {
      held = { ...held, x: event.offsetX, y: event.offsetY, moved: true };
      canvas.classList.add("panning");
      pan(dx, dy);
    }
  }
  if (state.tool !== "look") redraw();
});
canvas.addEventListener("pointerup", (event) => {
  const was = held;
  held = null;
  canvas.classList.remove("panning");
  if (!was) return;
  if (was.paints) { drawn(); return; }
  const at = placeAt(event.offsetX, event.offsetY);
  if (was.moved || event.button !== 0) return;
  if (state.tool === "polygon") { polygon.push(clamped(at)); redraw(); } else if (inside(at)) look(Math.floor(at[0]), Math.floor(at[1]));
});
canvas.addEventListener("pointercancel", () => { held = null; stroke.length = 0; redraw(); });
canvas.addEventListener("pointerleave", () => { over = null; document.getElementById("under").textContent = ""; redraw(); });
canvas.addEventListener("dblclick", () => { if (state.tool === "polygon") finishPolygon(); });
canvas.addEventListener("contextmenu", (event) => event.preventDefault());
canvas.addEventListener("wheel", (event) => {
  if (!state.server) return;
  event.preventDefault();
  const lines = event.deltaMode === 1 ? 20 : 1;
  zoom(Math.exp(-event.deltaY * lines * 0.0018), [event.offsetX, event.offsetY]);
}, { passive: false });

const clamped = ([x, y]) => [Math.max(0, Math.min(clip().width - 1, x)), Math.max(0, Math.min(clip().height - 1, y))];

/** Keys of the tools: true if one was meant. */
export function nudge(event) {
  if (state.tool === "polygon" && event.key === "Enter") { finishPolygon(); return true; }
  if (event.key !== "Escape") return false;
  if (polygon.length) { polygon.length = 0; redraw(); } else set({ tool: "look", marked: null });
  return true;
}

divider.addEventListener("pointerdown", (event) => { divider.setPointerCapture(event.pointerId); event.preventDefault(); divider.focus(); });
divider.addEventListener("pointermove", (event) => {
  if (!divider.hasPointerCapture(event.pointerId)) return;
  const area = canvas.getBoundingClientRect();
  set({ divider: Math.max(0, Math.min(1, (event.clientX - area.left) / area.width)) });
});
divider.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -0.02, ArrowRight: 0.02 }[event.key];
  if (!step) return;
  set({ divider: Math.max(0, Math.min(1, state.divider + step)) });
  event.preventDefault();
  event.stopPropagation();
});

overlay((context, scale) => {
  if (state.tool !== "brush" || !over) return;
  context.beginPath();
  context.arc(over[0], over[1], state.brush, 0, 2 * Math.PI);
  context.lineWidth = 3 / scale;
  context.strokeStyle = "#000a";
  context.stroke();
  context.lineWidth = 1.5 / scale;
  context.strokeStyle = "#fff";
  context.stroke();
});
on("tool", () => {
  canvas.classList.toggle("paint", state.tool === "brush");
  polygon.length = 0;
  redraw();
});
