// Files come by drop, by paste or by the button; each is sent on its own and followed to its end.
import { on } from "./keys.js";
import { onChange } from "./live.js";
import { say } from "./words.js";

const AT_ONCE = 2;
const UNFINISHED = new Set(["received", "processing"]);
const tray = document.getElementById("tray");
const list = tray.querySelector("ul");
const target = document.getElementById("target");
const pick = document.getElementById("pick");
const chips = document.getElementById("chips");
const cards = new Map(); // invoice id → its card
const heard = new Map(); // invoice id → last state, for changes that come before the answer
const waiting = [];
let sending = 0;

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

const size = (n) => (n >= 2 ** 20 ? `${(n / 2 ** 20).toFixed(1)} MB` : `${Math.max(1, Math.round(n / 1024))} KB`);

/** A file's name without what could turn or hide it. */
const plain = (name) => name.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, "");

function add(files) {
  for (const file of files) {
    const card = element("li");
    const bar = element("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", say("Sending %(file)s", { file: plain(file.name) }));
    const name = element("bdi", "name", plain(file.name));
    name.title = plain(file.name);
    card.append(name, element("span", "size", size(file.size)), bar);
    list.prepend(card);
    waiting.push({ file, card, bar });
  }
  if (waiting.length) tray.hidden = false;
  next();
}

function next() {
  while (sending < AT_ONCE && waiting.length) send(waiting.shift());
}

function send({ file, card, bar }) {
  sending += 1;
  const form = new FormData();
  form.append("file", file, file.name);
  const request = new XMLHttpRequest(); // fetch cannot tell how much was sent
  request.open("POST", "/upload");
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (e) => { if (e.lengthComputable) bar.value = e.loaded / e.total; });
  request.addEventListener("loadend", () => {
    sending -= 1;
    bar.remove();
    answered(card, request);
    next();
  });
  request.send(form);
}

function answered(card, request) {
  let said = null;
  try { said = JSON.parse(request.responseText); } catch { /* no answer, or a proxy's page */ }
  if (request.status < 200 || request.status > 299 || !said) {
    refuse(card, said?.detail || (request.status ? say("It was refused (%(status)s).", { status: request.status }) : say("Not connected. Nothing was sent; try again.")), said?.file_id);
    return;
  }
  const id = String(said.file_id);
  if (said.already_known) {
    const done = element("p", "done", `${say("Already here.")} `);
    done.append(link(id, say("Open it")));
    card.append(done);
    return;
  }
  cards.set(id, card);
  follow(id, heard.get(id) ?? said.state);
}

function refuse(card, text, id) {
  card.append(element("p", "bad", plain(text)));
  if (id) {
    const done = element("p", "done");
    done.append(link(id, say("Details")));
    card.append(done);
  }
}

function link(id, text) {
  const a = element("a", "link", text);
  a.href = `/invoices/${encodeURIComponent(id)}`;
  return a;
}

function follow(id, state) {
  const card = cards.get(id);
  const chip = chips.content.querySelector(`[data-status="${CSS.escape(state)}"]`);
  if (!card || !chip) return;
  card.querySelector(".done")?.remove();
  const line = element("div", "done");
  line.append(chip.firstElementChild.cloneNode(true));
  if (!UNFINISHED.has(state)) line.append(link(id, say("Open")));
  card.append(line);
}

onChange((change) => {
  if (!change) { for (const id of cards.keys()) look(id); return; }
  heard.set(change.file_id, change.state);
  follow(change.file_id, change.state);
});

/** Ask what became of a file while nobody told us. */
async function look(id) {
  const answer = await fetch(`/results/${encodeURIComponent(id)}`, { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.ok) follow(id, (await answer.json()).status);
}

/* Ways in ------------------------------------------------------------------------------- */
const choose = () => pick.click();
const snap = document.getElementById("snap");
document.addEventListener("click", (e) => {
  if (e.target.closest("[data-pick]")) choose();
  if (e.target.closest("[data-snap]")) snap.click();
});
on("u", choose);
for (const given of [pick, snap]) given.addEventListener("change", () => { add(given.files); given.value = ""; });

const hasFiles = (e) => e.dataTransfer?.types.includes("Files");
let depth = 0;
document.addEventListener("dragenter", (e) => { if (hasFiles(e)) { depth += 1; target.hidden = false; } });
document.addEventListener("dragleave", (e) => { if (hasFiles(e)) { depth -= 1; if (depth <= 0) target.hidden = true; } });
document.addEventListener("dragover", (e) => { if (hasFiles(e)) e.preventDefault(); });
document.addEventListener("drop", (e) => {
  if (!hasFiles(e)) return;
  e.preventDefault();
  depth = 0;
  target.hidden = true;
  add(e.dataTransfer.files);
});
document.addEventListener("paste", (e) => {
  if (e.clipboardData?.files.length) { e.preventDefault(); add(e.clipboardData.files); }
});

document.getElementById("tray-close").addEventListener("click", () => { tray.hidden = true; });
window.addEventListener("beforeunload", (e) => { if (sending || waiting.length) e.preventDefault(); });
