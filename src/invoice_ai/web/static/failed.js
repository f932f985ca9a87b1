// Failed: choosing some of a group shows the button that retries them.
document.addEventListener("change", (e) => {
  if (!e.target.matches(".cause input[type=checkbox]")) return;
  const group = e.target.closest(".cause");
  group.querySelector("[data-some]").hidden = !group.querySelector("li input:checked");
});
