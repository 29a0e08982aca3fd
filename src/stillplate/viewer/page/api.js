// What is asked of the server, at addresses relative to the page's own.

import { set, state } from "./store.js";

/** The options of the masks as a query, each only where it differs from how the program was started. */
export function query(knobs = state.knobs, only = null) {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(knobs)) {
    if (only && !only.includes(name)) continue;
    if (value === state.server.knobs[name]) continue;
    given.set(name, value === null ? "" : typeof value === "boolean" ? (value ? "1" : "0") : String(value));
  }
  given.sort();
  const text = given.toString();
  return text ? `?${text}` : "";
}

export async function ask(path, options) {
  const answer = await fetch(path, options);
  if (answer.ok) return answer;
  let said = answer.statusText;
  try { said = (await answer.json()).error; } catch { /* it said nothing more */ }
  throw new Error(said || `the server answered ${answer.status}`);
}

export const json = async (path, options) => (await ask(path, options)).json();

export async function send(path, given = {}) {
  try {
    const body = JSON.stringify(given);
    return await json(path, { method: "POST", headers: { "content-type": "application/json" }, body });
  } catch (error) {
    tell(error.message);
    return null;
  }
}

let fading = 0;
/** Show a line for some seconds. */
export function tell(text, fine = false) {
  const toast = document.getElementById("toast");
  toast.textContent = text;
  toast.className = fine ? "fine" : "";
  toast.hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => { toast.hidden = true; }, fine ? 2500 : 9000);
}

/** Listen to news of the clip until the page is closed. */
export async function listen() {
  let since = -1;
  for (;;) {
    try {
      const server = await json(`state?since=${since}`);
      if (server.version !== since) set({ server, knobs: state.knobs ?? { ...server.knobs } });
      since = server.version;
      document.body.classList.remove("gone");
    } catch (error) {
      document.body.classList.add("gone");
      if (!(error instanceof TypeError)) { tell(error.message); return; } // the clip cannot be opened
      const line = document.getElementById("progress");
      line.className = "wrong";
      line.textContent = "stillplate has ended: start it again";
      since = -1;
      await new Promise((done) => setTimeout(done, 1500));
    }
  }
}

/** Keep one request of a kind on its way; of those that come meanwhile, only the last is made. */
export function latest(work) {
  let busy = false, next = null;
  return async function call(...given) {
    if (busy) { next = given; return; }
    busy = true;
    try { await work(...given); } catch (error) { if (error.name !== "AbortError") console.warn(error); }
    busy = false;
    if (next) { const again = next; next = null; call(...again); }
  };
}
