// The page as a whole: layers to choose, tabs, progress, keys.

import { listen, tell } from "./api.js";
import { cycle } from "./bar.js";
import "./draw.js";
import { el } from "./elements.js";
import "./pixel.js";
import { nudge } from "./pointer.js";
import { fit, isSettled, isShown, pan, zoom } from "./stage.js";
import { clip, go, ground, on, plural, set, state } from "./store.js";
import { next, open } from "./tabs.js";
import "./take.js";
import { toggle } from "./timeline.js";
import "./trust.js";
import "./tune.js";

const PHASES = {
  sample: "Reading sampled frames", vote: "Samples vote", "vote here": "Voting again where you drew",
  "sample again": "Reading more samples", "vote again": "Samples vote again", "learn masks": "Learning what the ground does by itself",
  check: "Checking what to trust", "follow camera": "Following the camera", "find motion": "Looking for what moves by itself", mask: "Looking for movement",
};
const KEYS = [
  ["← →", "one frame back or on"], ["Shift ← →", "ten frames"], ["Home End", "first, last frame"], ["Space", "play, stop"],
  ["1 2 3", "one layer, divider, side by side"], [", .", "move the divider"], ["Q W", "next layer at the left, right"], ["M", "outline, fill, black and white"],
  ["+ − 0", "zoom in, out, whole picture"], ["W A S D", "with Shift: move the picture"], ["V B P", "look, brush, polygon"], ["[ ]", "smaller, larger brush"],
  ["Ctrl Z", "undo what was drawn"], ["Ctrl Shift Z", "redo"], ["Esc", "leave the polygon, close"], ["T", "next panel"], ["C", "copy the command"], ["?", "this sheet"],
];

on("server", () => {
  const { name, width, height, frames, rate, timed } = clip();
  document.getElementById("all").hidden = !state.server.in_batch;
  document.title = `${name} – stillplate`;
  document.getElementById("clip").replaceChildren(el("b", name), `  ${width} × ${height}, ${plural(frames, "frame")}${timed ? `, ${+rate.toFixed(2)} a second` : ""}`);
  document.getElementById("number").max = frames - 1;
  const { phase, done, total, error } = state.server.progress, line = document.getElementById("progress");
  line.className = error ? "wrong" : "";
  if (error) line.textContent = error;
  else if (phase) {
    const bar = el(`i${total ? "" : ".open"}`), share = total ? `${Math.round(100 * done / total)}%` : "";
    if (total) bar.style.setProperty("--done", share);
    line.replaceChildren(`${PHASES[phase] ?? phase}${total ? `: ${done} of ${total} frames (${share})` : ""}`, bar);
  } else line.textContent = ground() ? `${(100 * ground().certain).toFixed(1)} % of the plate is certain` : "";
  document.body.dataset.exact = String(!phase && ground()?.exact === true);
});

const sheet = document.getElementById("keys");
sheet.append(
  el("h2", { id: "keys-title" }, "Keys"),
  el("div.keys", KEYS.flatMap(([key, text]) => [el("kbd", key), el("span", text)])),
  el("button", { onclick: () => sheet.close() }, "Close"),
);
document.getElementById("help").addEventListener("click", () => sheet.showModal());

const STYLES = ["outline", "fill", "bw"];
const ACTIONS = {
  ArrowLeft: (event) => go(state.frame - (event.shiftKey ? 10 : 1)), ArrowRight: (event) => go(state.frame + (event.shiftKey ? 10 : 1)),
  Home: () => go(0), End: () => go(clip().frames - 1), " ": toggle,
  1: () => set({ mode: "single" }), 2: () => set({ mode: "divider" }), 3: () => set({ mode: "side" }),
  ",": () => set({ divider: Math.max(0, state.divider - 0.02) }), ".": () => set({ divider: Math.min(1, state.divider + 0.02) }),
  q: () => cycle("left"), w: () => cycle("right"), m: () => set({ style: STYLES[(STYLES.indexOf(state.style) + 1) % 3] }),
  "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: fit,
  W: () => pan(0, 40), A: () => pan(40, 0), S: () => pan(0, -40), D: () => pan(-40, 0),
  v: () => set({ tool: "look" }), b: () => { open("draw"); set({ tool: "brush" }); }, p: () => { open("draw"); set({ tool: "polygon" }); },
  "[": () => set({ brush: Math.max(2, state.brush / 1.25) }), "]": () => set({ brush: Math.min(400, state.brush * 1.25) }),
  t: () => next(1), c: () => document.querySelector("#take [data-key=copy]")?.click(), "?": () => sheet.showModal(),
};
addEventListener("keydown", (event) => {
  if (!state.server || sheet.open || event.target.closest("input:not([type=radio],[type=checkbox]), select, textarea")) return;
  if (event.target.matches("[type=radio]") && event.key.startsWith("Arrow")) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
    document.querySelector(`#draw [data-key=${event.shiftKey ? "redo" : "undo"}]`)?.click();
    event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === " " && event.target.closest("button, summary")) return;
  if (nudge(event)) return;
  const action = ACTIONS[event.key];
  if (action) { action(event); event.preventDefault(); }
});
document.getElementById("zoom").addEventListener("click", (event) => {
  const way = event.target.dataset.zoom;
  if (way === "fit") fit(); else if (way) zoom(way === "in" ? 1.25 : 0.8);
});

window.stillplate = { state, set, go, isSettled, isShown, open }; // for tests, screenshots and the curious
addEventListener("error", (event) => tell(event.message));
listen();
