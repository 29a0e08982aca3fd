// The panels at the right, one of which is open.

import { ground, on, set, state } from "./store.js";

const tabs = [...document.querySelectorAll("[role=tab]")];

/** Open a panel. */
export function open(name) {
  for (const tab of tabs) {
    const chosen = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", chosen);
    tab.tabIndex = chosen ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = !chosen;
  }
  const draws = name === "draw" && !ground()?.moving;
  set({ panel: name, tool: draws ? (state.tool === "look" ? "brush" : state.tool) : "look" });
}
for (const tab of tabs) tab.addEventListener("click", () => open(tab.id.slice(4)));
document.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step) { next(step).focus(); event.stopPropagation(); event.preventDefault(); }
});

/** Open the next panel; returns its tab. */
export function next(step) {
  const at = tabs.findIndex((tab) => tab.getAttribute("aria-selected") === "true");
  const tab = tabs[(at + step + tabs.length) % tabs.length];
  open(tab.id.slice(4));
  return tab;
}
on("pixel", () => { if (state.pixel) open("pixel"); });
