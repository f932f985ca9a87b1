// Times are sent in UTC and shown in the reader's own zone.
import { language, say } from "./words.js";

const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", year: "numeric" });
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });

function moment(at) {
  const today = new Date().toDateString() === at.toDateString();
  return `${today ? say("today") : day.format(at)}, ${clock.format(at)}`;
}

function age(at) {
  const seconds = (Date.now() - at) / 1000;
  for (const [unit, size] of [["d", 86_400], ["h", 3_600], ["min", 60]]) {
    if (seconds >= size) return `${Math.floor(seconds / size)} ${unit === "d" ? say("d") : unit}`;
  }
  return say("now");
}

/** Rewrite every `<time data-time>` beneath `root`; safe to repeat. */
export function localise(root) {
  for (const time of root.querySelectorAll("time[data-time]")) {
    const at = new Date(time.dateTime);
    const text = time.dataset.time === "age" ? age(at) : moment(at);
    if (time.textContent !== text) time.textContent = text;
  }
}
