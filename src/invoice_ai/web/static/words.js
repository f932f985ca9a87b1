// Our scripts speak English; for other languages the page brings the words with it.
const words = JSON.parse(document.getElementById("words")?.dataset.words || "{}");

/** The words in the reader's language; each `%(name)s` is filled from `values`. */
export function say(message, values = {}) {
  return (words[message] ?? message).replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);
}

/** The language of the page, as Intl knows it. */
export const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
