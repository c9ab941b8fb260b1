// Keys for those who read all day. Every key does what a button on the page does; without this script the buttons do.
// Whoever has turned single keys off gets pages on which nothing names a key.
"use strict";

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=radio]), textarea, select");
  if (event.key === "Escape" && typing) typing.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!target) return;
  event.preventDefault();
  if (target.matches("textarea, input:not([type=radio])")) target.focus();
  else target.click();
});
