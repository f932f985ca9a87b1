// The form: fields, line items, taxes, running sums. Inputs live as long as their value does, so that
// an answer of the server never takes the text from under somebody's hands.
import { $, el, icon, number } from "./review-dom.js";
import { say } from "./words.js";

const MARKS = { ok: "ok", look: "look", bad: "failed", missing: "look", edit: "pen" };
const WIDE = new Set(["address"]);
const MOST_ROWS = 200; // more lines than that are drawn on request

let desk = null;
let types = [];
let hooks = {};
let everything = false;
const parts = new Map(); // name → {v, box, input, mark, note, loaded, dirty}
let shapes = {}; // table → what its drawn rows and columns are

/** hooks: focus(name), typed(name), changed(name, text), key(event, name), menu(button, table, row), fill(table, column) */
export function start(given, extras) {
  hooks = given;
  types = extras.types;
  $("lines-all").addEventListener("click", () => { everything = true; shapes.lines = ""; tables(); });
}

export const part = (name) => parts.get(name);
export const names = () => [...parts.keys()];
export const input = (name) => parts.get(name)?.input;
export const values = () => [...parts.values()].map((p) => p.v);
export const text = (name) => parts.get(name)?.input.value ?? "";
export const dirty = () => [...parts.values()].some((p) => p.dirty);

/** Show an invoice. `anew`: another one, so nothing of the old is kept. */
export function show(shown, { anew = false, pending = new Set() } = {}) {
  desk = shown;
  if (anew) {
    parts.clear();
    shapes = {};
    everything = false;
    for (const group of ["vendor", "invoice", "amounts", "more"]) $(`g-${group}`).replaceChildren();
  }
  $("heading").textContent = desk.heading;
  $("about").textContent = [desk.title === desk.heading || desk.title === desk.file_name ? "" : desk.title, desk.about].filter(Boolean).join(" · ");
  $("currency").textContent = desk.currency ? say("in %(currency)s", { currency: desk.currency }) : "";
  head();
  for (const group of desk.groups) fields(group, pending);
  tables(pending);
  $("s-more").hidden = false;
  const add = $("field-add");
  add.replaceChildren(el("option", { value: "" }, say("Add a field")), ...desk.absent.map(([name, label]) => el("option", { value: name }, label)));
  $("details").href = `/invoices/${desk.file_id}`;
  sums();
}

function head() {
  const dueDate = parts.get("due_date")?.input.value ?? desk.groups[1].values.find((v) => v.name === "due_date")?.text;
  $("total").textContent = desk.total;
  $("owed").textContent = [desk.due, dueDate ? say("due %(day)s", { day: dueDate }) : ""].filter(Boolean).join(" ");
}

function fields(group, pending) {
  const home = $(`g-${group.name}`);
  const wanted = new Set(group.values.map((v) => v.name));
  for (const box of [...home.children]) {
    if (!wanted.has(box.dataset.name)) { parts.delete(box.dataset.name); box.remove(); }
  }
  for (const v of group.values) {
    if (!parts.has(v.name)) home.append(field(v));
    update(v, pending);
  }
}

function field(v) {
  const id = `f-${v.name}`;
  const shown = v.name === "document_type"
    ? el("select", {}, ...types.map(([value, word]) => el("option", { value }, word)))
    : v.kind === "address" ? el("textarea", { rows: 3 }) : el("input", { type: "text" });
  shown.id = id;
  if (v.kind === "money" || v.kind === "number") shown.inputMode = "decimal";
  if (v.kind === "identifier") shown.classList.add("id");
  shown.setAttribute("aria-describedby", `${id}-n`);
  shown.autocomplete = "off";
  shown.spellcheck = false;
  const mark = icon("ok", "st");
  const note = el("em", { id: `${id}-n` });
  const box = el("div", { class: "fld", "data-name": v.name },
    el("label", { for: id }, el("span", {}, v.label), note), el("span", { class: "ctl" }, shown, mark));
  if (WIDE.has(v.kind)) box.classList.add("wide");
  keep(v, { box, input: shown, mark, note });
  return box;
}

function keep(v, made) {
  parts.set(v.name, { v, loaded: null, dirty: false, ...made });
  const shown = made.input;
  shown.addEventListener("focus", () => hooks.focus(v.name));
  shown.addEventListener("input", () => {
    const p = parts.get(v.name);
    p.dirty = shown.value !== p.v.text;
    hooks.typed(v.name);
    sums();
  });
  shown.addEventListener(shown.tagName === "SELECT" ? "change" : "blur", () => commit(v.name));
  shown.addEventListener("keydown", (e) => hooks.key(e, v.name));
}

/** Save what was typed. */
export function commit(name) {
  const p = parts.get(name);
  if (!p?.dirty) return;
  p.dirty = false;
  p.v = { ...p.v, text: p.input.value };
  hooks.changed(name, p.input.value);
}

/** Put a text in, as if it had been typed; it is not saved by this. */
export function put(name, value) {
  const p = parts.get(name);
  p.input.value = value;
  p.dirty = false;
  p.v = { ...p.v, text: value, state: "edit", note: say("by you") };
  paint(name);
  sums();
}

/** Take back what was typed and not saved. Answers whether there was anything. */
export function forget(name) {
  const p = parts.get(name);
  if (!p?.dirty) return false;
  p.dirty = false;
  p.input.value = p.v.text;
  sums();
  return true;
}

function update(v, pending) {
  const p = parts.get(v.name);
  const typing = p.dirty || pending?.has(v.name);
  p.v = typing ? { ...v, text: p.v.text } : v;
  if (!typing && p.input.value !== v.text) p.input.value = v.text;
  if (!typing && p.loaded === null) p.loaded = v.text;
  paint(v.name);
}

export function paint(name, settled = false) {
  const p = parts.get(name);
  if (!p) return;
  const state = settled && p.v.state !== "edit" ? "ok" : p.v.state;
  for (const s of ["look", "bad", "missing", "edit"]) p.box.classList.toggle(s, state === s);
  p.mark.firstChild.setAttribute("href", `#i-${MARKS[state]}`);
  p.mark.classList.toggle("none", state === "ok" && !p.v.text);
  p.input.setAttribute("aria-invalid", String(state === "bad" || state === "missing"));
  const words = settled ? say("checked") : state === "missing" ? say("missing") : p.v.note;
  if (p.note) p.note.textContent = words;
  else p.input.setAttribute("aria-label", p.title + (state === "ok" ? "" : `, ${state === "bad" ? say("to check") : words || say("to check")}`));
}

/* Tables -------------------------------------------------------------------------------- */
function tables(pending) {
  $("s-taxes").hidden = !desk.taxes.rows.length && !desk.lines.rows.length;
  $("lines-count").textContent = desk.lines.rows.length || "";
  $("line-rates").hidden = desk.taxes.rows.length < 2;
  const rows = everything ? desk.lines.rows.length : Math.min(MOST_ROWS, desk.lines.rows.length);
  $("lines-all").hidden = rows === desk.lines.rows.length;
  $("lines-all").textContent = say("Show all %(n)s lines", { n: desk.lines.rows.length });
  for (const table of ["lines", "taxes"]) draw(table, table === "lines" ? rows : desk.taxes.rows.length, pending);
}

function draw(table, count, pending) {
  const { columns, rows } = desk[table];
  const like = `${columns.map((c) => c.name)} ${count}`;
  if (shapes[table] !== like) {
    shapes[table] = like;
    const focused = document.activeElement?.dataset?.cell;
    for (const name of [...parts.keys()]) if (name.startsWith(`${table}[`)) parts.delete(name);
    const numeric = (c) => c.kind === "money" || c.kind === "number";
    const heads = columns.map((c) => {
      const th = el("th", { scope: "col", class: `c-${c.name}${numeric(c) ? " num" : ""}` }, c.title);
      if (table === "lines" && ["unit", "tax_rate"].includes(c.name) && count > 1) {
        const button = el("button", { type: "button", class: "fillcol", title: say("Fill the column with the first line's value"), "aria-label": say("Fill %(column)s with the first line's value", { column: c.title }) }, icon("fill"));
        button.addEventListener("click", () => hooks.fill(table, c.name));
        th.append(button);
      }
      return th;
    });
    const body = el("tbody", {}, ...rows.slice(0, count).map((row, i) => line(table, columns, row, i, numeric)));
    const caption = el("caption", { class: "sr" }, table === "lines" ? say("Line items") : say("Tax by rate"));
    $(table).replaceChildren(...(count ? [el("table", {}, caption, el("thead", {}, el("tr", {}, ...heads, el("td", { class: "c-menu" }))), body)] : []));
    if (focused) parts.get(focused)?.input.focus({ preventScroll: true });
  }
  for (const row of rows.slice(0, count)) for (const v of row) update(v, pending);
}

function line(table, columns, row, i, numeric) {
  const cells = columns.map((c, j) => {
    const v = row[j];
    const shown = el("input", { type: "text", "data-cell": v.name, autocomplete: "off", spellcheck: "false" });
    if (numeric(c)) shown.inputMode = "decimal";
    const mark = icon("ok", "st");
    const box = el("td", { class: `cel c-${c.name}${numeric(c) ? " num" : ""}` }, el("span", { class: "in", "data-title": c.title }, shown, mark));
    keep(v, { box, input: shown, mark, note: null, title: `${table === "lines" ? say("Line") : say("Rate")} ${i + 1}: ${c.title}` });
    return box;
  });
  const menu = el("button", { type: "button", class: "rowmenu", "aria-haspopup": "menu", "aria-label": say("What to do with line %(n)s", { n: i + 1 }) }, icon("more"));
  menu.addEventListener("click", () => hooks.menu(menu, table, i));
  return el("tr", {}, ...cells, el("td", { class: "c-menu" }, menu));
}

/** The cell that stands `step` rows below in the same column. */
export function below(name, step) {
  const found = /^(\w+)\[(\d+)\]\.(\w+)$/.exec(name);
  return found ? parts.get(`${found[1]}[${Number(found[2]) + step}].${found[3]}`) : undefined;
}

/* Running sums: while somebody types they are said here, afterwards by the checks -------- */
const value = (name) => {
  const p = parts.get(name);
  if (!p) return NaN;
  return p.dirty || p.input.value !== p.v.text || p.v.number === null ? number(p.input.value, desk.decimal_mark) : Number(p.v.number);
};
const or0 = (n) => (Number.isNaN(n) ? 0 : n);

function differences() {
  const lines = [...parts.keys()].filter((n) => /^lines\[\d+\]\.amount$/.test(n)).map(value).filter((n) => !Number.isNaN(n));
  const known = { net: value("subtotal"), tax: or0(value("tax_total")), total: value("total"), paid: or0(value("paid")), due: value("amount_due") };
  let worst = null;
  for (let i = 0; parts.has(`lines[${i}].amount`); i += 1) {
    const [q, p, a] = ["quantity", "unit_price", "amount"].map((c) => value(`lines[${i}].${c}`));
    const off = q * p - or0(value(`lines[${i}].discount`)) - a;
    if (!Number.isNaN(off) && (worst === null || Math.abs(off) > Math.abs(worst))) worst = off;
  }
  return {
    "line_amount": worst,
    "BR-CO-10": lines.length && !Number.isNaN(known.net) ? lines.reduce((a, b) => a + b, 0) - known.net : null,
    "BR-CO-15": Number.isNaN(known.net + known.total) ? null : known.net + known.tax - known.total,
    "BR-CO-16": Number.isNaN(known.total + known.due) ? null : known.total - known.paid - known.due,
  };
}

let agreed = {}; // where our plain arithmetic says what the checks say; elsewhere the checks know more
function sums() {
  const typing = dirty();
  const off = differences();
  const fits = (check) => off[check] === null || Math.abs(off[check]) < 0.015;
  if (!typing) agreed = Object.fromEntries(desk.sums.map((s) => [s.check, s.check in off && fits(s.check) === s.holds]));
  $("sums").replaceChildren(...desk.sums.map((s) => {
    const good = typing && agreed[s.check] ? fits(s.check) : s.holds;
    const by = !good && off[s.check] && Math.abs(off[s.check]) >= 0.005
      ? `: ${say("off by %(n)s", { n: Math.abs(off[s.check]).toLocaleString(document.documentElement.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 }) })}` : "";
    return el("span", { class: good ? "" : "no" }, icon(good ? "ok" : "failed"), (good ? s.right : s.wrong) + by);
  }));
  return true;
}
