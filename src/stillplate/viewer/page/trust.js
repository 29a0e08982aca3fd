// What to trust: the method's assumptions, what stood still, what was never seen; each shows its place and time.

import { json, latest } from "./api.js";
import { el, fill } from "./elements.js";
import { show } from "./stage.js";
import { clip, clock, frameAt, go, ground, on, set, state } from "./store.js";

const panel = document.getElementById("trust");

/** Go to a time, and show a box of the picture. */
function jump({ time = null, box = null, layer = null }) {
  if (time !== null) go(frameAt(time));
  if (layer) set({ right: layer, ...(state.mode === "single" ? { mode: "divider" } : {}) });
  set({ marked: box });
  if (box) show(box);
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

const panorama = latest(async () => {
  const svg = panel.querySelector(".pano polygon"), now = ground();
  if (!svg || !now?.moving) return;
  const { matrix } = await json(`place/${now.revision}/${state.frame}`);
  if (!matrix) { svg.setAttribute("points", ""); return; }
  const { width, height } = clip();
  const corners = [[0, 0], [width, 0], [width, height], [0, height]].map(([x, y]) => {
    const [a, b, c] = matrix.map((row) => row[0] * x + row[1] * y + row[2]);
    return `${(a / c).toFixed(1)},${(b / c).toFixed(1)}`;
  });
  svg.setAttribute("points", corners.join(" "));
});

function frameOutline(now) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${now.width} ${now.height}`);
  svg.append(document.createElementNS("http://www.w3.org/2000/svg", "polygon"));
  return el("div.pano", el("img", { src: `plate/${now.revision}/0.png`, alt: "The panorama: all that the camera saw" }), svg);
}

function build() {
  const now = ground();
  if (!now) {
    fill(panel, el("p", "What the clip is like is measured with the plate."));
    return;
  }
  fill(panel,
    el("p", el("b", `${(100 * now.certain).toFixed(1)} % of the plate is certain`), now.never_seen > 0.0005 ? `, ${(100 * now.never_seen).toFixed(1)} % was never seen and is a guess.` : "."),
    now.doubts.map((doubt) => el("p.doubtful", doubt)),
    now.moving ? [el("h2", "Panorama, and where the frame lies"), frameOutline(now)] : null,
    el("h2", "What the method takes for granted"),
    now.checks.length ? el("ul.cards", now.checks.map((check) => el("li", el("button.card", { onclick: () => jump(placeOf(check, now)), "data-key": check.id },
      el(`span.verdict.${check.verdict}`, check.verdict), el("b", check.name), el("p", `${check.finding}.`), check.advice ? el("p.advice", check.advice) : null)))) : el("p.small", "This background has no measurements of its clip."),
    el("h2", now.stays.length ? "What stood still" : "Nothing stood still for long"),
    el("ul.cards", now.stays.map((stay, number) => el("li", el("button.card", { onclick: () => jump({ time: middle(stay), box: stay.box }), "data-key": `stay${number}` },
      el("b", `${stay.arrived ? clock(stay.start) : "from the start"} to ${stay.left ? clock(stay.end) : "the end"}`), el("p", `at x ${stay.box[0]}, y ${stay.box[1]}: ${stay.box[2]} × ${stay.box[3]} pixels`))))),
    now.unseen.length ? [el("h2", "Where the ground was never seen"), el("ul.cards", now.unseen.map((one, number) => el("li", el("button.card", { onclick: () => jump({ box: one.box, layer: "unseen" }), "data-key": `unseen${number}` },
      el("b", `${(100 * one.share).toFixed(1)} % of the picture`), el("p", `at x ${one.box[0]}, y ${one.box[1]}: ${one.box[2]} × ${one.box[3]} pixels`)))))] : null,
  );
  panorama();
}

let revision = null;
on("server", () => {
  const now = ground()?.revision ?? 0;
  if (now !== revision) { revision = now; build(); }
});
on("frame panel", () => { if (state.panel === "trust") panorama(); });
