// Above the picture: the layers that are seen and, of a clip in several lights, a tab for each.

import { choice, el, fill } from "./elements.js";
import { LAYERS, lacking } from "./layers.js";
import { clock, ground, on, set, state } from "./store.js";

for (const side of ["left", "right"]) {
  const select = document.querySelector(`#${side}-layer select`);
  select.append(...Object.keys(LAYERS).map((name) => el("option", { value: name })));
  select.addEventListener("change", () => set({ [side]: select.value }));
  on(`${side} server`, () => {
    select.value = state[side];
    for (const option of select.options) {
      const { title, moving } = LAYERS[option.value], lacks = lacking(option.value);
      option.hidden = Boolean(moving && !ground()?.moving);
      option.disabled = option.hidden || lacks !== "";
      option.textContent = lacks ? `${title} (${lacks})` : title;
    }
    select.title = lacking(state[side]);
  });
}

/** Show the next layer that there is. */
export function cycle(side) {
  const options = [...document.querySelector(`#${side}-layer select`).options].filter((one) => !one.disabled);
  const at = options.findIndex((one) => one.value === state[side]);
  set({ [side]: options[(at + 1) % options.length].value });
}

const showsPlate = () => state.left === "plate" || (state.mode !== "single" && state.right === "plate");
const times = (spans) => spans.map(([start, end]) => `${clock(start)} to ${clock(end)}`).join(", ");

on("server light", () => {
  const states = ground()?.states ?? [];
  fill(document.getElementById("lights"), states.length ? choice("light", "Light whose plate is shown", [
    [0, "Light of the frame", "The plate as this frame shows it"],
    ...states.map(({ spans }, number) => [number + 1, `Light ${number + 1}`, `Its plate; the light of ${times(spans)}`]),
  ], state.light, (light) => set({ light, ...(showsPlate() ? {} : { left: "plate" }) })) : null);
});

const right = document.getElementById("right-layer");
for (const input of document.querySelectorAll("[name=mode]")) input.addEventListener("change", () => set({ mode: input.value }));
on("mode", () => {
  document.querySelector(`[name=mode][value=${state.mode}]`).checked = true;
  right.hidden = state.mode === "single";
});
