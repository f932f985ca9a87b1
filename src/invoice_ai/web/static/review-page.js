// The page: picture, boxes, words. A word is hovered to see what it would become, clicked to take it,
// shift-clicked to add it; dragging takes several; the arrow keys walk the words.
import { $, el, shape, tell, toast } from "./review-dom.js";
import { say } from "./words.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 1080px)");
const overlay = $("overlay");
const picture = $("picture");
const canvas = $("canvas");
const sheet = $("page");
const tip = $("tip");
const layer = { words: shape("g", {}), boxes: shape("g", {}), top: shape("g", {}) };
const tag = shape("g", { class: "tag", visibility: "hidden" });
const tagBack = shape("rect", { rx: 3 });
const tagText = shape("text", {});
tag.append(tagBack, tagText);
overlay.append(layer.words, layer.boxes, layer.top);

let hooks = {};
let shown = { id: "", pages: 0 };
let number = 1;
let height = 1414; // of the page, in thousandths of its width
let zoom = 1;
let turn = 0;
let words = [];
let rects = [];
let values = new Map(); // name → value with a box on some page
let boxes = new Map(); // name → its box on this page
let current = null;
let taken = { name: "", ids: [] }; // what was picked for the current value
const loaded = new Map(); // address → promise of words

const src = (id, n) => `/invoices/${id}/pages/${n}.webp`;
const scaleY = (y) => (y * height) / 1000;

/** hooks: pick({name, text, page, box, reading}), goto(name), sized() */
export function start(given) { hooks = given; }

function fetchWords(id, n) {
  const address = `/invoices/${id}/pages/${n}.json`;
  if (!loaded.has(address)) {
    if (loaded.size > 30) loaded.clear();
    loaded.set(address, fetch(address).then((a) => (a.ok ? a.json() : { words: [] })).catch(() => { loaded.delete(address); return { words: [] }; }));
  }
  return loaded.get(address);
}

/** Have the first page of an invoice ready before it is asked for. */
export function prefetch(desk) {
  if (!desk.pages) return;
  new Image().src = src(desk.file_id, 1);
  fetchWords(desk.file_id, 1);
}

export function open(desk) {
  shown = { id: desk.file_id, pages: desk.pages, name: desk.file_name };
  turn = 0;
  number = 0;
  current = null;
  $("file").textContent = desk.file_name;
  const thumbs = $("thumbs");
  thumbs.hidden = desk.pages < 2;
  document.querySelector(".doc").classList.toggle("many", desk.pages > 1);
  document.querySelector(".doc").classList.toggle("none", !desk.pages);
  thumbs.replaceChildren(...Array.from({ length: desk.pages > 1 ? desk.pages : 0 }, (_, i) => {
    const button = el("button", { type: "button", "data-thumb": i + 1 },
      el("img", { src: `/invoices/${desk.file_id}/pages/${i + 1}/small.webp`, width: 64, height: 90, alt: "", loading: "lazy" }),
      el("span", {}, el("span", { class: "sr" }, `${say("Page")} `), String(i + 1)));
    button.addEventListener("click", () => showPage(i + 1));
    return button;
  }));
  $("frame").hidden = !desk.pages;
  note(!desk.pages && say("There is no page to show. The values come from the file's data."));
  if (desk.pages) showPage(1);
  else { $("of").textContent = ""; words = []; draw(); }
}

function note(text) {
  const box = $("no-picture");
  box.hidden = !text;
  box.querySelector("p").textContent = text || "";
}

export async function showPage(wanted) {
  const next = Math.min(shown.pages, Math.max(1, wanted));
  if (!shown.pages || next === number) return;
  number = next;
  words = [];
  rects = [];
  layer.words.replaceChildren();
  layer.boxes.replaceChildren();
  tag.setAttribute("visibility", "hidden");
  sheet.classList.remove("loaded");
  picture.src = src(shown.id, number);
  picture.alt = say("Page %(n)s of %(name)s", { n: number, name: shown.name });
  $("of").textContent = say("Page %(n)s of %(of)s", { n: number, of: shown.pages });
  for (const thumb of document.querySelectorAll("[data-thumb]")) {
    const here = Number(thumb.dataset.thumb) === number;
    if (here) { thumb.setAttribute("aria-current", "true"); thumb.scrollIntoView({ block: "nearest" }); } else thumb.removeAttribute("aria-current");
  }
  canvas.scrollTo({ top: 0 });
  if (picture.complete && picture.naturalWidth) ready();
  const asked = `${shown.id}/${number}`;
  const found = await fetchWords(shown.id, number);
  if (asked !== `${shown.id}/${number}`) return;
  words = found.words;
  draw();
}

function ready() {
  if (!picture.naturalWidth) return;
  height = (1000 * picture.naturalHeight) / picture.naturalWidth;
  sheet.classList.add("loaded");
  note("");
  $("frame").hidden = false;
  layout();
  draw();
  reveal();
  hooks.sized();
}
picture.addEventListener("load", ready);
picture.addEventListener("error", () => { $("frame").hidden = true; note(say("The picture of this page could not be made. The values can be edited all the same.")); });

/** The values whose places are shown, by name. */
export function show(list) {
  values = new Map(list.filter((v) => v.box).map((v) => [v.name, v]));
  boxesOnly();
}

function draw() {
  overlay.setAttribute("viewBox", `0 0 1000 ${height}`);
  rects = words.map(({ b: [x0, y0, x1, y1] }) => shape("rect", { class: "w", x: x0 - 1, y: scaleY(y0) - 1, width: x1 - x0 + 2, height: scaleY(y1 - y0) + 2 }));
  layer.words.replaceChildren(...rects);
  boxesOnly();
}

function boxesOnly() {
  boxes = new Map();
  for (const [name, v] of values) {
    if (v.page !== number) continue;
    const [x0, y0, x1, y1] = v.box;
    boxes.set(name, shape("rect", { class: `f ${v.state}`, rx: 2.5, x: x0 - 3, y: scaleY(y0) - 2.5, width: x1 - x0 + 6, height: scaleY(y1 - y0) + 5 }));
  }
  layer.boxes.replaceChildren(...boxes.values());
  ring();
}

/** The current value: its box, its label, and the page it is on. */
export function mark(v) {
  if (taken.name !== v?.name) taken = { name: v?.name ?? "", ids: [] };
  current = v;
  if (v?.box && v.page && v.page !== number) showPage(v.page);
  else ring();
  reveal();
  $("hint-target").textContent = v ? say("Click a word to put it in %(field)s", { field: v.title ?? v.label }) : say("Choose a field, then click a word to fill it");
}

function ring() {
  layer.top.replaceChildren();
  for (const box of boxes.values()) box.classList.remove("on");
  const box = current && boxes.get(current.name);
  if (!box) { tag.setAttribute("visibility", "hidden"); return; }
  box.classList.add("on");
  layer.top.append(box, tag);
  placeTag(box);
}

/** The label where it covers no word: beside the box, above or below it, or at the end of its row. */
function placeTag(box) {
  if (!overlay.clientWidth || narrow.matches) { tag.setAttribute("visibility", "hidden"); return; }
  const scale = 1000 / (sheet.clientWidth || 1);
  const [x, y, w, h] = ["x", "y", "width", "height"].map((a) => Number(box.getAttribute(a)));
  tagText.textContent = current.label;
  tagText.setAttribute("font-size", 11.5 * scale);
  const wide = tagText.getComputedTextLength() + 14 * scale;
  const high = 18.5 * scale;
  const gap = 5 * scale;
  const free = (left, top) => left > 4 && left + wide < 996 && top > 2 && !words.some(({ b }) =>
    b[0] < left + wide && b[2] > left && scaleY(b[1]) < top + high && scaleY(b[3]) > top);
  const middle = y + h / 2 - high / 2;
  const row = words.filter(({ b }) => scaleY(b[1]) < y + h && scaleY(b[3]) > y);
  const ends = Math.max(x + w, ...row.map(({ b }) => b[2]));
  const begins = Math.min(x, ...row.map(({ b }) => b[0]));
  const [left, top] = [[x + w + gap, middle], [x - gap - wide, middle], [x, y - high - gap / 2], [x + w - wide, y - high - gap / 2],
    [x, y + h + gap / 2], [ends + gap, middle], [begins - gap - wide, middle]].find(([a, b]) => free(a, b))
    ?? [Math.min(x, 996 - wide), Math.max(2, y - high - gap / 2)];
  for (const [key, value] of Object.entries({ x: left, y: top, width: wide, height: high })) tagBack.setAttribute(key, value);
  tagText.setAttribute("x", left + 7 * scale);
  tagText.setAttribute("y", top + high * 0.7);
  tag.setAttribute("visibility", "visible");
}

function reveal() {
  const box = current && boxes.get(current.name);
  if (!box) return;
  const at = box.getBoundingClientRect();
  const view = canvas.getBoundingClientRect();
  const seen = at.top > view.top + 30 && at.bottom < view.bottom - 40;
  const across = at.left > view.left && at.right < view.right;
  if (seen && across) return;
  canvas.scrollBy({
    top: seen ? 0 : at.top - view.top - canvas.clientHeight * 0.38,
    left: across ? 0 : at.left - view.left - canvas.clientWidth * 0.3,
    behavior: calm.matches ? "auto" : "smooth",
  });
}

/** Draw the value's place, enlarged, into the dock's frame. Answers whether there is one. */
export function crop(frame, v) {
  const usable = Boolean(v?.box && v.page === number && picture.naturalWidth && sheet.classList.contains("loaded"));
  frame.hidden = !usable;
  if (!usable) return;
  const [image, around] = [frame.querySelector("img"), frame.querySelector("span")];
  const [wide, high] = [frame.clientWidth, frame.clientHeight];
  const [x0, y0, x1, y1] = v.box;
  const [w, h] = [x1 - x0, scaleY(y1 - y0)];
  const size = Math.max(380, Math.min(1900, ((wide * 0.78) / w) * 1000, ((high * 0.36) / h) * 1000));
  const k = size / 1000;
  const left = Math.min(0, Math.max(wide - size, wide * 0.54 - (x0 + w / 2) * k));
  const top = high / 2 - (scaleY(y0) + h / 2) * k;
  if (image.src !== picture.src) image.src = picture.src;
  const px = (n) => `${n}px`;
  Object.assign(image.style, { width: px(size), left: px(left), top: px(top) });
  Object.assign(around.style, { left: px(left + x0 * k - 4), top: px(top + scaleY(y0) * k - 3), width: px(w * k + 8), height: px(h * k + 6) });
}

/* Zoom and turning ---------------------------------------------------------------------- */
function layout() {
  const frame = $("frame");
  const wide = canvas.clientWidth - 32;
  const fit = Math.min(wide, 980) * zoom;
  const side = turn % 180 ? (fit * 1000) / height : fit; // the width of the unturned page
  const tall = (side * height) / 1000;
  sheet.style.width = `${side}px`;
  sheet.style.transform = turn ? `translate(-50%,-50%) rotate(${turn}deg)` : "";
  sheet.classList.toggle("turned", turn !== 0);
  frame.style.width = `${turn % 180 ? tall : side}px`;
  frame.style.height = turn ? `${turn % 180 ? side : tall}px` : "";
  if (current) ring();
}

export function setZoom(wanted) {
  zoom = Math.min(4, Math.max(0.5, wanted));
  $("zoom").textContent = zoom === 1 ? say("Fit") : `${Math.round(zoom * 100)} %`;
  layout();
}
export const zoomBy = (factor) => setZoom(zoom * factor);
export const pageBy = (step) => showPage(number + step);
export function rotate() { turn = (turn + 90) % 360; layout(); }
export function toggleBoxes() {
  const off = overlay.classList.toggle("off");
  $("boxes").setAttribute("aria-pressed", String(!off));
}
new ResizeObserver(() => { layout(); hooks.sized?.(); }).observe(canvas);

/* Taking words -------------------------------------------------------------------------- */
const KINDS = { money: "m", number: "m", date: "d" };

/** What a word would become in the current value; null: nothing it can hold. */
function outcome(word) {
  const key = KINDS[current.kind];
  return key ? (word[key] ?? null) : word.t;
}

const refusal = (text) => (current.kind === "date" ? say("“%(text)s” is not a date.", { text }) : say("“%(text)s” is not a number.", { text }));

function take(ids, add) {
  if (!current) { toast(say("Choose a field first.")); return; }
  if (add && !taken.ids.length && current.box && current.page === number) {
    taken.ids = words.map((_, i) => i).filter((i) => inside(words[i].b, current.box));
  }
  const all = [...new Set([...(add ? taken.ids : []), ...ids])].sort((a, b) => a - b);
  const text = all.map((i) => words[i].t).join(" ").slice(0, 2000);
  if (all.length === 1 && outcome(words[all[0]]) === null) { toast(refusal(text)); return; }
  const box = around(all.map((i) => words[i].b));
  const reading = all.length === 1 ? outcome(words[all[0]]) : null;
  taken = { name: current.name, ids: all };
  hooks.pick({ name: current.name, text, page: number, box, reading });
}

const inside = (b, box) => (b[0] + b[2]) / 2 > box[0] && (b[0] + b[2]) / 2 < box[2] && (b[1] + b[3]) / 2 > box[1] && (b[1] + b[3]) / 2 < box[3];
const around = (all) => [Math.min(...all.map((b) => b[0])), Math.min(...all.map((b) => b[1])), Math.max(...all.map((b) => b[2])), Math.max(...all.map((b) => b[3]))];

/** Where the pointer is on the page, in the drawing's units, however the page is turned. */
function at(event) {
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(overlay.getScreenCTM().inverse());
  return [point.x, (point.y * 1000) / height];
}
const hit = ([x, y]) => words.findIndex(({ b }) => x >= b[0] - 2 && x <= b[2] + 2 && y >= b[1] - 1.5 && y <= b[3] + 1.5);

let hot = [];
function heat(ids) {
  for (const i of hot) rects[i]?.classList.remove("hot");
  hot = ids;
  for (const i of hot) rects[i]?.classList.add("hot");
}

function hint(event, text, label) {
  tip.hidden = !text;
  if (!text) return;
  tip.replaceChildren(...(label ? [el("em", {}, `${label}: `)] : []), text);
  tip.style.left = `${Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8)}px`;
  tip.style.top = `${Math.min(event.clientY + 16, window.innerHeight - 40)}px`;
}

let down = null;
let band = null;
overlay.addEventListener("pointerdown", (e) => {
  if (e.button !== 0) return;
  e.preventDefault(); // the field keeps the focus
  down = at(e);
  if (e.pointerType !== "touch") overlay.setPointerCapture(e.pointerId);
});
overlay.addEventListener("pointermove", (e) => {
  const here = at(e);
  if (down && e.pointerType !== "touch" && (band || Math.hypot(here[0] - down[0], here[1] - down[1]) > 6)) {
    const [x0, x1] = [down[0], here[0]].sort((a, b) => a - b);
    const [y0, y1] = [down[1], here[1]].sort((a, b) => a - b);
    if (!band) { band = shape("rect", { class: "band" }); layer.top.append(band); }
    for (const [key, value] of Object.entries({ x: x0, y: scaleY(y0), width: x1 - x0, height: scaleY(y1 - y0) })) band.setAttribute(key, value);
    heat(words.map((_, i) => i).filter((i) => inside(words[i].b, [x0, y0, x1, y1])));
    hint(e, hot.map((i) => words[i].t).join(" ").slice(0, 90), current?.label);
    return;
  }
  const i = hit(here);
  heat(i < 0 ? [] : [i]);
  if (i < 0 || !current) { tip.hidden = true; return; }
  hint(e, outcome(words[i]) ?? (current.kind === "date" ? say("not a date") : say("not a number")), current.label);
});
overlay.addEventListener("pointerup", (e) => {
  if (!down) return;
  const here = at(e);
  const many = band ? hot : [];
  const dragged = Boolean(band);
  band?.remove();
  band = null;
  down = null;
  tip.hidden = true;
  if (dragged) { if (many.length) take(many, e.shiftKey); return; }
  const i = hit(here);
  if (e.ctrlKey || e.metaKey) { const name = [...boxes.keys()].find((n) => inside([here[0], here[1], here[0], here[1]], values.get(n).box)); if (name) hooks.goto(name); return; }
  if (i >= 0) take([i], e.shiftKey);
});
overlay.addEventListener("pointercancel", () => { band?.remove(); band = null; down = null; heat([]); tip.hidden = true; });
overlay.addEventListener("pointerleave", () => { if (!down) { tip.hidden = true; heat([]); } });

/* Walking words ------------------------------------------------------------------------- */
let walk = -1;
let back = null;

export const walking = () => walk >= 0;

export function startWalk() {
  if (!current || !words.length) { toast(say("Choose a field first.")); return; }
  const begin = current.box && current.page === number ? words.findIndex(({ b }) => inside(b, current.box)) : -1;
  back = document.activeElement;
  canvas.focus({ preventScroll: true });
  step(begin < 0 ? 0 : begin);
}

function step(to) {
  rects[walk]?.classList.remove("walk");
  walk = to;
  const rect = rects[walk];
  if (!rect) return;
  rect.classList.add("walk");
  rect.scrollIntoView({ block: "nearest", inline: "nearest" });
  const result = outcome(words[walk]);
  const where = rect.getBoundingClientRect();
  hint({ clientX: where.left, clientY: where.bottom - 8 }, result ?? (current.kind === "date" ? say("not a date") : say("not a number")), current.label);
  tell(`${words[walk].t}. ${say("Enter takes it for %(field)s.", { field: current.label })}`);
}

function stopWalk() {
  rects[walk]?.classList.remove("walk");
  walk = -1;
  tip.hidden = true;
  back?.focus({ preventScroll: true });
}

/** A key while words are walked. Answers whether it was taken. */
export function walkKey(e) {
  const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[e.key];
  if (way) {
    const middle = ({ b }) => [(b[0] + b[2]) / 2, scaleY((b[1] + b[3]) / 2)];
    const [x, y] = middle(words[walk]);
    let best = -1;
    let least = Infinity;
    for (const [i, word] of words.entries()) {
      const [dx, dy] = [middle(word)[0] - x, middle(word)[1] - y];
      const along = dx * way[0] + dy * way[1];
      const off = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
      if (along <= 2 || i === walk) continue;
      const far = along + off * (way[0] ? 6 : 2);
      if (far < least) { least = far; best = i; }
    }
    if (best >= 0) step(best);
    return true;
  }
  if (e.key === "Enter") { const i = walk; stopWalk(); take([i], e.shiftKey); return true; }
  if (e.key === "Escape") { stopWalk(); return true; }
  return false;
}
canvas.addEventListener("blur", () => { if (walk >= 0) { rects[walk]?.classList.remove("walk"); walk = -1; tip.hidden = true; } });
