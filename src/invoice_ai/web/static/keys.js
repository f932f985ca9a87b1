// One keymap. Single letters work only outside fields and can be switched off (WCAG 2.1.4).
const letters = new Map();
const chords = new Map();
let prefix = "";
let forget = 0;

/** Remember a choice of this reader in this browser. */
export function keep(name, value) {
  try { localStorage.setItem(name, value); } catch { /* storage is off: nothing to remember */ }
}

export function recall(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

/** A single key, or two after each other such as "g i". The function may return false: not mine. */
export function on(keys, act) { letters.set(keys, act); }

/** A chord such as "Control+k"; works everywhere. */
export function press(chord, act) { chords.set(chord, act); }

const writing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

document.addEventListener("keydown", (e) => {
  if (e.defaultPrevented || e.isComposing) return;
  const held = e.ctrlKey ? "Control+" : e.metaKey ? "Meta+" : e.altKey ? "Alt+" : "";
  if (held) {
    const act = chords.get(held + e.key.toLowerCase());
    if (act) { e.preventDefault(); act(); }
    return;
  }
  if (writing(e.target) || document.querySelector("dialog[open]")) return;
  if (e.key.length === 1 && recall("letters") === "off") return;
  const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
  const whole = prefix ? `${prefix} ${key}` : key;
  const act = letters.get(whole) ?? letters.get(key);
  const begins = !prefix && [...letters.keys()].some((k) => k.startsWith(`${key} `));
  clearTimeout(forget);
  prefix = begins ? key : "";
  if (begins) forget = setTimeout(() => { prefix = ""; }, 1200);
  if (act && act(e) !== false) e.preventDefault();
});
