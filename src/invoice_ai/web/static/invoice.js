// The invoice: a value and its place on the page point at each other.
import { on } from "./keys.js";
import { say } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const $ = (id) => document.getElementById(id);
const main = $("main");
const spots = [...document.querySelectorAll("[data-spot]")];
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 1080px)");
const TONES = { bad: ["bad", "failed"], look: ["look", "look"], unsure: ["", "unsure"] };
let current = null;

const place = (spot) => {
  if (!spot?.dataset.place) return null;
  const [x0, y0, x1, y1] = spot.dataset.place.split(" ").map(Number);
  return { page: Number(spot.dataset.page), x0, y0, x1, y1 };
};

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/* The page ------------------------------------------------------------------------------ */
const sheet = $("page");
const picture = $("picture");
const overlay = $("overlay");
const canvas = $("canvas");
const tag = shape("g", { class: "tag", visibility: "hidden" });
const tagBack = shape("rect", { rx: 3 });
const tagText = shape("text", {});
tag.append(tagBack, tagText);
let number = 1;
let height = 1414; // of the page, in thousandths of its width
let words = [];
let boxes = new Map();
let zoom = 1;

async function loadWords() {
  const asked = number;
  try {
    const answer = await fetch(`${sheet.dataset.src}${asked}.json`);
    const found = answer.ok ? await answer.json() : null;
    if (asked !== number) return;
    words = found?.words ?? [];
  } catch { words = []; }
  draw();
}

/** Boxes of this page, in a drawing 1000 wide and as high as the page is. */
function draw() {
  overlay.setAttribute("viewBox", `0 0 1000 ${height}`);
  boxes = new Map();
  const made = [];
  for (const [i, word] of words.entries()) {
    const [x0, y0, x1, y1] = word.b;
    made.push(shape("rect", { class: "w", "data-word": i, x: x0, y: y0 * height / 1000, width: x1 - x0, height: (y1 - y0) * height / 1000 }));
  }
  for (const spot of spots) {
    const at = place(spot);
    if (!at || at.page !== number) continue;
    const box = shape("rect", {
      class: `f ${spot.dataset.state}`, "data-of": spot.dataset.spot, rx: 2.5,
      x: at.x0 - 3, y: at.y0 * height / 1000 - 2.5, width: at.x1 - at.x0 + 6, height: (at.y1 - at.y0) * height / 1000 + 5,
    });
    boxes.set(spot, box);
    made.push(box);
  }
  overlay.replaceChildren(...made, tag);
  if (current) mark(current);
}

function pageLoaded() {
  if (!picture.naturalWidth) return;
  height = 1000 * picture.naturalHeight / picture.naturalWidth;
  sheet.classList.add("loaded");
  sheet.hidden = false;
  $("no-picture").hidden = true;
  draw();
}

function showPage(wanted) {
  const pages = Number(sheet.dataset.pages);
  const next = Math.min(pages, Math.max(1, wanted));
  if (next === number) return;
  number = next;
  words = [];
  overlay.replaceChildren();
  picture.src = `${sheet.dataset.src}${number}.webp`;
  picture.alt = picture.alt.replace(/\d+/, number);
  $("page-number").textContent = number;
  for (const thumb of document.querySelectorAll("[data-thumb]")) {
    const here = Number(thumb.dataset.thumb) === number;
    thumb.toggleAttribute("aria-current", here);
    if (here) { thumb.setAttribute("aria-current", "true"); thumb.scrollIntoView({ block: "nearest" }); }
  }
  canvas.scrollTo({ top: 0 });
  loadWords();
}

function setZoom(wanted) {
  zoom = Math.min(4, Math.max(0.5, wanted));
  sheet.style.width = `${zoom * 100}%`;
  sheet.style.maxWidth = zoom === 1 ? "" : "none";
  $("zoom").textContent = zoom === 1 ? say("Fit") : `${Math.round(zoom * 100)} %`;
  placeTag();
}

/** Scroll the page so that the value's box can be seen. */
function reveal(spot) {
  const at = place(spot);
  if (!at || at.page !== number || !overlay.clientHeight) return;
  const drawing = overlay.getBoundingClientRect();
  const view = canvas.getBoundingClientRect();
  const top = drawing.top - view.top + canvas.scrollTop + (at.y0 / 1000) * drawing.height;
  const left = drawing.left - view.left + canvas.scrollLeft + (at.x0 / 1000) * drawing.width;
  const seen = top > canvas.scrollTop + 40 && top < canvas.scrollTop + canvas.clientHeight - 60;
  const across = left > canvas.scrollLeft && left < canvas.scrollLeft + canvas.clientWidth - 40;
  if (seen && across) return;
  canvas.scrollTo({
    top: seen ? canvas.scrollTop : top - canvas.clientHeight * 0.4,
    left: across ? canvas.scrollLeft : left - canvas.clientWidth * 0.3,
    behavior: calm.matches ? "auto" : "smooth",
  });
}

/** The head of the column a cell stands in. */
function columnOf(spot) {
  const cell = spot.closest("td");
  return cell?.closest("table").tHead.rows[0].cells[cell.cellIndex].textContent;
}

/** The label beside the box where it covers no word, at the end of its row, or above it. */
function placeTag() {
  const box = current && boxes.get(current);
  if (!box || !overlay.clientWidth) { tag.setAttribute("visibility", "hidden"); return; }
  const scale = 1000 / overlay.clientWidth;
  const [x, y, w, h] = ["x", "y", "width", "height"].map((a) => Number(box.getAttribute(a)));
  tagText.textContent = columnOf(current) ?? current.dataset.label;
  tagText.setAttribute("font-size", 11.5 * scale);
  const wide = tagText.getComputedTextLength() + 14 * scale;
  const high = 18.5 * scale;
  const gap = 5 * scale;
  const free = (left, top) => left > 4 && left + wide < 996 && top > 2 && !words.some(({ b }) =>
    b[0] < left + wide && b[2] > left && b[1] * height / 1000 < top + high && b[3] * height / 1000 > top);
  const middle = y + h / 2 - high / 2;
  const row = words.filter(({ b }) => b[1] * height / 1000 < y + h && b[3] * height / 1000 > y);
  const ends = Math.max(x + w, ...row.map(({ b }) => b[2]));
  const begins = Math.min(x, ...row.map(({ b }) => b[0]));
  const [left, top] = [[x + w + gap, middle], [x - gap - wide, middle], [x, y - high - gap / 2],
    [x + w - wide, y - high - gap / 2], [x, y + h + gap / 2], [ends + gap, middle], [begins - gap - wide, middle]].find(([a, b]) => free(a, b))
    ?? [Math.min(x, 996 - wide), Math.max(2, y - high - gap / 2)];
  for (const [key, value] of Object.entries({ x: left, y: top, width: wide, height: high })) tagBack.setAttribute(key, value);
  tagText.setAttribute("x", left + 7 * scale);
  tagText.setAttribute("y", top + high * 0.7);
  tag.setAttribute("visibility", "visible");
}

/* The dock ------------------------------------------------------------------------------ */
function crop(spot) {
  const frame = $("crop");
  if (!frame) return;
  const at = place(spot);
  const ready = at && at.page === number && picture.naturalWidth;
  frame.hidden = !ready;
  if (!ready) return;
  const [image, ring] = [frame.querySelector("img"), frame.querySelector("span")];
  const [wide, high] = [frame.clientWidth, frame.clientHeight];
  const [w, h] = [at.x1 - at.x0, (at.y1 - at.y0) * height / 1000];
  const size = Math.max(380, Math.min(1900, (wide * 0.78 / w) * 1000, (high * 0.36 / h) * 1000));
  const k = size / 1000;
  const left = Math.min(0, Math.max(wide - size, wide * 0.54 - (at.x0 + w / 2) * k));
  const top = high / 2 - (at.y0 * height / 1000 + h / 2) * k;
  if (image.src !== picture.src) image.src = picture.src;
  const px = (n) => `${n}px`;
  Object.assign(image.style, { width: px(size), left: px(left), top: px(top) });
  Object.assign(ring.style, { left: px(left + at.x0 * k - 4), top: px(top + at.y0 * height / 1000 * k - 3), width: px(w * k + 8), height: px(h * k + 6) });
}

function tell(spot) {
  $("dock").classList.remove("idle");
  $("dock-label").textContent = spot.dataset.label;
  const { state } = spot.dataset;
  const chip = $("dock-note");
  chip.hidden = !spot.dataset.doubt && state !== "missing";
  const [tone, mark] = TONES[state] ?? TONES.look;
  chip.className = `chip ${tone}`;
  chip.querySelector("use").setAttribute("href", `#i-${mark}`);
  chip.querySelector("span").textContent = spot.dataset.doubt || say("Not found");
  $("dock-why").textContent = spot.dataset.why;
  const others = $("dock-others");
  others.replaceChildren();
  others.hidden = !spot.dataset.others;
  for (const text of spot.dataset.others?.split("\n") ?? []) {
    const item = document.createElement("li");
    item.textContent = text;
    others.append(item);
  }
}

/* Choosing ------------------------------------------------------------------------------ */
function mark(spot) {
  for (const box of boxes.values()) box.classList.remove("on");
  const box = boxes.get(spot);
  if (box) { box.classList.add("on"); overlay.append(box, tag); }
  placeTag();
  crop(spot);
}

function choose(spot) {
  current?.classList.remove("on");
  current = spot;
  spot.classList.add("on");
  tell(spot);
  for (const chip of document.querySelectorAll("[data-goto]")) {
    chip.setAttribute("aria-current", String(chip.dataset.goto === spot.dataset.spot));
  }
  const at = place(spot);
  if (sheet && at && at.page !== number) showPage(at.page);
  if (sheet) { mark(spot); reveal(spot); }
}

function leave() {
  current?.classList.remove("on");
  current = null;
  for (const box of boxes.values()) box.classList.remove("on");
  tag.setAttribute("visibility", "hidden");
  if ($("crop")) $("crop").hidden = true;
  $("dock").classList.add("idle");
  document.activeElement?.blur();
  $("fields").focus({ preventScroll: true });
}

function go(spot) {
  if (!spot) return false;
  for (const cell of document.querySelectorAll(".cell")) cell.tabIndex = -1;
  if (spot.classList.contains("cell")) spot.tabIndex = 0;
  spot.focus({ preventScroll: true });
  spot.scrollIntoView({ block: "nearest" });
  return true;
}

const step = (by) => () => {
  const now = spots.indexOf(current);
  return go(spots[now < 0 ? (by > 0 ? 0 : spots.length - 1) : now + by]);
};

/** Next doubtful value, round and round. */
function nextDoubt() {
  const doubtful = spots.filter((s) => s.dataset.state !== "ok" && s.dataset.state !== "unsure");
  const now = spots.indexOf(current);
  return go(doubtful.find((s) => spots.indexOf(s) > now) ?? doubtful[0]);
}

/** In a table up and down keep the column; elsewhere they walk the values. */
const vertical = (by) => () => {
  const cell = current?.closest("td");
  if (!cell) return step(by)();
  const row = by > 0 ? cell.parentElement.nextElementSibling : cell.parentElement.previousElementSibling;
  const same = row?.children[cell.cellIndex]?.querySelector("[data-spot]");
  return same ? go(same) : step(by)();
};
const across = (by) => () => (current?.classList.contains("cell") ? step(by)() : false);

for (const spot of spots) {
  const hot = (yes) => () => { boxes.get(spot)?.classList.toggle("hot", yes); };
  spot.addEventListener("focus", () => choose(spot));
  spot.addEventListener("click", () => go(spot)); // Safari does not focus a clicked button
  spot.addEventListener("mouseenter", hot(true));
  spot.addEventListener("mouseleave", hot(false));
}
// One stop of the Tab key per table; arrows do the rest.
for (const table of document.querySelectorAll(".cells")) {
  const first = table.querySelector(".cell");
  if (first) first.tabIndex = 0;
}
for (const chip of document.querySelectorAll("[data-goto]")) {
  chip.addEventListener("click", () => go(spots.find((s) => s.dataset.spot === chip.dataset.goto)));
}

on("j", step(1));
on("k", step(-1));
on("ArrowDown", vertical(1));
on("ArrowUp", vertical(-1));
on("ArrowRight", across(1));
on("ArrowLeft", across(-1));
on("n", nextDoubt);
on("Escape", () => (current ? leave() : false));

if (sheet) {
  picture.addEventListener("load", () => { pageLoaded(); if (current) { crop(current); reveal(current); } });
  picture.addEventListener("error", () => { sheet.hidden = true; $("no-picture").hidden = false; });
  if (picture.complete) pageLoaded();
  loadWords();

  overlay.addEventListener("click", (e) => {
    const box = e.target.closest("[data-of]");
    if (box) go(spots.find((s) => s.dataset.spot === box.dataset.of));
  });
  const tip = $("tip");
  overlay.addEventListener("mousemove", (e) => {
    const box = e.target.closest("[data-of]");
    for (const spot of spots) spot.classList.toggle("hot", spot.dataset.spot === box?.dataset.of);
    const word = words[e.target.dataset?.word];
    tip.hidden = !box && !word;
    if (tip.hidden) return;
    tip.textContent = box ? spots.find((s) => s.dataset.spot === box.dataset.of).dataset.label : word.t;
    tip.style.left = `${Math.min(e.clientX + 12, window.innerWidth - tip.offsetWidth - 8)}px`;
    tip.style.top = `${e.clientY + 16}px`;
  });
  overlay.addEventListener("mouseleave", () => {
    tip.hidden = true;
    for (const spot of spots) spot.classList.remove("hot");
  });

  const toggleBoxes = () => {
    const off = overlay.classList.toggle("off");
    $("boxes").setAttribute("aria-pressed", String(!off));
  };
  $("boxes").addEventListener("click", toggleBoxes);
  $("zoom-in").addEventListener("click", () => setZoom(zoom * 1.25));
  $("zoom-out").addEventListener("click", () => setZoom(zoom / 1.25));
  $("zoom-fit").addEventListener("click", () => setZoom(1));
  $("page-back").addEventListener("click", () => showPage(number - 1));
  $("page-on").addEventListener("click", () => showPage(number + 1));
  on("v", toggleBoxes);
  on("+", () => setZoom(zoom * 1.25));
  on("=", () => setZoom(zoom * 1.25));
  on("-", () => setZoom(zoom / 1.25));
  on("0", () => setZoom(1));
  on("PageDown", () => showPage(number + 1));
  on("PageUp", () => showPage(number - 1));
  for (const thumb of document.querySelectorAll("[data-thumb]")) {
    thumb.addEventListener("click", () => showPage(Number(thumb.dataset.thumb)));
  }
  new ResizeObserver(() => { placeTag(); if (current) crop(current); }).observe(sheet);
}

// An invoice to review opens on its first reason, so that the eye is where it is needed.
if (!narrow.matches) {
  const first = document.querySelector("[data-goto]");
  const spot = first && spots.find((s) => s.dataset.spot === first.dataset.goto);
  if (spot) { choose(spot); spot.scrollIntoView({ block: "nearest" }); }
}

// What was read anew is shown anew, but never under a reader's hands.
document.addEventListener("fresh", ({ detail: page }) => {
  const then = page.getElementById("main")?.dataset;
  if (!then || then.version === main.dataset.version) return;
  if (!spots.length || !current || document.activeElement === document.body) { location.reload(); return; }
  const note = $("changed");
  note.hidden = false;
});
$("changed")?.querySelector("button").addEventListener("click", () => location.reload());
