// Small tools of the review screen.
import { say } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

export const $ = (id) => document.getElementById(id);

/** An element with attributes (false and null leave one out) and children. */
export function el(name, attributes = {}, ...kids) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key === "class") made.className = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...kids);
  return made;
}

export function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

export function icon(name, kind = "") {
  const made = shape("svg", { "aria-hidden": "true", class: kind });
  made.append(shape("use", { href: `#i-${name}` }));
  return made;
}

/** A short message at the bottom, with something to do about it. It stays while the pointer is on it. */
let forget = 0;
export function toast(text, action = "", act = null) {
  const box = $("toast");
  if (!box) return;
  box.replaceChildren(el("span", {}, text));
  if (action) {
    const button = el("button", { type: "button" }, action);
    button.addEventListener("click", () => { box.hidden = true; act(); });
    box.append(button);
  }
  box.hidden = false;
  clearTimeout(forget);
  const close = () => { if (box.matches(":hover, :focus-within")) forget = setTimeout(close, 1000); else box.hidden = true; };
  forget = setTimeout(close, action ? 10_000 : 6_000);
}

/** Tell those who hear the page. */
export function tell(text) { const live = $("live"); if (live) live.textContent = text; }

/** A bar above the form: one per name, gone with text "". */
export function bar(name, tone, text, ...buttons) {
  const bars = $("bars");
  bars.querySelector(`[data-bar="${name}"]`)?.remove();
  if (!text) return;
  const made = el("p", { class: `bar ${tone}`, "data-bar": name, role: tone === "quiet" ? "status" : "alert" },
    icon(tone === "bad" ? "look" : "info"), el("span", {}, text));
  for (const [title, act] of buttons) {
    const button = el("button", { type: "button", class: "button" }, title);
    button.addEventListener("click", act);
    made.append(button);
  }
  bars.append(made);
}

/** Ask the API. Answers {ok, status, data}; status 0: not connected. */
export async function ask(method, path, body, more = {}) {
  try {
    const answer = await fetch(path, {
      method,
      headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
      ...more,
    });
    const text = await answer.text();
    let data = null;
    try { data = text ? JSON.parse(text) : null; } catch { /* a proxy's page */ }
    return { ok: answer.ok, status: answer.status, data, why: data?.detail ?? say("It was refused (%(status)s).", { status: answer.status }) };
  } catch { return { ok: false, status: 0, data: null, why: say("Not connected.") }; }
}

/** A number typed or shown; NaN when there is none. `mark` is the decimal mark of the reader. */
export function number(text, mark = ".") {
  const plain = text.replace(/[−–]/g, "-").replace(/[^\d.,-]/g, "");
  if (!/\d/.test(plain)) return NaN;
  const at = Math.max(plain.lastIndexOf("."), plain.lastIndexOf(","));
  const tail = plain.length - at - 1;
  const decimal = at >= 0 && (plain[at] === mark || tail !== 3) && plain.indexOf(plain[at]) === at;
  const [whole, part] = decimal ? [plain.slice(0, at), plain.slice(at + 1)] : [plain, ""];
  return Number(`${whole.replace(/[.,]/g, "")}.${part.replace(/\D/g, "")}`);
}
