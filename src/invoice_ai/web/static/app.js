// Every page: theme, keys, times in the reader's zone, live updates, uploads.
import { keep, recall, on } from "./keys.js";
import { localise } from "./times.js";
import { connect } from "./live.js";
import "./palette.js";
import "./upload.js";

const root = document.documentElement;
const theme = document.getElementById("theme");
const system = matchMedia("(prefers-color-scheme: dark)");

function showTheme() {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
  theme.querySelector("use").setAttribute("href", dark ? "#i-sun" : "#i-moon");
  return dark;
}

theme.addEventListener("click", () => {
  root.dataset.theme = showTheme() ? "light" : "dark";
  keep("theme", root.dataset.theme);
  showTheme();
});
system.addEventListener("change", showTheme);
showTheme();

const keys = document.getElementById("keys");
const search = document.getElementById("search");
const focusSearch = () => { search.focus(); search.select(); };
const openKeys = () => keys.showModal();
document.getElementById("keys-open").addEventListener("click", openKeys);
on("?", openKeys);
on("/", focusSearch);
on("g i", () => location.assign("/invoices"));
on("g r", () => location.assign("/invoices?tab=review"));
on("g f", () => location.assign("/failed"));
on("g q", () => location.assign("/sync"));
search.addEventListener("keydown", (e) => { if (e.key === "Escape") search.blur(); });

const letters = document.getElementById("letters");
letters.checked = recall("letters") !== "off";
letters.addEventListener("change", () => keep("letters", letters.checked ? "on" : "off"));

localise(document);
setInterval(() => localise(document), 30_000);
connect();

// A menu closes when the reader goes elsewhere or presses Escape; a form is sent once.
document.addEventListener("click", (e) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(e.target)) menu.open = false;
});
document.addEventListener("keydown", (e) => {
  const menu = e.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
  e.preventDefault();
});
document.addEventListener("submit", (e) => {
  if (e.submitter?.classList.contains("button") && e.target.method === "post") e.submitter.setAttribute("aria-busy", "true");
});
