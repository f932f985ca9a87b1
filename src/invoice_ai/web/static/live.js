// Live pages: the server says that something changed, we fetch this page again and exchange the
// parts marked data-live. The page stays what the server renders: one template, one truth.
import { localise } from "./times.js";
import { say } from "./words.js";

const QUIET = 250; // ms: a burst of events is one refresh
const PAUSE = 1000; // ms between two refreshes, however many events
const RETRY = 15_000; // ms until a refused stream is tried again; until then pages are fetched
const PATIENCE = 8_000; // ms: a stream that ends by itself is back by then and need not alarm anybody
const regions = new Map();
const listeners = [];
let source = null;
let due = 0;
let done = 0;
let running = false;

/** Exchange the region `name` in a way of its own: act(old, fresh). */
export function onRegion(name, act) { regions.set(name, act); }

/** Hear every change of an invoice: act({file_id, state, …}); act(null): some may have been missed. */
export function onChange(act) { listeners.push(act); }

function exchange(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  const active = old.contains(document.activeElement) ? document.activeElement : null;
  const same = active && (active.id ? `#${CSS.escape(active.id)}`
    : active.getAttribute("href") && `a[href="${CSS.escape(active.getAttribute("href"))}"]`);
  old.replaceWith(fresh);
  if (same) fresh.querySelector(same)?.focus({ preventScroll: true });
}

/** Fetch this page again and exchange what changed. */
export async function refresh() {
  if (running) { ask(); return; }
  running = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.redirected && new URL(answer.url).pathname === "/login") { location.reload(); return; }
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    localise(fresh);
    document.dispatchEvent(new CustomEvent("fresh", { detail: fresh }));
    for (const old of document.querySelectorAll("[data-live]")) {
      const name = old.dataset.live;
      const part = fresh.querySelector(`[data-live="${name}"]`);
      if (part) (regions.get(name) ?? exchange)(old, document.adoptNode(part));
    }
  } catch { /* not connected: the stream's own bar says so */ } finally {
    running = false;
    done = Date.now();
  }
}

function ask() {
  clearTimeout(due);
  due = setTimeout(refresh, Math.max(QUIET, done + PAUSE - Date.now()));
}

function hear(event) {
  const change = JSON.parse(event.data);
  for (const act of listeners) act(change);
  ask();
}

/** A stream begins. One that was not resumed says nothing of what happened before it. */
function greet(event) {
  if (JSON.parse(event.data).resumed) return;
  for (const act of listeners) act(null);
  ask();
}

function offline(yes) {
  const bar = document.getElementById("offline");
  bar.textContent = yes ? say("Not connected. Trying again by itself.") : "";
  bar.hidden = !yes;
}

function open() {
  if (source || document.hidden) return;
  source = new EventSource("/events");
  source.addEventListener("hello", greet);
  source.addEventListener("invoice", hear);
  source.addEventListener("open", () => offline(false));
  source.addEventListener("error", () => {
    const refused = source?.readyState === EventSource.CLOSED;
    setTimeout(() => offline(source?.readyState !== EventSource.OPEN && !document.hidden), PATIENCE);
    if (!refused) return; // the browser reconnects by itself
    source = null;
    setTimeout(() => { refresh(); open(); }, RETRY);
  });
}

function close() {
  source?.close();
  source = null;
}

/** Start listening. A hidden tab lets go of its connection: a browser has six per host. */
export function connect() {
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else open();
  });
  window.addEventListener("pagehide", close);
  open();
}
