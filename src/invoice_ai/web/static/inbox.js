// The list: J and K walk the rows, rows change in place, and new ones never shift what is read.
import { on } from "./keys.js";
import { onRegion, refresh } from "./live.js";
import { say } from "./words.js";

const main = document.getElementById("main");
const links = () => [...document.querySelectorAll(".rows .who a")];

function walk(step) {
  const all = links();
  if (!all.length) return false;
  const now = all.indexOf(document.activeElement);
  const next = all[Math.min(all.length - 1, Math.max(0, now < 0 ? (step > 0 ? 0 : all.length - 1) : now + step))];
  next.focus({ preventScroll: true });
  next.closest("tr").scrollIntoView({ block: "nearest" });
  return true;
}
on("j", () => walk(1));
on("k", () => walk(-1));

/** Nobody is in the middle of the list: it may move. */
const atRest = (list) => main.scrollTop < 8 && window.scrollY < 8 && !list.matches(":hover") && !list.contains(document.activeElement);

let taking = false;

function pill(list, count) {
  let button = list.querySelector(".fresh-pill");
  if (!count) { button?.remove(); return; }
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
  button.textContent = say("%(n)s new", { n: count });
}

onRegion("rows", (old, fresh) => {
  const known = new Map([...old.querySelectorAll("tr[data-id]")].map((row) => [row.dataset.id, row]));
  const rows = [...fresh.querySelectorAll("tr[data-id]")];
  const arrived = rows.filter((row) => !known.has(row.dataset.id));
  if (taking || !known.size || !rows.length || atRest(old)) {
    if (known.size) for (const row of arrived) row.classList.add("fresh");
    taking = false;
    if (old.isEqualNode(fresh)) return;
    old.replaceWith(fresh);
    return;
  }
  for (const row of rows) {
    const present = known.get(row.dataset.id);
    if (!present || present.isEqualNode(row)) continue;
    const focused = present.contains(document.activeElement);
    present.replaceWith(row);
    if (focused) row.querySelector("a").focus({ preventScroll: true });
  }
  if (old.dataset.first === "yes") pill(old, arrived.length);
});
