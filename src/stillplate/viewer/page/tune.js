// The knobs: of the masks, seen at once; of the plate, which is then made anew.

import { send } from "./api.js";
import { choice, el, fill } from "./elements.js";
import { ground, on, set, state, stir } from "./store.js";

const panel = document.getElementById("tune");

function turn(values) {
  stir();
  set({ knobs: { ...state.knobs, ...values } });
}

function slider(key, title, small, { least, most, step, value, text, changed, auto }) {
  const output = el("output", text(value));
  const input = el("input", {
    type: "range", min: String(least), max: String(most), step: String(step), "data-key": key, id: `knob-${key}`,
    oninput: () => { output.textContent = text(Number(input.value)); changed(Number(input.value)); },
  });
  input.value = value;
  input.disabled = auto?.on ?? false;
  const side = auto ? el("label.auto", el("input", { type: "checkbox", checked: auto.on, onchange: (event) => auto.changed(event.target.checked) }), auto.label) : output;
  return el("div.row", el("label", { for: `knob-${key}` }, title, auto && !auto.on ? [" ", output] : null), side, input, el("small", small));
}

const levels = (value) => `${value.toFixed(value < 10 ? 1 : 0)} levels`;

function build() {
  const knobs = state.knobs;
  if (!knobs) return;
  const usual = ground()?.threshold ?? 16, given = knobs.threshold !== null;
  const plate = state.server.plate_knobs, remake = (values) => send("plate", values);
  const select = (name, title, values) => el("div.row", el("label", { for: `plate-${name}` }, title), el("select",
    { id: `plate-${name}`, "data-key": name, onchange: (event) => remake({ [name]: typeof plate[name] === "number" ? Number(event.target.value) : event.target.value }) },
    values.map(([value, label]) => el("option", { value: String(value), selected: value === plate[name] }, label ?? String(value)))));
  const samples = [...new Set([20, 32, 64, 128, 256, plate.samples])].sort((a, b) => a - b).map((value) => [value]);
  fill(panel,
    el("h2", "Mask"),
    slider("sensitivity", "Sensitivity", "More marks what differs less from the plate.", {
      least: -2, most: 2, step: 0.05, value: Math.log2(knobs.sensitivity), text: (value) => `× ${(2 ** value).toFixed(2)}`,
      changed: (value) => turn({ sensitivity: Number((2 ** value).toPrecision(3)) }),
    }),
    slider("threshold", "Threshold", given ? "One difference for all pixels; each frame is then judged by itself." : `Each pixel has its own, by its noise: ${levels(usual)} in the median.`, {
      least: 1, most: 100, step: 0.5, value: knobs.threshold ?? usual, text: levels,
      changed: (value) => turn({ threshold: value }),
      auto: { on: !given, label: "automatic", changed: (on) => { turn({ threshold: on ? null : Math.round(usual) }); build(); } },
    }),
    el("div.row", el("span", "Shadows"), choice("shadows", "Shadows", [
      ["background", "not marked", "A shadow is ground"], ["label", "grey", "A shadow has a grey of its own"], ["foreground", "marked", "A shadow is a thing"],
    ], knobs.shadows, (shadows) => turn({ shadows }))),
    el("div.row", el("span", "Clean-up"), choice("cleanup", "Clean-up", [
      ["none", "none", "Each pixel by itself"], ["light", "light", "Without specks"], ["default", "solid things", "Solid things with clean edges"],
    ], knobs.cleanup, (cleanup) => turn({ cleanup }))),
    el("div.row", el("label", { for: "least" }, "Smallest thing"), el("input", {
      type: "text", id: "least", "data-key": "least", size: 9, placeholder: "automatic", value: knobs.min_size ?? "",
      onchange: (event) => turn({ min_size: event.target.value.trim() || null }),
    }), el("small", "Pixels across, such as 12, or a share of the width, such as 1%.")),
    el("label.check", el("input", { type: "checkbox", checked: knobs.temporal, "data-key": "temporal", onchange: (event) => turn({ temporal: event.target.checked }) }),
      "Judge each frame beside its neighbours: what flickers goes, what is faint but lasts is found"),
    el("label.check", el("input", { type: "checkbox", checked: knobs.clean_shadows, "data-key": "clean_shadows", onchange: (event) => turn({ clean_shadows: event.target.checked }) }),
      "Clean frames are without shadows, too"),
    el("div.buttons", el("button", { "data-key": "reset", onclick: () => { turn({ ...state.server.knobs }); build(); } }, "As it was at the start")),
    el("h2", "How the mask is drawn"),
    choice("style", "How the mask is drawn", [["outline", "outline"], ["fill", "fill"], ["bw", "black and white"]], state.style, (style) => set({ style })),
    el("details", { open: details, ontoggle: (event) => { details = event.target.open; } },
      el("summary", "How the plate is made"),
      select("samples", "Sampled frames", samples),
      select("vote", "How the ground is chosen", [["calm", "what recurs"], ["majority", "largest cluster"]]),
      select("clusters", "Colours at a pixel", [1, 2, 3, 4, 5, 6, 7, 8].map((value) => [value])),
      select("light", "Light", [["auto"], ["fixed"], ["varying"]]),
      select("camera", "Camera", [["auto"], ["static"], ["moving"]]),
      el("p.small", "The plate is made anew after each change; sampled frames stay in memory.")),
  );
}

/** Open the options of the plate. */
export function showPlateOptions() { details = true; build(); }

let details = false, shape = "";
on("server knobs style", () => {
  const now = JSON.stringify([state.server?.plate_knobs, ground()?.revision, state.style]);
  if (now !== shape && state.knobs && !panel.contains(document.activeElement?.matches?.("input[type=range]") ? document.activeElement : null)) {
    shape = now;
    build();
  }
});
