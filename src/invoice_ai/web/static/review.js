// The review screen: what is to check, the dock, decisions, keys. The server decides what values mean
// and whether they fit; here they are shown, edited and sent.
import { $, ask, bar, el, icon, tell, toast } from "./review-dom.js";
import { keep, on, press, recall } from "./keys.js";
import { localise } from "./times.js";
import { say } from "./words.js";
import * as form from "./review-form.js";
import * as lines from "./review-lines.js";
import * as page from "./review-page.js";
import * as save from "./review-save.js";

const main = $("main");
const extras = JSON.parse($("extras").dataset.json);
const alone = main.classList.contains("only");
const narrow = matchMedia("(max-width: 1080px)");
const CLAIM = 60_000; // ms between two signs of life; a claim lasts five minutes
const window2 = "BroadcastChannel" in window ? new BroadcastChannel("invoice-ai-review") : null;

let desk = JSON.parse($("desk").dataset.json);
let current = ""; // name of the value that is looked at
let asked = null; // the check that is looked at
let settled = new Set(); // checks that were settled here and are on their way to the server
let ahead = null; // the next invoice, fetched before it is asked for
let opened = performance.now();
let events = [];
let deciding = false;

const id = (check) => `${check.code}|${check.field ?? ""}|${check.key ?? ""}`;
const left = () => desk.checks.filter((c) => !settled.has(id(c)));
const queue = new URLSearchParams(location.search).get("q") ?? ""; // the search of the list we came from
const asks = queue ? `?${new URLSearchParams({ q: queue })}` : "";
const api = (what = "", of = desk.file_id) => `/api/v1/results/${of}${what}${asks}`;
const isValue = (name) => Boolean(name && form.part(name));

/* Events -------------------------------------------------------------------------------- */
function note(kind, field = "") {
  events.push({ kind, field, ms: Math.round(performance.now() - opened) });
  if (events.length >= 40) send();
}
function send() {
  if (!events.length) return;
  const told = events;
  events = [];
  ask("POST", api("/review-events"), { events: told }, { keepalive: true });
}

/* Showing an invoice -------------------------------------------------------------------- */
function show(shown, { anew = false } = {}) {
  desk = shown;
  if (!save.busy()) settled = new Set();
  if (anew) { settled = new Set(); current = ""; asked = null; delete $("options").dataset.face; }
  document.title = document.title.replace(/^.*?( · )/, `${desk.title}$1`);
  places();
  form.show(desk, { anew, pending: save.pendingFields() });
  vendor();
  page.show(form.values());
  strip();
  if (current && isValue(current)) { page.mark(titled(current)); dock(); }
  broadcast();
}

/** The value with the name it has on the page. */
function titled(name) {
  const p = form.part(name);
  return p && { ...p.v, title: p.title ?? p.v.label };
}

/** `early`: it was fetched before the last decision, so its place in the queue has changed since. */
function open(shown, { push = true, early = false } = {}) {
  send();
  if (push) history.pushState(null, "", `/invoices/${shown.file_id}/review${asks}`);
  opened = performance.now();
  for (const name of ["held", "name", "error"]) bar(name, "", "");
  show(shown, { anew: true });
  save.open(desk);
  page.open(desk);
  note("open");
  $("form").scrollTop = 0;
  hold();
  introduce();
  const first = left()[0];
  if (narrow.matches) { if (first && isValue(first.field)) look(first.field, first); else dock(); } else if (first) go(first);
  else { dock(); $("approve").focus({ preventScroll: true }); }
  if (early) recount().then(prefetch);
  else prefetch();
}

async function recount() {
  const mine = desk.file_id;
  const answer = await ask("GET", api("/review"));
  if (!answer.ok || desk.file_id !== mine) return;
  const { position, waiting, previous_id, next_id, decided_today, median_seconds } = answer.data;
  Object.assign(desk, { position, waiting, previous_id, next_id, decided_today, median_seconds });
  places();
}

function places() {
  $("pos").replaceChildren(...(desk.position ? [el("b", {}, String(desk.position)), ` ${say("of %(n)s", { n: desk.waiting })}`] : []));
  $("previous").disabled = !desk.previous_id;
  $("next").disabled = !desk.next_id;
  $("pace").textContent = desk.decided_today ? [say("%(n)s done today", { n: desk.decided_today }),
    desk.median_seconds === null ? "" : say("%(n)s s median", { n: desk.median_seconds })].filter(Boolean).join(" · ") : "";
}

async function prefetch() {
  ahead = null;
  const wanted = desk.next_id;
  if (!wanted) return;
  const answer = await ask("GET", api("/review", wanted));
  if (!answer.ok || desk.next_id !== wanted) return;
  ahead = answer.data;
  page.prefetch(ahead);
}

async function visit(wanted) {
  if (!wanted) { location.assign(`/review${asks}`); return; }
  if (ahead?.file_id === wanted) { open(ahead, { early: true }); return; }
  const answer = await ask("GET", api("/review", wanted));
  if (answer.ok && answer.data.status === "needs_review") open(answer.data);
  else if (answer.ok) location.assign(`/invoices/${wanted}`);
  else toast(answer.why);
}

async function leave(wanted) {
  if (!wanted) return;
  form.commit(current);
  await save.flushed();
  release();
  visit(wanted);
}
window.addEventListener("popstate", () => location.reload());

/* Who is on it -------------------------------------------------------------------------- */
let claims = 0;
async function hold(takeOver = false) {
  clearTimeout(claims);
  const mine = desk.file_id;
  const answer = await ask("POST", api("/claim"), { take_over: takeOver });
  if (mine !== desk.file_id) return;
  const lost = answer.status === 409;
  $("form").inert = lost;
  $("dock").inert = lost;
  document.querySelector(".act").inert = lost;
  bar("held", "look", lost ? answer.why : "", [say("Take over"), () => hold(true)], [say("Next invoice"), () => visit(desk.next_id)]);
  if (answer.ok && answer.data.version !== desk.version && !save.busy()) refresh();
  if (answer.ok || answer.status === 0) claims = setTimeout(() => { if (!document.hidden) hold(); }, CLAIM);
}
function release() { ask("POST", api("/release"), {}, { keepalive: true }); }
document.addEventListener("visibilitychange", () => { if (document.hidden) send(); else hold(); });
window.addEventListener("pagehide", () => { form.commit(current); send(); release(); });

/** Somebody changed it while we only looked. */
async function refresh() {
  const answer = await ask("GET", api("/review"));
  // What was asked before the last answer of a save is older than what is shown.
  if (!answer.ok || answer.data.file_id !== desk.file_id || answer.data.version < desk.version || save.busy()) return;
  if (answer.data.status !== "needs_review") {
    bar("changed", "bad", say("%(who)s has decided about this invoice.", { who: answer.data.last_change?.actor ?? "" }), [say("Show it"), () => location.assign(`/invoices/${desk.file_id}`)], [say("Next invoice"), () => visit(answer.data.next_id)]);
    return;
  }
  if (answer.data.version === desk.version) return;
  save.seen(answer.data);
  show(answer.data);
  if (answer.data.last_change && answer.data.last_change.actor !== desk.actor) toast(say("%(who)s changed this invoice; it is up to date now.", { who: answer.data.last_change.actor }));
}
document.addEventListener("fresh", () => { if (!alone && !save.busy() && !deciding) refresh(); });

/** Ask once what this person is called, so that others and the history know. */
function introduce() {
  if (desk.person || recall("unnamed")) return;
  const field = el("input", { type: "text", maxlength: 60, "aria-label": say("Your name"), placeholder: say("Your name"), autocomplete: "name" });
  const name = async () => {
    const answer = await ask("PUT", "/api/v1/person", { name: field.value });
    if (!answer.ok) { toast(answer.why); return; }
    bar("name", "", "");
    const fresh = await ask("GET", api("/review"));
    if (fresh.ok) { release(); save.seen(fresh.data); show(fresh.data); hold(true); }
  };
  bar("name", "quiet", say("What are you called? Others see it on your work."),
    [say("Save"), name], [say("Not now"), () => { keep("unnamed", "yes"); bar("name", "", ""); }]);
  const made = document.querySelector('[data-bar="name"]');
  made.querySelector(".button").before(field);
  field.addEventListener("keydown", (e) => { if (e.key === "Enter") { e.preventDefault(); name(); } });
}

/* What is to check ---------------------------------------------------------------------- */
const SIGNS = { possible_duplicate: "twin", bank_changed: "bank", new_vendor: "link", vendor_unsure: "link" };

/** A chip that stays is the same element: an answer of the server takes neither click nor focus away. */
function chips() {
  const list = $("chips-list");
  const wanted = new Set(desk.checks.map(id));
  const shown = new Map([...list.children].map((chip) => [chip.dataset.check, chip]));
  for (const [check, chip] of shown) if (!wanted.has(check)) chip.remove();
  desk.checks.forEach((check, i) => {
    let chip = shown.get(id(check));
    if (!chip) {
      chip = el("li", { "data-check": id(check) }, el("button", { type: "button" }));
      chip.firstElementChild.addEventListener("click", () => go(desk.checks.find((c) => id(c) === chip.dataset.check)));
    }
    if (list.children[i] !== chip) list.insertBefore(chip, list.children[i] ?? null);
    const done = settled.has(id(check));
    const button = chip.firstElementChild;
    if (button.textContent !== check.chip || chip.classList.contains("done") !== done) button.replaceChildren(icon(done ? "ok" : SIGNS[check.code] ?? "look"), check.chip);
    chip.className = done ? "done" : "";
    button.title = check.message;
    button.setAttribute("aria-current", String(asked !== null && id(asked) === id(check)));
  });
}

function strip() {
  const open = left();
  $("why").className = `why${open.length ? "" : " ok"}`;
  $("why").querySelector("use").setAttribute("href", open.length ? "#i-look" : "#i-done");
  $("left").textContent = open.length ? say("%(n)s to check", { n: open.length }) : say("All checked");
  chips();
  const approve = $("approve");
  approve.classList.toggle("waits", open.length > 0);
  approve.setAttribute("aria-disabled", String(open.length > 0));
  approve.firstElementChild.textContent = open.length ? say("Approve") : say("Approve and next");
  $("enter").hidden = !open.length;
}

function vendor() {
  const v = desk.vendor;
  const box = $("vendor");
  if (v.id !== null) {
    const seen = v.invoices === 1 ? say("1 invoice so far") : say("%(n)s invoices so far", { n: v.invoices });
    box.replaceChildren(icon("link", "ok"), el("span", {}, el("b", {}, v.name), ` ${say("on file")}, ${v.how}`, el("span", { class: "dot" }), seen));
    return;
  }
  box.replaceChildren(icon("link"), el("span", {}, say("Not on file yet; approving adds it.")));
  if (!v.closest.length) return;
  const change = el("button", { type: "button", class: "link", "aria-haspopup": "menu" }, say("Link to one on file"));
  change.addEventListener("click", () => lines.menu(change, v.closest.map(([number, name]) => [name, () => link(number), true])));
  box.append(change);
}
async function link(number) {
  await save.flushed();
  const answer = await ask("POST", api("/vendor"), { vendor_id: number, version: desk.version });
  if (answer.ok) { save.seen(answer.data); show(answer.data); } else toast(answer.why);
}

/** Look at a value without moving the focus. */
function look(name, check = null) {
  const same = current === name && !check;
  current = name;
  asked = check ?? (same && asked?.field === name ? asked : left().find((c) => c.field === name) ?? null);
  page.mark(titled(name));
  dock();
  for (const button of $("chips-list").querySelectorAll("button")) button.setAttribute("aria-current", "false");
  const at = asked ? desk.checks.findIndex((c) => id(c) === id(asked)) : -1;
  if (at >= 0) $("chips-list").children[at].firstElementChild.setAttribute("aria-current", "true");
  broadcast();
}

let goingTo = null;
function go(check) {
  asked = check;
  const name = target(check);
  if (name) {
    const input = form.input(name);
    goingTo = check;
    if (document.activeElement === input) look(name, check);
    input.focus({ preventScroll: true });
    goingTo = null;
    input.select?.();
    input.scrollIntoView({ block: "nearest" });
  } else {
    current = "";
    page.mark(null);
    dock();
    strip();
    decideHere();
  }
}

/** The value that a check speaks of; of a whole row its last cell, of all lines the first amount. */
function target(check) {
  if (isValue(check.field)) return check.field;
  const row = check.field && form.names().filter((n) => n.startsWith(`${check.field}.`) || n.startsWith(`${check.field}[`));
  return row?.find((n) => n.endsWith(".amount")) ?? row?.[0] ?? null;
}

/* The dock: where a value comes from and what could be done about it -------------------- */
function options() {
  const v = current ? form.part(current)?.v : null;
  const made = [];
  const value = (s) => made.push({ text: s.text, note: s.note, on: form.text(current) === s.text, act: () => takeValue(s) });
  if (asked && left().some((c) => id(c) === id(asked))) {
    const { code } = asked;
    if (code === "possible_duplicate") {
      made.push({ text: say("Not a duplicate"), note: "", act: () => pass(asked, say("Not a duplicate")) });
      if (asked.other_id) made.push({ text: say("Compare"), note: "", act: compare });
      made.push({ text: say("Reject"), note: "", act: () => decide("/reject", { reason: asked.message, decision: "duplicate" }, say("Rejected as a duplicate.")) });
      return made;
    }
    if (code === "sum_mismatch") {
      if (isValue(asked.field)) for (const s of asked.suggestions) value(s);
      made.push({ text: say("As printed"), note: say("let it pass"), act: () => pass(asked, say("Right as printed on the invoice")) });
      return made;
    }
    if (v?.text && (v.others.length || asked.suggestions.length) && !asked.needs_why) made.push({ text: v.text, note: say("as read"), on: form.text(current) === v.text, act: confirm });
    for (const s of asked.suggestions) value(s);
    if (v) for (const s of v.others) value(s);
    if (!made.length && !asked.needs_why && code !== "missing_required") made.push({ text: say("It is right"), note: "", act: () => (target(asked) ? confirm() : pass(asked, "")) });
    return made.slice(0, 4);
  }
  if (v) for (const s of v.others) value(s);
  return made.slice(0, 4);
}

function dock() {
  const v = current ? form.part(current)?.v : null;
  const check = asked && left().some((c) => id(c) === id(asked)) ? asked : null;
  $("dock-label").textContent = v ? (form.part(current).title ?? v.label) : check?.chip ?? say("Nothing is chosen");
  const state = check && v ? v.state : v?.state === "edit" ? "edit" : "";
  const chip = $("dock-note");
  chip.hidden = !state || state === "ok";
  chip.className = `chip ${state === "edit" ? "busy" : state === "missing" ? "look" : state}`;
  chip.querySelector("use").setAttribute("href", state === "edit" ? "#i-pen" : state === "bad" ? "#i-failed" : "#i-look");
  chip.querySelector("span").textContent = { bad: check?.code === "sum_mismatch" ? say("Does not add up") : say("To check"), missing: say("Missing") }[state] ?? (v?.note || say("To check"));
  $("dock-why").textContent = [check?.message, check && v ? "" : v?.why].filter(Boolean).join(" ")
    || say("Choose a value to see how it is printed and where.");
  page.crop($("crop"), v);
  const chosen = options();
  const face = JSON.stringify([current, check && id(check), chosen.map((o) => [o.text, o.note, o.on])]);
  const box = $("options");
  if (box.dataset.face === face) return; // a reason that is being typed stays
  box.dataset.face = face;
  const made = chosen.map((o, i) => {
    const button = el("button", { type: "button", "aria-pressed": o.on === undefined ? false : String(o.on), title: o.note || false },
      el("kbd", {}, String(i + 1)), el("b", {}, el("bdi", {}, o.text)), ...(o.note ? [el("small", {}, o.note)] : []));
    button.addEventListener("click", o.act);
    return button;
  });
  if (check?.needs_why && check.code !== "possible_duplicate" && check.code !== "sum_mismatch") made.push(whyField(check));
  box.replaceChildren(...made);
}

function whyField(check) {
  const words = check.code === "bank_changed" ? say("How was the account verified?") : say("Why may this pass?");
  const field = el("input", { type: "text", maxlength: 500, placeholder: words, "aria-label": words });
  const button = el("button", { type: "button", class: "button" }, check.code === "bank_changed" ? say("Record") : say("Let pass"));
  const done = () => { if (field.value.trim()) pass(check, field.value.trim()); else field.focus(); };
  button.addEventListener("click", done);
  field.addEventListener("keydown", (e) => { if (e.key === "Enter" && !e.ctrlKey && !e.metaKey) { e.preventDefault(); e.stopPropagation(); done(); } });
  return el("span", { class: "whyfield" }, field, button);
}

/* Deeds --------------------------------------------------------------------------------- */
function settle(check) {
  settled.add(id(check));
  if (check.field && !left().some((c) => c.field === check.field)) form.paint(check.field, true);
}

/** Enter: the value that is looked at is right as it stands now; on to the next check. */
function confirm() {
  const name = current;
  const p = form.part(name);
  const mine = left().filter((c) => target(c) === name);
  if (p?.dirty) {
    form.commit(name); // the checks look at it again; until then its doubts are taken as answered
    for (const check of mine) settle(check);
  } else {
    const easy = mine.filter((c) => !c.needs_why && c.code !== "missing_required");
    for (const check of easy) settle(check);
    if (easy.length) {
      const confirmed = p?.v.text && easy.some((c) => c.field === name);
      save.push({
        changes: confirmed ? [{ kind: "confirm", field: name }] : [],
        let_pass: Object.fromEntries(easy.filter((c) => c.key).map((c) => [c.key, ""])),
      });
      note("edit", name);
    } else if (mine.some((c) => c.needs_why)) { look(name, mine.find((c) => c.needs_why)); decideHere(); return; }
  }
  advance(mine);
}

/** What needs more than Enter: its reason is typed, or one of the options taken by its number. */
function decideHere() { ($("options").querySelector("input") ?? $("dock")).focus({ preventScroll: true }); }

/** To the next check after those of a value, round and round. */
function advance(mine = []) {
  const open = left();
  const ids = new Set(mine.map(id));
  const others = open.filter((c) => !ids.has(id(c)));
  const last = desk.checks.findIndex((c) => mine.length && id(c) === id(mine.at(-1)));
  const next = open.find((c) => ids.has(id(c)) && c.code !== "missing_required")
    ?? others.find((c) => desk.checks.indexOf(c) > last) ?? others[0] ?? open[0];
  strip();
  if (next) { go(next); tell(say("%(n)s to check", { n: open.length })); return; }
  asked = null;
  dock();
  $("approve").focus({ preventScroll: true });
  tell(say("All checked. Enter approves."));
}

function pass(check, why) {
  settle(check);
  save.push({ let_pass: { [check.key]: why } });
  note("edit", check.field ?? check.code);
  advance([check]);
}

function takeValue(s) {
  if (!current) return;
  const mine = left().filter((c) => c.field === current);
  form.put(current, s.text);
  change(current, { text: s.box ? s.raw || s.text : s.text, page: s.page, box: s.box });
  note("pick", current);
  for (const check of mine) settle(check);
  advance(mine);
}

function change(name, { text, page: n = null, box = null }) {
  const p = form.part(name);
  if (box) { p.v = { ...p.v, page: n, box }; page.show(form.values()); }
  save.push({ changes: [{ kind: "set", field: name, text, ...(box && n ? { page: n, box } : {}) }] });
}

async function picked({ name, text, page: n, box, reading }) {
  note("pick", name);
  let shown = reading;
  if (shown === null) {
    const answer = await ask("POST", api("/preview"), { field: name, text, printed: true });
    if (!answer.ok) { toast(answer.why); return; }
    shown = answer.data.shown;
  }
  if (!isValue(name)) return;
  form.put(name, shown);
  change(name, { text, page: n, box });
  for (const check of left().filter((c) => c.field === name && !c.needs_why)) settled.add(id(check));
  strip();
  look(name);
  if (!narrow.matches) form.input(name).focus({ preventScroll: true });
  tell(say("%(field)s set to %(value)s", { field: form.part(name).title ?? form.part(name).v.label, value: shown }));
}

/** A batch that changes rows: nothing may be typed until it is done. */
async function rows(changes, focus = "") {
  if (!changes.length) return;
  form.commit(current);
  $("lines").inert = $("taxes").inert = true;
  save.push({ changes });
  await save.flushed();
  $("lines").inert = $("taxes").inert = false;
  form.input(focus)?.focus();
}

function escape(name) {
  const p = form.part(name);
  if (form.forget(name)) { dock(); return; }
  if (p.loaded !== null && p.v.text !== p.loaded && !name.includes("[")) {
    form.put(name, p.loaded);
    save.push({ changes: [{ kind: "restore", field: name }] });
    tell(say("Undone"));
    return;
  }
  p.input.blur();
  $("canvas").focus({ preventScroll: true });
}

/* Decisions ----------------------------------------------------------------------------- */
async function approve() {
  form.commit(current);
  const open = left();
  if (open.length) { go(open[0]); tell(say("%(n)s to check", { n: open.length })); return; }
  await decide("/approve", {}, say("Approved."));
}

async function decide(what, body, said) {
  if (deciding) return;
  deciding = true;
  $("approve").classList.add("busy");
  const saved = await save.flushed();
  const open = what === "/approve" ? left() : [];
  if (!saved || open.length) {
    deciding = false;
    $("approve").classList.remove("busy");
    if (open.length) go(open[0]);
    else toast(say("Not decided: your edits are not saved yet."));
    return;
  }
  const mine = desk.file_id;
  const answer = await ask("POST", api(what), { version: desk.version, ...body });
  deciding = false;
  $("approve").classList.remove("busy");
  if (!answer.ok) {
    toast(answer.why);
    if (answer.status === 409) refresh();
    return;
  }
  note("decide", what.slice(1));
  send();
  try { sessionStorage.setItem("decided", JSON.stringify({ id: mine, said })); } catch { /* then it cannot be undone by Z */ }
  await visit(answer.data.next_id);
  toast(said, say("Undo (Z)"), undo);
}

async function undo() {
  let last = null;
  try { last = JSON.parse(sessionStorage.getItem("decided") ?? "null"); sessionStorage.removeItem("decided"); } catch { /* none */ }
  if (!last) { toast(say("There is nothing to undo.")); return; }
  const answer = await ask("POST", api("/undo", last.id), {});
  if (!answer.ok) { toast(answer.why); return; }
  toast(say("Undone."));
  release();
  ahead = null;
  visit(last.id);
}

// What the sender can put right; what we suspect is not for him to read.
const FOR_THE_SENDER = new Set(["sum_mismatch", "missing_required", "due_before_date", "future_date", "buyer_not_us", "tax_id_invalid", "iban_invalid"]);

function turnDown(back) {
  const dialog = $("turn-down");
  const why = $("turn-down-why");
  $("turn-down-title").textContent = $("turn-down-do").textContent = back ? say("Send back") : say("Reject");
  $("turn-down-reasons").replaceChildren(...(back ? [] : extras.reasons.map((reason) => {
    const button = el("button", { type: "button", class: "button" }, reason);
    button.addEventListener("click", () => { why.value = reason; why.focus(); });
    return button;
  })));
  why.value = back ? left().filter((c) => FOR_THE_SENDER.has(c.code)).map((c) => c.message).join("\n") : "";
  const to = form.text("vendor_email") || "";
  const mail = $("mail");
  mail.hidden = !back || !/^[^\s@?&]+@[^\s@?&]+$/.test(to);
  const write = () => { mail.href = `mailto:${to}?subject=${encodeURIComponent(desk.title)}&body=${encodeURIComponent(why.value)}`; };
  write();
  why.oninput = write;
  $("turn-down-form").onsubmit = (e) => {
    e.preventDefault();
    const reason = why.value.trim();
    if (!reason) { why.focus(); return; }
    dialog.close();
    decide("/reject", { reason, decision: back ? "sent_back" : "rejected" }, back ? say("Sent back.") : say("Rejected."));
  };
  dialog.showModal();
  why.focus();
}
for (const button of document.querySelectorAll("dialog [data-close]")) button.addEventListener("click", () => button.closest("dialog").close());

async function compare() {
  const check = asked;
  const other = await ask("GET", api("/review", check.other_id));
  if (!other.ok) { toast(other.why); return; }
  const [mine, theirs] = [desk, other.data];
  for (const [side, d] of [["a", mine], ["b", theirs]]) {
    $(`cap-${side}`).textContent = `${d.title} · ${d.about}`;
    $(`img-${side}`).src = d.pages ? `/invoices/${d.file_id}/pages/1.webp` : "";
    $(`img-${side}`).hidden = !d.pages;
    $(`img-${side}`).alt = d.file_name;
  }
  const all = (d) => new Map(d.groups.flatMap((g) => g.values).map((v) => [v.name, v]));
  const [a, b] = [all(mine), all(theirs)];
  $("differences").replaceChildren(...[...new Set([...a.keys(), ...b.keys()])].filter((n) => a.get(n)?.text || b.get(n)?.text).map((n) => {
    const [x, y] = [a.get(n)?.text ?? "", b.get(n)?.text ?? ""];
    return el("tr", { class: x === y ? false : "differs" }, el("th", { scope: "row" }, (a.get(n) ?? b.get(n)).label),
      el("td", {}, el("bdi", {}, x)), el("td", {}, el("bdi", {}, y), ...(x === y ? [] : [icon("unsure")])));
  }));
  $("not-duplicate").onclick = () => { $("compare").close(); pass(check, say("Not a duplicate")); };
  $("is-duplicate").onclick = () => { $("compare").close(); decide("/reject", { reason: check.message, decision: "duplicate" }, say("Rejected as a duplicate.")); };
  $("compare").showModal();
}

/* Keys ---------------------------------------------------------------------------------- */
const actions = {
  approve,
  nextCheck: () => { const open = left(); if (open.length) go(open[(open.findIndex((c) => asked && id(c) === id(asked)) + 1) % open.length]); },
  next: () => leave(desk.next_id),
  previous: () => leave(desk.previous_id),
  reject: () => turnDown(false),
  sendBack: () => turnDown(true),
  later: () => decide("/later", {}, say("Put off to the end of the queue.")),
  undo,
  words: page.startWalk,
  walk: page.startWalk,
  boxes: page.toggleBoxes,
  zoomIn: () => page.zoomBy(1.25),
  zoomOut: () => page.zoomBy(0.8),
  zoomFit: () => page.setZoom(1),
  pageBack: () => page.pageBy(-1),
  pageOn: () => page.pageBy(1),
};
const chords = new Map(); // Alt+… by the place of the key: Option on a Mac types another letter
for (const { keys } of extras.keymap) {
  for (const { do: what, press: presses } of keys) {
    for (const way of presses) {
      if (way.startsWith("Alt+")) chords.set(way.slice(4).toLowerCase(), what);
      else if (way.startsWith("Control+") && actions[what]) { press(way.replace(/.$|Enter$/, (k) => k.toLowerCase()), actions[what]); press(way.replace("Control", "Meta").replace("Enter", "enter"), actions[what]); } else if (actions[what] && (way.length === 1 || way.startsWith("Page"))) on(way, actions[what]);
    }
  }
}
on("=", actions.zoomIn);

document.addEventListener("keydown", (e) => {
  if (e.isComposing || document.querySelector("dialog[open]")) return;
  if (page.walking() && page.walkKey(e)) { e.preventDefault(); e.stopPropagation(); return; }
  if (e.altKey && !e.ctrlKey && !e.metaKey) {
    const what = chords.get(e.code.replace(/^(Key|Digit|Numpad)/, "").toLowerCase());
    if (!what) return;
    const cell = document.activeElement?.dataset?.cell;
    const at = /^(lines|taxes)\[(\d+)\]\.(\w+)$/.exec(cell ?? "");
    e.preventDefault();
    if (what === "suggest") $("options").querySelectorAll(":scope > button")[Number(e.code.at(-1)) - 1]?.click();
    else if (what === "insert" && at) rows(lines.insert(at[1], Number(at[2]) + 1), `${at[1]}[${Number(at[2]) + 1}].${at[3]}`);
    else if (what === "remove" && at) rows(lines.remove(at[1], Number(at[2])), `${at[1]}[${Math.max(0, Number(at[2]) - 1)}].${at[3]}`);
    else actions[what]?.();
    return;
  }
  const plain = !e.ctrlKey && !e.metaKey && !e.target.closest?.("input, textarea, select");
  if (plain && /^[1-4]$/.test(e.key) && recall("letters") !== "off") {
    const option = $("options")?.querySelectorAll(":scope > button")[Number(e.key) - 1];
    if (option) { e.preventDefault(); option.click(); }
  }
}, true);

function fieldKey(e, name) {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
  const area = e.target.tagName === "TEXTAREA";
  if (e.key === "Enter" && !(area && e.shiftKey)) { e.preventDefault(); current = name; confirm(); }
  else if (e.key === "Escape") { e.preventDefault(); escape(name); }
  else if ((e.key === "ArrowDown" || e.key === "ArrowUp") && name.includes("[")) {
    const next = form.below(name, e.key === "ArrowDown" ? 1 : -1);
    if (next) { e.preventDefault(); next.input.focus(); next.input.select(); }
  } else if ((e.key === "PageDown" || e.key === "PageUp") && !area) { e.preventDefault(); page.pageBy(e.key === "PageDown" ? 1 : -1); }
}

/* The second window: the page alone, on another screen ---------------------------------- */
function broadcast() {
  if (!window2 || alone || !document.body.classList.contains("popped")) return;
  window2.postMessage({ say: "show", desk, values: form.values(), current: current ? titled(current) : null });
}
function popOut() {
  const made = window.open(`/invoices/${desk.file_id}/review?view=page`, "invoice-ai-page", "popup,width=900,height=1200");
  if (!made) { toast(say("The browser did not open the window.")); return; }
  document.body.classList.add("popped");
  bar("popped", "quiet", say("The page is in its own window."), [say("Bring it back"), () => { window2.postMessage({ say: "close" }); back(); }]);
}
function back() { document.body.classList.remove("popped"); bar("popped", "", ""); if (current) page.mark(titled(current)); }

function onlyPage() {
  let other = desk.file_id;
  page.start({ pick: (told) => window2.postMessage({ say: "pick", told }), goto: (name) => window2.postMessage({ say: "goto", name }), sized: () => {} });
  page.open(desk);
  page.show([...desk.groups.flatMap((g) => g.values), ...desk.lines.rows.flat(), ...desk.taxes.rows.flat()]);
  window2.onmessage = ({ data }) => {
    if (data.say === "close") window.close();
    if (data.say !== "show") return;
    if (data.desk.file_id !== other) { other = data.desk.file_id; page.open(data.desk); }
    page.show(data.values);
    page.mark(data.current);
  };
  window2.postMessage({ say: "hello" });
  window.addEventListener("pagehide", () => window2.postMessage({ say: "bye" }));
}

/* Start --------------------------------------------------------------------------------- */
for (const [button, act] of [["zoom-in", actions.zoomIn], ["zoom-out", actions.zoomOut], ["zoom-fit", actions.zoomFit], ["rotate", page.rotate],
  ["boxes", actions.boxes], ["page-back", actions.pageBack], ["page-on", actions.pageOn]]) $(button).addEventListener("click", act);

if (alone) onlyPage();
else {
  page.start({ pick: picked, goto: (name) => form.input(name)?.focus(), sized: () => { if (current) page.crop($("crop"), form.part(current)?.v); } });
  form.start({
    focus: (name) => { look(name, goingTo); note("focus", name); },
    typed: (name) => { if (name === current) page.crop($("crop"), form.part(name).v); },
    changed: (name, text) => { change(name, { text }); note("edit", name); },
    key: fieldKey,
    menu: (button, table, i) => lines.menu(button, [
      [say("New line below"), () => rows(lines.insert(table, i + 1), form.names().find((n) => n.startsWith(`${table}[${i}].`))?.replace(`[${i}]`, `[${i + 1}]`)), true],
      [say("Split in two"), () => rows(lines.split(desk, i), `lines[${i}].amount`), table === "lines"],
      [say("Merge with the next"), () => rows(lines.merge(desk, i), `lines[${i}].amount`), table === "lines" && i + 1 < desk.lines.rows.length],
      [say("Delete the line"), () => rows(lines.remove(table, i)), true],
    ]),
    fill: (_, column) => rows(lines.fill(desk, column), `lines[0].${column}`),
  }, extras);
  save.start({
    path: () => api("/review"),
    fresh: (shown, theirs) => { if (theirs) settled = new Set(); show(shown); if (!save.busy() && asked && !left().some((c) => id(c) === id(asked))) { asked = left().find((c) => c.field === current) ?? null; dock(); } },
    refused: (why) => { settled = new Set(); show(desk); toast(why); },
    state: (now) => { $("saved").textContent = now === "saved" ? say("Saved") : now === "offline" ? say("Not saved") : ""; },
  });
  for (const [button, act] of [["approve", approve], ["reject", actions.reject], ["send-back", actions.sendBack], ["later", actions.later],
    ["next", actions.next], ["previous", actions.previous], ["pop", popOut]]) $(button).addEventListener("click", act);
  $("line-add").addEventListener("click", () => rows(lines.insert("lines", desk.lines.rows.length), `lines[${desk.lines.rows.length}].description`));
  $("tax-add").addEventListener("click", () => rows(lines.insert("taxes", desk.taxes.rows.length), `taxes[${desk.taxes.rows.length}].rate`));
  $("line-rates").addEventListener("click", () => rows(lines.perRate(desk), "lines[0].amount"));
  $("field-add").addEventListener("change", (e) => {
    const name = e.target.value;
    const chosen = desk.absent.find(([n]) => n === name);
    if (!chosen) return;
    const kinds = extras.kinds[name];
    desk.absent = desk.absent.filter(([n]) => n !== name);
    desk.groups.at(-1).values.push({ name, label: chosen[1], kind: kinds, text: "", number: null, state: "ok", note: "", why: say("Nothing like it was found on the invoice."), page: null, box: null, others: [] });
    show(desk);
    form.input(name).focus();
  });
  $("lines").addEventListener("paste", (e) => {
    const cell = e.target.dataset?.cell;
    const changes = cell ? lines.paste(desk, cell, e.clipboardData?.getData("text/plain") ?? "") : [];
    if (changes.length) { e.preventDefault(); form.forget(cell); rows(changes, cell); }
  });
  $("form").addEventListener("submit", (e) => e.preventDefault());
  // A check of the whole invoice has no field: Enter in the dock says that it is right.
  $("dock").addEventListener("keydown", (e) => {
    if (e.target === $("dock") && e.key === "Enter" && !e.ctrlKey && asked && !asked.needs_why) { e.preventDefault(); $("options").querySelector(":scope > button")?.click(); }
  });
  const swap = () => { main.classList.toggle("swapped", recall("swapped") === "yes"); };
  $("swap").addEventListener("click", () => { keep("swapped", recall("swapped") === "yes" ? "no" : "yes"); swap(); });
  swap();
  if (window2) window2.onmessage = ({ data }) => {
    if (data.say === "hello") { document.body.classList.add("popped"); broadcast(); }
    if (data.say === "bye") back();
    if (data.say === "pick") picked(data.told);
    if (data.say === "goto") form.input(data.name)?.focus();
  };
  else $("pop").hidden = true;
  localise(document);
  open(desk, { push: false });
  page.showPage(1);
}
