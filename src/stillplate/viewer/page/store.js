// What the page knows and shows, and who is told when it changes.

export const state = {
  server: null,          // the last news of the clip: `describe_session` of the server
  frame: 0,              // number of the frame that is shown
  resting: true,         // false while the hand moves: pictures are quick then
  mode: "divider",       // single, divider or side
  left: "frame", right: "mask",
  divider: 0.5,          // place of the divider, as a share of the width
  style: "outline",      // of the mask: outline, fill or bw
  light: 0,              // state of light whose plate is shown
  knobs: null,           // options of the masks, as the controls have them
  tool: "look",          // look, brush or polygon
  kind: "not ground",    // what is drawn
  brush: 24,             // radius of the brush, in pixels of the clip
  panel: "tune",         // of the panels at the right, the open one
  looking: null,         // place of the pixel that is looked at
  pixel: null,           // what was found there
  proposed: null,        // what stood still and may be said to be no ground
  marked: null,          // a box that is shown for a moment
};

const listeners = new Map();

/** Call `listener` whenever one of the names changes. */
export function on(names, listener) {
  for (const name of names.split(" ")) {
    if (!listeners.has(name)) listeners.set(name, []);
    listeners.get(name).push(listener);
  }
}

/** Change values, and tell those who listen to them, each once. */
export function set(values) {
  const told = new Set();
  for (const [name, value] of Object.entries(values)) {
    if (state[name] === value) continue;
    state[name] = value;
    for (const listener of listeners.get(name) ?? []) told.add(listener);
  }
  for (const listener of told) listener();
}

export const ground = () => state.server?.ground ?? null;
export const clip = () => state.server.clip;

let resting = 0;
/** Note that the hand moves; pictures are exact again when it rests. */
export function stir(milliseconds = 140) {
  clearTimeout(resting);
  resting = setTimeout(() => set({ resting: true }), milliseconds);
  set({ resting: false });
}

/** Show a frame, as near to a number as there is one. */
export function go(number, milliseconds) {
  const last = clip().frames - 1;
  const frame = Math.max(0, Math.min(last, Math.round(number)));
  if (frame === state.frame) return;
  stir(milliseconds);
  set({ frame });
}

export const timeOf = (frame) => frame / clip().rate;
export const frameAt = (time) => Math.round(time * clip().rate);

export function clock(seconds) {
  const tenths = Math.round(seconds * 10);
  return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}.${tenths % 10}`;
}

export function plural(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
