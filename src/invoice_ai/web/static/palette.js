// Ctrl+K: one line that leads to pages, vendors, invoices and actions.
import { on, press } from "./keys.js";
import { say } from "./words.js";

const dialog = document.getElementById("palette");
const input = dialog.querySelector("input");
const list = dialog.querySelector("ul");
const actions = { "#upload": "pick", "#theme": "theme", "#keys": "keys-open" };
let asked = 0;
let answers = null; // the text that the list answers
let hurry = false; // Enter was pressed before it was answered

function item(entry) {
  const li = document.createElement("li");
  li.setAttribute("role", "option");
  li.id = `found-${list.children.length}`;
  const title = document.createElement("bdi");
  title.textContent = entry.title;
  const hint = document.createElement("small");
  hint.textContent = entry.hint;
  li.append(title, hint);
  li.dataset.href = entry.href;
  li.addEventListener("click", () => follow(li));
  return li;
}

function show(entries) {
  list.replaceChildren();
  let group = "";
  for (const entry of entries) {
    const li = item(entry);
    if (entry.group !== group) li.dataset.group = group = entry.group;
    list.append(li);
  }
  if (!entries.length) {
    const li = document.createElement("li");
    li.setAttribute("role", "option");
    li.setAttribute("aria-disabled", "true");
    li.textContent = say("Nothing matches");
    list.append(li);
  }
  mark(list.querySelector("[data-href]"));
}

function mark(li) {
  list.querySelector("[aria-selected]")?.removeAttribute("aria-selected");
  li?.setAttribute("aria-selected", "true");
  li?.scrollIntoView({ block: "nearest" });
  if (li) input.setAttribute("aria-activedescendant", li.id);
  else input.removeAttribute("aria-activedescendant");
}

function follow(li) {
  if (!li) return;
  dialog.close();
  const action = actions[li.dataset.href];
  if (action) document.getElementById(action).click();
  else location.assign(li.dataset.href);
}

async function ask() {
  const mine = ++asked;
  const text = input.value;
  const answer = await fetch(`/find?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok || mine !== asked) return;
  show(await answer.json());
  answers = text;
  if (hurry && text === input.value) { hurry = false; follow(list.querySelector("[data-href]")); }
}

export function open() {
  input.value = "";
  answers = null;
  hurry = false;
  dialog.showModal();
  ask();
}

let due = 0;
input.addEventListener("input", () => { clearTimeout(due); due = setTimeout(ask, 80); });
input.addEventListener("keydown", (e) => {
  const now = list.querySelector("[aria-selected]");
  if (e.key === "ArrowDown" || e.key === "ArrowUp") {
    e.preventDefault();
    const next = e.key === "ArrowDown" ? now?.nextElementSibling : now?.previousElementSibling;
    if (next) mark(next);
  } else if (e.key === "Enter") {
    e.preventDefault();
    if (answers === input.value) follow(now);
    else hurry = true;
  }
});
dialog.addEventListener("click", (e) => { if (e.target === dialog) dialog.close(); });
press("Control+k", open);
press("Meta+k", open);
for (const [keys, href] of [["g v", "/vendors"], ["g a", "/audit"], ["g s", "/settings"]]) on(keys, () => location.assign(href));
