// What to trust: the method's assumptions, what stood still, what was never seen; each shows its place and time.

import { el, fill } from "./elements.js";
import { LAYERS } from "./layers.js";
import { onStage, show } from "./stage.js";
import { clock, frameAt, go, ground, on, set, state } from "./store.js";
import { open } from "./tabs.js";
import { showPlateOptions } from "./tune.js";

const panel = document.getElementById("trust");

/** Go to a time, and show a box of the plate. */
function jump({ time = null, box = null, layer = null }) {
  if (time !== null) go(frameAt(time));
  if (box && ground().moving && !LAYERS[layer]?.still) layer = "pano";
  if (layer) set({ right: layer, ...(state.mode === "single" ? { mode: "divider" } : {}) });
  const marked = box && onStage(box);
  set({ marked });
  if (marked) show(marked);
}

const middle = (stay) => (stay.start + stay.end) / 2;

/** The place and time that a verdict speaks of. */
function placeOf(check, now) {
  const stay = [...now.stays].sort((a, b) => b.box[2] * b.box[3] * (b.end - b.start) - a.box[2] * a.box[3] * (a.end - a.start))[0];
  if (check.id === "objects_move") return stay ? { time: middle(stay), box: stay.box, layer: "plate" } : { layer: "support" };
  if (check.id === "light" && now.light) {
    const mean = now.light.reduce((a, b) => a + b, 0) / now.light.length;
    const off = now.light.map((one) => Math.abs(one - mean)), worst = off.indexOf(Math.max(...off));
    return { time: now.times[worst], layer: "plate" };
  }
  if (check.id === "samples" || check.id === "objects_small") return { box: now.unseen[0]?.box ?? null, layer: "support" };
  return { layer: "plate" };
}

/** What the page has in place of options of the command line: where it is, and its name. */
const CONTROLS = {
  "--light": ["plate-light", "Light"], "--camera": ["plate-camera", "Camera"], "--vote": ["plate-vote", "How the ground is chosen"],
  "--samples": ["plate-samples", "Sampled frames"], "--threshold": ["knob-threshold", "Threshold"], "--sensitivity": ["knob-sensitivity", "Sensitivity"],
  "--min-size": ["least", "Smallest thing"], "--exclude": ["draw", "Not ground"],
};

/** Open the panel that has a control, and go to it. */
function lead(id) {
  open(id === "draw" ? "draw" : "tune");
  if (id === "draw") return;
  if (id.startsWith("plate-")) showPlateOptions();
  const control = document.getElementById(id);
  control.scrollIntoView({ block: "center" });
  control.focus();
}

/** A piece of advice, and a button for each of its options that the page has. */
function advised(kind, text) {
  const named = [...new Set(text.match(/--[a-z-]+/g) ?? [])].filter((option) => option in CONTROLS && !(option === "--exclude" && ground().moving));
  return [el(kind, text), named.length ? el("p.links", "On this page: ", named.map((option) => {
    const [id, name] = CONTROLS[option];
    return el("button.link", { onclick: () => lead(id), title: option }, `${name} (${id === "draw" ? "Correct" : "Tune"})`);
  })) : null];
}

/** Take what stood still into the panel of corrections, with its place and time. */
function correct(stay) {
  jump({ time: middle(stay), box: stay.box, layer: "plate" });
  set({ kind: "not ground", proposed: stay });
  open("draw");
}

const stood = (stay, number) => el("li.card",
  el("button.card", { onclick: () => jump({ time: middle(stay), box: stay.box }), "data-key": `stay${number}` },
    el("b", `${stay.arrived ? clock(stay.start) : "from the start"} to ${stay.left ? clock(stay.end) : "the end"}`), el("p", `at x ${stay.box[0]}, y ${stay.box[1]}: ${stay.box[2]} × ${stay.box[3]} pixels`)),
  ground().moving ? null : el("p.links", el("button.link", { onclick: () => correct(stay), "data-key": `correct${number}` }, "Correct the plate here")));

function build() {
  const now = ground();
  if (!now) {
    fill(panel, el("p", "What the clip is like is measured with the plate."));
    return;
  }
  fill(panel,
    el("p", el("b", `${(100 * now.certain).toFixed(1)} % of the plate is certain`), now.never_seen > 0.0005 ? `, ${(100 * now.never_seen).toFixed(1)} % was never seen and is a guess.` : "."),
    now.doubts.map((doubt) => advised("p.doubtful", doubt)),
    el("h2", "What the method takes for granted"),
    el("p.small", "“Violated” says that the clip is not like that, not that the plate is wrong: click to look at the place that tells."),
    now.checks.length ? el("ul.cards", now.checks.map((check) => el("li.card", el("button.card", { onclick: () => jump(placeOf(check, now)), "data-key": check.id },
      el(`span.verdict.${check.verdict}`, check.verdict), el("b", check.name), el("p", `${check.finding}.`)), check.advice ? advised("p.advice", check.advice) : null))) : el("p.small", "This background has no measurements of its clip."),
    el("h2", now.stays.length ? "What stood still" : "Nothing stood still for long"),
    el("ul.cards", now.stays.map(stood)),
    now.unseen.length ? [el("h2", "Where the ground was never seen"), el("ul.cards", now.unseen.map((one, number) => el("li", el("button.card", { onclick: () => jump({ box: one.box, layer: "unseen" }), "data-key": `unseen${number}` },
      el("b", `${(100 * one.share).toFixed(1)} % of the picture`), el("p", `at x ${one.box[0]}, y ${one.box[1]}: ${one.box[2]} × ${one.box[3]} pixels`)))))] : null,
  );
}

let revision = null;
on("server", () => {
  const now = ground()?.revision ?? 0;
  if (now !== revision) { revision = now; build(); }
});
