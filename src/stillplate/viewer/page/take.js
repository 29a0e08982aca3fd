// Taking it away: the command and the file of options for what is seen, and a render with them.

import { json, latest, query, send, tell } from "./api.js";
import { copy, el, fill } from "./elements.js";
import { ground, on, state } from "./store.js";

const OUTPUTS = {
  page: "The report for people: pictures, curves and advice", plate: "The scene with nobody in it", mask: "White where something moves",
  foreground: "What moves, on black", comparison: "All of them side by side", report: "The report for programs",
};
const panel = document.getElementById("take");
let text = { command: "", toml: "" }, toml = false, overwrite = false;

const fetchText = latest(async () => {
  const found = await json(`command${query()}`);
  if (found.command === text.command && found.toml === text.toml) return;
  text = found;
  build();
});

/** The command, whose options are not broken at their dashes. */
const words = (command) => command.split(/(--[a-z-]+)/).map((part) => part.startsWith("--") ? el("span.option", part) : part);

const minutes = (seconds) => seconds < 90 ? `${Math.ceil(seconds)} s left` : `${Math.ceil(seconds / 60)} min left`;

function runLines(run) {
  if (!run) return null;
  if (run.state === "running") {
    const bar = el("progress", { "aria-label": "Progress of the render", max: run.total ?? 1 });
    if (run.total) bar.value = run.done;
    return [bar, el("p.small", `${run.phase || "starting"}${run.total ? `: ${run.done} of ${run.total} frames` : ""}${run.left ? `, ${minutes(run.left)}` : ""}`),
      el("div.buttons", el("button", { "data-key": "cancel", onclick: () => send("cancel") }, "Cancel"))];
  }
  if (run.state === "cancelled") return el("p", "Cancelled; nothing is left of it.");
  if (run.state === "failed") return el("p.wrong", run.error);
  const order = ["page", ...Object.keys(run.outputs).filter((name) => name !== "page")].filter((name) => run.outputs[name]);
  return [el("p.met", "Done. Open a file:"), el("ul.cards", order.map((name) => el("li",
    el("a.card", { href: `output/${name}`, target: "_blank", rel: "noopener" }, el("b", run.outputs[name].split(/[\\/]/).pop()), el("p", OUTPUTS[name] ?? "")))))];
}

let shape = "";
function build() {
  if (!state.server) return;
  const run = state.server.run, ready = ground()?.exact && state.server.progress.phase !== "vote here";
  const now = JSON.stringify([run, ready, text, toml, overwrite, state.server.folder]);
  if (now === shape) return; // a selection of the text stays
  shape = now;
  fill(panel,
    el("h2", toml ? "Options for --config" : "Command for what you see"),
    el("pre", { tabindex: "0", id: "command" }, toml ? text.toml : words(text.command)),
    el("div.buttons",
      el("button", { "data-key": "copy", title: "C", onclick: () => copy(toml ? text.toml : text.command, "Copied.", tell) }, "Copy"),
      el("button.plain", { "data-key": "kind", onclick: () => { toml = !toml; build(); } }, toml ? "As a command" : "As a file of options (TOML)")),
    el("p.small", "Its mask.mp4 is compressed with loss. Add ", el("span.option", "--mask mask.mkv"), " for every bit of the mask that you see."),
    el("h2", "Render"),
    el("p", "Writes plate, masks, foreground, comparison and a report into ", el("b", state.server.folder), "."),
    el("label.check", el("input", { type: "checkbox", checked: overwrite, "data-key": "overwrite", onchange: (event) => { overwrite = event.target.checked; } }), "Replace files that exist there"),
    el("div.buttons", el("button.main", { "data-key": "render", disabled: !ready || run?.state === "running", onclick: () => {
      const knobs = Object.fromEntries(new URLSearchParams(query()));
      send("render", { knobs, overwrite });
    } }, "Render the clip")),
    runLines(run),
  );
}

on("server knobs", () => { if (state.server && state.knobs) { build(); fetchText(); } });
