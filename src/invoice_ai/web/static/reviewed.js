// The end of the queue: the last decision can still be undone.
import { on } from "./keys.js";
import { ask, toast } from "./review-dom.js";
import { say } from "./words.js";

let last = null;
try { last = JSON.parse(sessionStorage.getItem("decided") ?? "null"); } catch { /* none */ }

async function undo() {
  if (!last) return;
  sessionStorage.removeItem("decided");
  const answer = await ask("POST", `/api/v1/results/${last.id}/undo`, {});
  if (answer.ok) location.assign(`/invoices/${last.id}/review`);
  else toast(answer.why);
}
on("z", undo);
if (last) toast(last.said, say("Undo (Z)"), undo);
