// Autosave: edits are sent one after the other against the version that was seen. What cannot be
// sent is kept in this browser and sent later; what somebody else changed meanwhile is asked about.
import { ask, bar } from "./review-dom.js";
import { say } from "./words.js";

const AGAIN = 3_000; // ms until a lost connection is tried again

let desk = null;
let queue = [];
let sending = [];
let timer = 0;
let blocked = false; // a conflict waits for an answer
let waiters = [];
let hooks = {};

/** hooks: path(), fresh(desk), refused(why, ops), state("saving" | "saved" | "offline") */
export function start(given) { hooks = given; window.addEventListener("online", pump); }

const path = () => hooks.path();
const key = () => `review:${desk.file_id}`;

function persist() {
  const ops = [...sending, ...queue];
  try {
    if (ops.length) localStorage.setItem(key(), JSON.stringify({ version: desk.version, ops }));
    else localStorage.removeItem(key());
  } catch { /* storage is off or full: the edits live as long as the page */ }
}

/** Work on this invoice from now on; what was kept of it is sent again. */
export function open(shown) {
  desk = shown;
  queue = [];
  sending = [];
  blocked = false;
  clearTimeout(timer);
  bar("offline", "", "");
  bar("changed", "", "");
  let kept = null;
  try { kept = JSON.parse(localStorage.getItem(key()) ?? "null"); } catch { /* not ours */ }
  if (!kept?.ops?.length) return;
  queue = kept.ops;
  if (kept.version === desk.version) pump();
  else conflict(desk);
}

/** A newer desk of the same invoice came by another way. */
export function seen(shown) { if (!busy()) desk = shown; }

export const busy = () => queue.length > 0 || sending.length > 0;
export const pendingFields = () => new Set([...sending, ...queue].flatMap((op) => op.changes.map((c) => c.field)));

export function push(op) {
  queue.push({ changes: [], let_pass: {}, ...op });
  persist();
  hooks.state("saving");
  pump();
}

/** Resolves true when all is saved, false when it cannot be now. */
export function flushed() {
  if (!busy()) return Promise.resolve(true);
  if (blocked) return Promise.resolve(false);
  pump();
  return new Promise((resolve) => { waiters.push(resolve); });
}

function settle(well) {
  const told = waiters;
  waiters = [];
  for (const resolve of told) resolve(well);
}

async function pump() {
  clearTimeout(timer);
  if (sending.length || !queue.length || blocked) return;
  // Checks that may pass are those of the version before: they start a batch, never end one.
  const end = queue.findIndex((op, i) => i > 0 && Object.keys(op.let_pass).length > 0);
  sending = queue.splice(0, end < 0 ? queue.length : end);
  const mine = desk.file_id;
  const answer = await ask("PATCH", path(), {
    version: desk.version,
    changes: sending.flatMap((op) => op.changes),
    let_pass: Object.assign({}, ...sending.map((op) => op.let_pass)),
  });
  if (desk.file_id !== mine) return; // another invoice is shown by now; this one is kept
  if (answer.ok) {
    sending = [];
    desk = answer.data;
    persist();
    bar("offline", "", "");
    hooks.fresh(desk);
    if (queue.length) pump();
    else { hooks.state("saved"); settle(true); }
    return;
  }
  if (answer.status === 0 || answer.status >= 500 || answer.status === 429) {
    queue = [...sending, ...queue];
    sending = [];
    bar("offline", "look", answer.status === 0
      ? say("Not connected. Your edits are kept here and sent later.")
      : say("Not saved yet: the server is busy. Trying again by itself."));
    hooks.state("offline");
    settle(false);
    timer = setTimeout(pump, AGAIN);
    return;
  }
  const fresh = await ask("GET", path());
  if (desk.file_id !== mine) return;
  if (answer.status === 409 && fresh.ok && fresh.data.status === "needs_review") {
    queue = [...sending, ...queue];
    sending = [];
    conflict(fresh.data);
    return;
  }
  const lost = sending;
  sending = [];
  persist();
  if (fresh.ok) { desk = fresh.data; hooks.fresh(desk); }
  hooks.state(busy() ? "saving" : "saved");
  hooks.refused(answer.why, lost);
  if (queue.length) pump();
  else settle(false);
}

/** Somebody changed it meanwhile: theirs, or ours on top of it. */
function conflict(fresh) {
  const again = () => { blocked = false; bar("changed", "", ""); desk = fresh; hooks.fresh(desk); pump(); };
  const rows = queue.some((op) => op.changes.some((c) => c.kind === "insert" || c.kind === "delete"));
  // An answer of ours was lost on the way: the values are the same whoever says them again.
  if (fresh.last_change?.actor === fresh.actor && !rows) { again(); return; }
  blocked = true;
  settle(false);
  hooks.state("offline");
  const at = fresh.last_change ? new Date(fresh.last_change.at) : new Date();
  const clock = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  bar("changed", "bad", say("Changed by %(who)s, %(when)s.", { who: fresh.last_change?.actor ?? "", when: clock }),
    [say("Show theirs"), () => { queue = []; desk = fresh; persist(); blocked = false; bar("changed", "", ""); hooks.fresh(desk, true); hooks.state("saved"); }],
    [say("Keep mine"), again]);
}
