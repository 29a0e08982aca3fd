// The layers of the picture: what each shows, and where it comes from.

import { ask, json, query } from "./api.js";
import { MAPS, coloured, labelled } from "./colormap.js";
import { clip, ground, state } from "./store.js";

const MASK = labelled({ 127: [86, 180, 233], 255: [255, 176, 0] });
const UNSEEN = labelled({ 255: [230, 80, 170] });
const KEPT = 48; // pictures that are kept as they are drawn

export const LAYERS = {
  frame: { title: "Frame" },
  plate: { title: "Plate" },
  pano: { title: "Panorama with the frame's place", moving: true, still: true },
  mask: { title: "Mask on the frame" },
  matte: { title: "Cutout on a checkerboard" },
  clean: { title: "Clean frame: nobody in it" },
  support: { title: "Support: how sure the plate is", plane: "support", map: "doubt", still: true },
  threshold: { title: "Threshold of each pixel", plane: "threshold", map: "viridis", still: true },
  made: { title: "Samples that made the plate", plane: "made", map: "viridis", still: true },
  unseen: { title: "Never seen, on the plate", still: true },
};

/** Why a layer cannot be shown now; empty if it can. */
export function lacking(name) {
  if (name === "frame") return "";
  if (!ground()) return state.server?.progress.error ? "there is no plate" : "when the plate is fitted";
  return name === "made" && !ground().times.length ? "the plate was given, not voted" : "";
}

const pictures = new Map(); // by address, the latest last

const coming = new Map(); // pictures that were asked for, by address: both panes may want one

async function picture(address, make) {
  const known = pictures.get(address);
  if (known) {
    pictures.delete(address);
    pictures.set(address, known);
    return known;
  }
  if (!coming.has(address)) coming.set(address, fetched(address, make).finally(() => coming.delete(address)));
  return coming.get(address);
}

async function fetched(address, make) {
  const blob = await (await ask(address)).blob();
  const decoded = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "default" });
  const made = make ? make(decoded) : decoded;
  pictures.set(address, made);
  for (const [old, one] of pictures) {
    if (pictures.size <= KEPT) break;
    pictures.delete(old);
    one.close?.();
  }
  return made;
}

const wide = () => Math.min(clip().width, Math.round(document.getElementById("stage").clientWidth * devicePixelRatio));
const frameOf = (number, exact) =>
  picture(exact ? `frame/${number}.png` : `frame/${number}.jpg?w=${wide()}`);

/** Whether a layer is always the same picture while the background is. */
function plateAddress() {
  const now = ground();
  const changes = now.moving || now.shakes || now.light;
  if (changes && state.light === 0) return `result/${now.revision}/${state.frame}/plate.png`;
  return `plate/${now.revision}/${Math.max(0, state.light - (now.states.length ? 1 : 0))}.png`;
}

const exactMask = (number) => picture(`result/${ground().revision}/${number}/mask.png${query()}`, (one) => coloured(one, MASK));
const bwMask = (number) => picture(`result/${ground().revision}/${number}/mask.png${query() || "?"}#bw`);

/** The mask as the evidence of one frame alone has it, before it is cleaned: at once, while a knob is turned. */
async function roughMask(number) {
  const knobs = state.knobs, given = knobs.threshold !== null;
  const asked = given ? `?threshold=1` : "";
  const address = `evidence/${ground().revision}/${number}${asked}`;
  let plane = pictures.get(address);
  if (!plane) {
    const answer = await ask(address);
    plane = {
      width: Number(answer.headers.get("x-width")), height: Number(answer.headers.get("x-height")),
      values: new Uint8Array(await answer.arrayBuffer()),
    };
    pictures.set(address, plane);
  }
  const limit = 128 + 32 * Math.log2((given ? Math.max(knobs.threshold, 0.01) / 16 : 1) / knobs.sensitivity);
  const canvas = new OffscreenCanvas(plane.width, plane.height);
  const context = canvas.getContext("2d");
  const data = context.createImageData(plane.width, plane.height);
  const words = new Uint32Array(data.data.buffer), colour = MASK[255], values = plane.values;
  for (let at = 0; at < values.length; at++) if (values[at] > limit) words[at] = colour;
  context.putImageData(data, 0, 0);
  return canvas;
}

/** Where the corners of a frame lie on the canvas of a camera that moves; null if the frame has no place there. */
async function cornersOf(number) {
  const { matrix } = await json(`place/${ground().revision}/${number}`), { width, height } = clip();
  return matrix && [[0, 0], [width, 0], [width, height], [0, height]].map(([x, y]) => {
    const [a, b, c] = matrix.map((row) => row[0] * x + row[1] * y + row[2]);
    return [a / c, b / c];
  });
}

/**
 * Load what a layer shows now.
 * Returns { base, over, style, exact }: pictures of the clip's size, or smaller ones of the same place; with `canvas`,
 * its width and height, of the canvas of a camera that moves, and `corners`, those of the frame on it.
 */
export async function load(name) {
  const now = ground();
  if (!now?.moving || !LAYERS[name].still) return loadOf(name);
  const [shown, corners] = await Promise.all([loadOf(name), cornersOf(state.frame)]);
  return { ...shown, canvas: [now.width, now.height], corners };
}

async function loadOf(name) {
  const number = state.frame, now = ground(), exact = state.resting;
  if (name === "frame" || !now) return { base: await frameOf(number, exact), exact };
  if (name === "plate") return { base: await picture(plateAddress()), exact: true };
  if (name === "pano") return { base: await picture(`plate/${now.revision}/0.png`), exact: true };
  if (name === "mask") {
    const bw = state.style === "bw";
    if (bw && exact) return { base: await bwMask(number), exact };
    const [base, over] = await Promise.all([
      bw ? null : frameOf(number, exact), (exact ? exactMask(number) : roughMask(number)).catch(() => null),
    ]);
    return { base, over, style: exact && !bw ? state.style : "fill", exact };
  }
  if (name === "matte" || name === "clean") {
    const address = `result/${now.revision}/${number}/${name}.png${query()}`;
    if (!exact && !pictures.has(address)) return { base: await frameOf(number, false), exact: false, waits: true };
    return { base: await picture(address), checks: name === "matte", exact: true };
  }
  if (name === "unseen") {
    const over = await picture(`plane/${now.revision}/unseen.png`, (one) => coloured(one, UNSEEN));
    return { base: await picture(`plate/${now.revision}/0.png`), over, style: "fill", exact: true };
  }
  const { plane, map } = LAYERS[name];
  return { base: await picture(`plane/${now.revision}/${plane}.png`, (one) => coloured(one, MAPS[map])), exact: true };
}

/** What a layer depends on: it is loaded anew when this changes. */
export function keyOf(name) {
  const now = ground(), parts = [name, now?.revision];
  if (!LAYERS[name].still || now?.moving) parts.push(state.frame, state.resting);
  if (name === "plate") parts.push(state.light);
  if (["mask", "matte", "clean"].includes(name) && state.knobs) parts.push(JSON.stringify(state.knobs), state.style);
  return parts.join("|");
}
