// Correcting the plate: regions that are not ground, or are, and where masks are wanted.

import { send, tell } from "./api.js";
import { el, fill } from "./elements.js";
import { LAYERS } from "./layers.js";
import { overlay, redraw } from "./stage.js";
import { clip, clock, ground, on, plural, set, state, timeOf } from "./store.js";

export const stroke = [], polygon = []; // of what is being drawn, in pixels of the clip
const panel = document.getElementById("draw");
const COLOURS = { "not ground": "#ff7a6b", ground: "#63c58a", roi: "#6cb4ee" };
const KINDS = [
  ["not ground", "no", "Not ground", "Something that stands here and is in the plate: a person, a parked car, leaves"],
  ["ground", "yes", "Ground", "In this frame the ground is seen here; at other times something hides it"],
  ["roi", "only", "Masks here only", "Masks are wanted in this region only"],
];
const HELP = {
  "not ground": "Go to a frame that shows what does not belong to the plate, and paint over it. Its samples lose their vote for as long as it looks like this.",
  ground: "Go to a frame in which the ground is seen, and paint there. Samples that look different lose their vote.",
  roi: "Draw around the part in which things are to be marked. The plate stays whole.",
};

/** Add what was drawn, with the time for which it looks as it does now; returns whether it was added. */
async function add(given) {
  const kind = state.kind;
  let { start, end } = { start: null, end: null };
  if (kind !== "roi") {
    const found = await send("span", { ...given, frame: state.frame });
    if (!found) return false;
    ({ start, end } = found);
    if (kind === "ground" && found.samples === found.of) {
      tell("This place looks the same in all sampled frames: there is nothing to choose between here.");
      return false;
    }
    if (kind === "ground" && found.samples === 0) {
      tell("No sampled frame shows the ground here as this frame does. Go to another frame, or sample more of them (Tune, How the plate is made).");
      return false;
    }
    if (kind === "not ground" && found.samples === found.of)
      tell("It looks like this in all sampled frames, so the ground under it stays a guess; masks leave it out. If it shows the ground at times, give those below.");
  }
  return await send("edit", { do: "add", kind, ...given, start, end }) !== null;
}

export async function drawn() {
  const points = stroke.splice(0).map(([x, y]) => [Math.round(x), Math.round(y)]);
  pending = points;
  redraw();
  const thinned = points.filter((point, at) => at === 0 || at === points.length - 1 || Math.hypot(point[0] - points[at - 1][0], point[1] - points[at - 1][1]) >= 1);
  await add({ stroke: thinned.slice(0, 4000), radius: state.brush });
  pending = [];
  redraw();
}

export async function finishPolygon() {
  const corners = polygon.map(([x, y]) => [Math.round(x), Math.round(y)]);
  const different = corners.filter(([x, y], at) => at === 0 || x !== corners[at - 1][0] || y !== corners[at - 1][1]);
  if (different.length < 3) { tell("A polygon needs three corners: click each, then press Enter."); return; }
  polygon.length = 0;
  if (!await add({ corners: different }) && !polygon.length) polygon.push(...different);
  redraw();
}

/** The corners that a text names, or what is wrong with it: { corners, wrong }. */
export function cornersIn(text) {
  const words = text.trim().replace(/\s*,\s*/g, ",").split(/[\s;]+/).filter(Boolean);
  const odd = words.find((word) => !/^-?\d+(\.\d+)?,-?\d+(\.\d+)?$/.test(word));
  if (odd) return { wrong: `“${odd}” is no corner: write its x and y, such as 120,80.` };
  if (words.length < 3) return { wrong: `Three corners or more are needed, and ${words.length ? `${plural(words.length, "corner")} ${words.length === 1 ? "is" : "are"}` : "none is"} there.` };
  const corners = words.map((word) => word.split(",").map(Number)), { width, height } = clip();
  const outside = corners.find(([x, y]) => x < 0 || y < 0 || x > width || y > height);
  return outside ? { wrong: `${outside} is outside the picture: x 0 to ${width}, y 0 to ${height}.` } : { corners };
}

const typed = { open: false, text: "", wrong: "" };
async function addTyped(event) {
  event.preventDefault();
  const { corners, wrong = "" } = cornersIn(typed.text);
  typed.wrong = wrong;
  document.activeElement.blur();
  if (corners && await add({ corners })) typed.text = "";
  build();
  if (typed.text) document.getElementById("typed").focus();
}

function typedForm() {
  const input = el("input", {
    type: "text", id: "typed", "data-key": "typed", placeholder: "120,80 160,80 160,200", value: typed.text, "aria-describedby": "typed-help",
    oninput: () => { typed.text = input.value; },
  });
  return el("details", { open: typed.open, ontoggle: (event) => { typed.open = event.target.open; } }, el("summary", "Type a polygon"),
    el("form.typed", { onsubmit: addTyped }, el("label", { for: "typed" }, "Corners"), input, el("button", "Add")),
    el(`p.small${typed.wrong ? ".wrong" : ""}`, { id: "typed-help", role: "status" }, typed.wrong || "x,y of each corner in pixels."));
}

/** What stood still, to be said to be no ground: its place and time are those that were found. */
function proposal() {
  const stay = state.proposed;
  if (!stay) return null;
  const [x, y, w, h] = stay.box, corners = [[x, y], [x + w, y], [x + w, y + h], [x, y + h]];
  const start = stay.arrived ? stay.start : null, end = stay.left ? stay.end : null;
  return el("div.card.proposed", el("b", `Something stood here from ${start === null ? "the start" : clock(start)} to ${end === null ? "the end" : clock(end)}`),
    el("p", "If the plate shows it, say that it is not ground, or paint over it yourself."),
    el("div.buttons",
      el("button.main", { "data-key": "propose", onclick: async () => { if (await send("edit", { do: "add", kind: "not ground", corners, start, end })) set({ proposed: null, marked: null }); } }, "Not ground"),
      el("button", { "data-key": "keep", onclick: () => set({ proposed: null, marked: null }) }, "Leave it")));
}

/** How many sampled frames lose their vote there, and what that means. */
function votes(one) {
  const all = ground()?.times.length ?? 0;
  if (one.samples === 0) return el("p.small.doubtful", "No sampled frame lies in this time, so it changes nothing.");
  if (one.samples === all) return el("p.small.doubtful", "No sampled frame is left here: the plate is a guess.");
  return el("p.small", `${one.samples} of ${all} sampled frames have no vote here.`);
}

function regionCard(one) {
  const [, name, title] = KINDS.find(([kind]) => kind === one.kind), last = timeOf(clip().frames - 1);
  const always = one.start === null && one.end === null;
  const change = (start, end) => send("edit", { do: "change", id: one.id, start, end });
  const field = (which) => el("input", {
    type: "number", min: "0", max: last.toFixed(2), step: "0.1", value: one[which] === null ? "" : String(one[which]),
    placeholder: which === "start" ? "start" : "end", "aria-label": which === "start" ? "from, in seconds" : "to, in seconds", "data-key": `${one.id}${which}`,
    onchange: (event) => {
      const value = event.target.value === "" ? null : Number(event.target.value);
      event.target.blur();
      change(which === "start" ? value : one.start, which === "end" ? value : one.end);
    },
  });
  return el(`li.card.region.${name}`,
    el("i"), el("b", one.kind === "roi" ? title : `${title} ${always ? "all along" : `${one.start === null ? "from the start" : clock(one.start)} – ${one.end === null ? "the end" : clock(one.end)}`}`),
    el("span",
      el("a", { href: `region/${one.id}.png`, download: `region${one.id}.png`, title: "Save as a mask image for --exclude or --roi", class: "quiet" }, "PNG"), " ",
      el("button.plain", { title: "Take it away", "aria-label": `Take away: ${title}`, onclick: () => send("edit", { do: "remove", id: one.id }) }, "✕")),
    one.kind === "roi" ? null : el("div.times", field("start"), "to", field("end"), "s",
      one.kind === "not ground" && !always ? el("button.plain", { onclick: () => change(null, null), title: "It never shows the ground: leave it out of masks, too" }, "always") : null),
    one.kind === "roi" ? null : votes(one));
}

function build() {
  const now = ground(), focused = document.activeElement;
  if (!state.server || (panel.contains(focused) && focused.matches("[type=text], [type=number]"))) return;
  const moving = now?.moving;
  fill(panel,
    el("p", moving ? "The camera moves, so what was drawn in one frame lies elsewhere in the next: regions can be drawn for a camera that stands." : HELP[state.kind]),
    moving ? null : [
      proposal(),
      el("div.tools", { role: "radiogroup", "aria-label": "What is drawn" }, KINDS.map(([kind, name, title, hint]) =>
        el(`label.${name}`, { title: hint }, el("input", { type: "radio", name: "kind", checked: kind === state.kind, "data-key": kind, onchange: () => set({ kind, ...(kind === "roi" ? { tool: "polygon" } : {}) }) }), el("i"), title))),
      el("div.tools", { role: "radiogroup", "aria-label": "Tool" }, [["look", "Look", "V"], ["brush", "Brush", "B"], ["polygon", "Polygon", "P"]].map(([tool, title, key]) =>
        el("label", { title: `${title} (${key})` }, el("input", { type: "radio", name: "tool", checked: tool === state.tool, "data-key": tool, onchange: () => set({ tool }) }), title))),
      el("div.row", el("label", { for: "brush" }, "Brush"), el("output", `${Math.round(2 * state.brush)} pixels wide`),
        el("input", { id: "brush", type: "range", min: "1", max: "8.6", step: "0.05", value: String(Math.log2(state.brush)), "data-key": "brush", oninput: (event) => set({ brush: 2 ** Number(event.target.value) }) })),
      el("div.buttons",
        el("button", { "data-key": "undo", disabled: !state.server.can_undo, onclick: () => send("edit", { do: "undo" }), title: "Ctrl Z" }, "Undo"),
        el("button", { "data-key": "redo", disabled: !state.server.can_redo, onclick: () => send("edit", { do: "redo" }), title: "Ctrl Shift Z" }, "Redo")),
      el("h2", state.server.edits.length ? "Drawn" : "Nothing is drawn yet"),
      el("ul.cards", state.server.edits.map(regionCard)),
      now && !now.exact ? el("p.small", "The plate is shown as it is voted where you drew; the whole vote follows.") : null,
      state.server.edits.length ? el("p.small", "A time says when the region shows what you painted. Clear a field for “from the start” or “to the end”.") : null,
      typedForm(),
    ]);
}

let pending = [];
function path(context, points, closed) {
  context.beginPath();
  points.forEach(([x, y], at) => at ? context.lineTo(x, y) : context.moveTo(x, y));
  if (closed) context.closePath();
}
overlay((context, scale, layer) => {
  for (const one of state.server.edits) {
    const time = timeOf(state.frame), now = one.kind === "roi" || ((one.start === null || time >= one.start) && (one.end === null || time <= one.end));
    path(context, one.corners, true);
    context.lineJoin = "round";
    context.setLineDash(now ? [] : [5 / scale, 4 / scale]);
    context.lineWidth = 3.5 / scale; context.strokeStyle = "#0007"; context.stroke();
    context.lineWidth = 1.8 / scale; context.strokeStyle = COLOURS[one.kind]; context.stroke();
    context.setLineDash([]);
    if (one.kind !== "roi" && now && state.panel === "draw" && (layer === "frame" || layer === "mask")) { context.fillStyle = `${COLOURS[one.kind]}2e`; context.fill(); }
  }
  const points = stroke.length ? stroke : pending;
  if (points.length) {
    path(context, points.length > 1 ? points : [points[0], [points[0][0] + 0.01, points[0][1]]], false);
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = 2 * state.brush;
    context.strokeStyle = `${COLOURS[state.kind]}77`;
    context.stroke();
  }
  if (polygon.length) {
    path(context, polygon, false);
    context.lineWidth = 1.8 / scale; context.strokeStyle = COLOURS[state.kind]; context.stroke();
    context.fillStyle = COLOURS[state.kind];
    for (const [x, y] of polygon) { context.beginPath(); context.arc(x, y, 3.5 / scale, 0, 7); context.fill(); }
  }
  if (state.marked && (!ground()?.moving || LAYERS[layer].still)) {
    const [x, y, w, h] = state.marked;
    context.lineWidth = 2.5 / scale; context.strokeStyle = "#f0a83c"; context.strokeRect(x, y, w, h);
  }
});

on("server kind tool brush panel proposed", build);
on("server panel", redraw);
let sized = false;
on("server", () => { if (!sized) { sized = true; set({ brush: Math.max(3, clip().width / 50) }); } });
