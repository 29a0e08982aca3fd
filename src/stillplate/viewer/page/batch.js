// The list of a batch's clips: sorted by how far each is to be trusted, or by any figure; each opens in its own page.

import { el } from "./elements.js";
import { plural } from "./store.js";

const NAMES = { objects_move: "objects move", objects_small: "objects small", light: "light", camera: "camera", samples: "samples" };
const percent = (share) => share === null ? "" : `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
const COLUMNS = [
  ["Plate", null],
  ["Clip", (one) => one.name.toLowerCase()],
  ["Trust", (one) => one.doubt],
  ["Uncertain", (one) => one.figures.unsure_share, (one) => percent(one.figures.unsure_share)],
  ["Never seen", (one) => one.figures.never_seen_share, (one) => percent(one.figures.never_seen_share)],
  ["Foreground", (one) => one.figures.foreground_share, (one) => percent(one.figures.foreground_share)],
  ["Events", (one) => one.figures.events, (one) => one.figures.events?.toLocaleString("en") ?? ""],
  ["Frames", (one) => one.figures.frames, (one) => one.figures.frames?.toLocaleString("en") ?? ""],
];
const shown = { clips: [], column: 2, falling: true, filter: "all", search: "" };

const KINDS = { all: () => true, doubt: (one) => one.doubt >= 0.5, failed: (one) => one.state === "failed" };

function verdicts(one) {
  if (one.state === "failed") return [el("span.verdict.failed", "failed")];
  const bad = Object.entries(one.verdicts).filter(([, verdict]) => verdict !== "met");
  if (!bad.length) return [el("span.verdict.met", "all is met")];
  return bad.map(([name, verdict]) => el(`span.verdict.${verdict}`, `${NAMES[name] ?? name}: ${verdict}`));
}

function row(one) {
  const title = one.opens ? el("a", { href: `clip/${one.number}/` }, one.name) : el("b", one.name);
  const picture = one.opens ? el("img", { src: `preview/${one.number}.jpg`, alt: "", loading: "lazy" }) : el("span.empty");
  return el("tr",
    el("td", picture),
    el("td", title, el("p", one.clip), one.error ? el("p.error", one.error) : null),
    el("td", verdicts(one)),
    COLUMNS.slice(3).map(([, , text]) => el("td.number", text(one))));
}

function draw() {
  const value = COLUMNS[shown.column][1], sign = shown.falling ? -1 : 1, search = shown.search.toLowerCase();
  const clips = shown.clips.filter((one) => KINDS[shown.filter](one) && one.clip.toLowerCase().includes(search));
  clips.sort((one, other) => {
    const [a, b] = [value(one) ?? -Infinity, value(other) ?? -Infinity];
    return sign * (a < b ? -1 : a > b ? 1 : 0) || one.number - other.number;
  });
  document.querySelector("tbody").replaceChildren(...clips.map(row));
  document.getElementById("none").hidden = clips.length > 0;
  document.querySelector("thead").replaceChildren(el("tr", COLUMNS.map(([title, by], at) => el(`th${at > 2 ? ".number" : ""}`, { scope: "col",
    "aria-sort": at === shown.column ? (shown.falling ? "descending" : "ascending") : "none" },
  by ? el("button", { onclick: () => { shown.falling = at === shown.column ? !shown.falling : at !== 1; shown.column = at; draw(); document.querySelectorAll("th button")[at - 1].focus(); } }, title) : el("span.hidden", title)))));
}

document.getElementById("search").addEventListener("input", (event) => { shown.search = event.target.value; draw(); });
for (const input of document.querySelectorAll("[name=filter]")) input.addEventListener("change", () => { shown.filter = input.value; draw(); });

shown.clips = (await (await fetch("summary")).json()).map((one, number) => ({ ...one, number }));
const failed = shown.clips.filter(KINDS.failed).length;
document.getElementById("clip").textContent = `${plural(shown.clips.length, "clip")}, the least trusted first${failed ? `; ${failed} failed` : ""}`;
draw();
