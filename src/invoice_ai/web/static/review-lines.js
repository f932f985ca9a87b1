// What can be done with whole lines. Each deed is one batch of changes: all of it or nothing.
import { $, el, number, toast } from "./review-dom.js";
import { say } from "./words.js";

const set = (field, text) => ({ kind: "set", field, text });
const cents = (n) => (n / 100).toFixed(2);

/** Changes that put an empty row at `index`. */
export const insert = (table, index) => [{ kind: "insert", field: `${table}[${index}]` }];
export const remove = (table, index) => [{ kind: "delete", field: `${table}[${index}]` }];

/** The texts of a row by column. */
const texts = (desk, index) => Object.fromEntries(desk.lines.columns.map((c, j) => [c.name, desk.lines.rows[index][j].text]));
/** A number as the server reads it in the reader's language. */
const written = (desk, plain) => plain.replace(".", desk.decimal_mark);

/** One line becomes two of half the amount. */
export function split(desk, index) {
  const row = texts(desk, index);
  const mark = desk.decimal_mark;
  const [amount, quantity] = [number(row.amount, mark), number(row.quantity, mark)];
  const changes = insert("lines", index + 1);
  const put = (at, name, text) => changes.push(set(`lines[${at}].${name}`, text));
  for (const name of ["description", "unit", "tax_rate", "unit_price"]) if (row[name]) put(index + 1, name, row[name]);
  if (!Number.isNaN(amount)) {
    const whole = Math.round(amount * 100);
    const half = Math.trunc(whole / 2);
    put(index, "amount", written(desk, cents(whole - half)));
    put(index + 1, "amount", written(desk, cents(half)));
  }
  if (!Number.isNaN(quantity)) {
    for (const at of [index, index + 1]) put(at, "quantity", written(desk, String(quantity / 2)));
  }
  return changes;
}

/** A line and the next become one of both amounts. */
export function merge(desk, index) {
  if (index + 1 >= desk.lines.rows.length) return [];
  const [one, other] = [texts(desk, index), texts(desk, index + 1)];
  const mark = desk.decimal_mark;
  const sum = (name) => number(one[name], mark) + number(other[name], mark);
  const changes = [];
  if (other.description && other.description !== one.description) changes.push(set(`lines[${index}].description`, `${one.description} ${other.description}`.trim()));
  if (!Number.isNaN(sum("amount"))) changes.push(set(`lines[${index}].amount`, written(desk, sum("amount").toFixed(2))));
  if (one.unit_price === other.unit_price && !Number.isNaN(sum("quantity"))) {
    changes.push(set(`lines[${index}].quantity`, written(desk, String(Number(sum("quantity").toFixed(4))))));
  } else {
    for (const name of ["quantity", "unit_price"]) if (one[name]) changes.push(set(`lines[${index}].${name}`, ""));
  }
  return [...changes, ...remove("lines", index + 1)];
}

/** The first line's value in every line. */
export function fill(desk, column) {
  const j = desk.lines.columns.findIndex((c) => c.name === column);
  const text = desk.lines.rows[0]?.[j].text ?? "";
  return desk.lines.rows.slice(1).filter((row) => row[j].text !== text).map((row) => set(row[j].name, text));
}

/** One line per tax rate, from the taxes that are printed. */
export function perRate(desk) {
  const changes = desk.lines.rows.map((_, i) => remove("lines", desk.lines.rows.length - 1 - i)[0]);
  const column = (name) => desk.taxes.columns.findIndex((c) => c.name === name);
  for (const [i, row] of desk.taxes.rows.entries()) {
    const [rate, base] = [row[column("rate")]?.text ?? "", row[column("base")]?.text ?? ""];
    changes.push(...insert("lines", i), set(`lines[${i}].description`, say("Goods and services at %(rate)s %", { rate: rate || "?" })));
    if (rate) changes.push(set(`lines[${i}].tax_rate`, rate));
    if (base) changes.push(set(`lines[${i}].amount`, base));
  }
  return changes;
}

/** Cells copied from a spreadsheet, from the cell `name` on; rows that are missing are added. */
export function paste(desk, name, copied) {
  const found = /^lines\[(\d+)\]\.(\w+)$/.exec(name);
  const rows = copied.replace(/\r\n?/g, "\n").replace(/\n+$/, "").split("\n").map((row) => row.split("\t"));
  if (!found || (rows.length === 1 && rows[0].length === 1)) return [];
  if (rows.length > 200) { toast(say("At most 200 lines can be pasted at once.")); return []; }
  const first = Number(found[1]);
  const from = desk.lines.columns.findIndex((c) => c.name === found[2]);
  const changes = [];
  for (const [i, cells] of rows.entries()) {
    if (first + i >= desk.lines.rows.length) changes.push(...insert("lines", first + i));
    for (const [j, text] of cells.entries()) {
      const column = desk.lines.columns[from + j];
      if (column) changes.push(set(`lines[${first + i}].${column.name}`, text.trim()));
    }
  }
  return changes;
}

/** A menu at a button. items: [title, act, usable] */
export function menu(button, items) {
  const box = $("menu");
  box.replaceChildren(...items.filter(([, , usable]) => usable).map(([title, act]) => {
    const item = el("button", { type: "button", role: "menuitem" }, title);
    item.addEventListener("click", () => { box.hidePopover(); act(); });
    return item;
  }));
  box.showPopover();
  const at = button.getBoundingClientRect();
  box.style.left = `${Math.max(8, Math.min(at.right - box.offsetWidth, window.innerWidth - box.offsetWidth - 8))}px`;
  box.style.top = `${Math.min(at.bottom + 4, window.innerHeight - box.offsetHeight - 8)}px`;
  const all = [...box.children];
  all[0]?.focus();
  box.onkeydown = (e) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!step) return;
    e.preventDefault();
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  };
}
