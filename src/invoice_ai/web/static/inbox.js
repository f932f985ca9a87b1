// The list: keys walk and choose rows, rows change in place, and new ones never shift what is read.
import { on } from "./keys.js";
import { onRegion, refresh } from "./live.js";
import { say } from "./words.js";

const main = document.getElementById("main");
const many = document.getElementById("many");
const bulk = document.getElementById("bulk");
const whole = document.getElementById("bulk-whole");
const links = () => [...document.querySelectorAll(".rows .who a")];
const ticks = () => [...document.querySelectorAll(".rows td.pick input")];
const row = () => document.activeElement?.closest("tr[data-id]");

function go(link) {
  link.focus({ preventScroll: true });
  link.closest("tr").scrollIntoView({ block: "nearest" });
}

function walk(step) {
  const all = links();
  if (!all.length) return false;
  const now = all.findIndex((a) => a.closest("tr") === row());
  go(all[Math.min(all.length - 1, Math.max(0, now < 0 ? (step > 0 ? 0 : all.length - 1) : now + step))]);
  return true;
}

/* Choosing --------------------------------------------------------------------------------- */
function count() {
  const chosen = ticks().filter((t) => t.checked);
  const all = document.getElementById("pick-all");
  if (all) {
    all.checked = chosen.length > 0 && chosen.length === ticks().length;
    all.indeterminate = chosen.length > 0 && !all.checked;
  }
  bulk.hidden = chosen.length === 0;
  document.body.classList.toggle("choosing", chosen.length > 0);
  if (!chosen.length) { whole.value = ""; return; }
  const total = Number(many.dataset.total);
  const most = Number(many.dataset.most);
  const more = document.getElementById("bulk-all");
  more.hidden = !(all?.checked && total > chosen.length && total <= most) || whole.value !== "";
  more.textContent = say("Choose all %(n)s that match", { n: total.toLocaleString(document.documentElement.lang) });
  const clean = chosen.filter((t) => t.closest("tr").hasAttribute("data-clean")).length;
  document.getElementById("bulk-count").textContent = whole.value
    ? say("All %(n)s chosen", { n: total })
    : say("%(n)s chosen, %(clean)s can be approved", { n: chosen.length, clean });
  document.getElementById("bulk-approve").disabled = !clean && !whole.value;
}

function tick(box, yes = !box.checked) {
  box.checked = yes;
  count();
}

function none() {
  if (!ticks().some((t) => t.checked)) return false;
  for (const t of ticks()) t.checked = false;
  count();
  return true;
}

function range(step) {
  const from = row();
  if (!from) return walk(step);
  tick(from.querySelector("td.pick input"), true);
  walk(step);
  const to = row();
  if (to) tick(to.querySelector("td.pick input"), true);
  return true;
}

function open(name, value) {
  const button = bulk.querySelector(`[name="${name}"][value="${value}"]`);
  many.requestSubmit(button);
}

on("j", (e) => (e.shiftKey ? range(1) : walk(1)));
on("k", (e) => (e.shiftKey ? range(-1) : walk(-1)));
on("x", () => {
  const box = row()?.querySelector("td.pick input");
  if (!box) return false;
  tick(box);
  return true;
});
on("a", () => {
  if (bulk.hidden) {
    const box = row()?.querySelector("td.pick input");
    if (!box) return false;
    tick(box, true);
  }
  if (document.getElementById("bulk-approve").disabled) return true; // the bar says why
  open("do", "approve");
  return true;
});
on("e", () => {
  const menu = [...document.querySelectorAll("details.menu.right")].find((d) => bulk.contains(d) !== bulk.hidden);
  if (!menu) return false;
  menu.open = true;
  menu.querySelector("button").focus();
  return true;
});
on("Escape", none);

let last = null; // where the mouse chose last, for Shift and a click
many?.addEventListener("click", (e) => {
  const box = e.target.closest("td.pick input");
  if (!box) return;
  const all = ticks();
  if (e.shiftKey && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const t of all.slice(from, to + 1)) t.checked = box.checked;
  }
  last = box;
});
many?.addEventListener("change", (e) => {
  if (e.target.id === "pick-all") for (const t of ticks()) t.checked = e.target.checked;
  if (e.target.type === "checkbox") { whole.value = ""; count(); }
});
document.getElementById("bulk-all")?.addEventListener("click", () => { whole.value = "yes"; count(); });
document.getElementById("bulk-none")?.addEventListener("click", none);
if (many) count();

/* Live ------------------------------------------------------------------------------------- */
/** Nobody is in the middle of the list: it may move. */
const atRest = (list) => main.scrollTop < 8 && window.scrollY < 8 && !list.matches(":hover")
  && !list.contains(document.activeElement) && bulk.hidden;

let taking = false;

function pill(list, n) {
  let button = list.querySelector(".fresh-pill");
  if (!n) { button?.remove(); return; }
  if (!button) {
    button = document.createElement("button");
    button.type = "button";
    button.className = "fresh-pill";
    button.addEventListener("click", async () => {
      main.scrollTo({ top: 0 });
      taking = true;
      await refresh();
      links()[0]?.focus({ preventScroll: true });
    });
    list.prepend(button);
  }
  button.textContent = say("%(n)s new", { n });
}

onRegion("rows", (old, fresh) => {
  const known = new Map([...old.querySelectorAll("tr[data-id]")].map((r) => [r.dataset.id, r]));
  const rows = [...fresh.querySelectorAll("tr[data-id]")];
  const arrived = rows.filter((r) => !known.has(r.dataset.id));
  if (taking || !known.size || !rows.length || atRest(old)) {
    if (known.size) for (const r of arrived) r.classList.add("fresh");
    taking = false;
    if (!old.isEqualNode(fresh)) old.replaceWith(fresh);
    count();
    return;
  }
  for (const r of rows) {
    const present = known.get(r.dataset.id);
    if (!present || present.isEqualNode(r)) continue;
    const focused = present.contains(document.activeElement);
    r.querySelector("td.pick input").checked = present.querySelector("td.pick input").checked;
    present.replaceWith(r);
    if (focused) r.querySelector(".who a").focus({ preventScroll: true });
  }
  if (old.dataset.first === "yes") pill(old, arrived.length);
  count();
});
