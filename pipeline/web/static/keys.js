// Keys for those who read all day. Every key does what a button on the page does; without this script the buttons do.
// Whoever has turned single keys off gets pages on which nothing names a key.
"use strict";

const FIELDS = "input:not([type=radio]):not([type=checkbox]), textarea, select";

/** Let a part of the page be seen, whatever is folded around it. */
function unfold(part) {
  for (let box = part.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
}

/** Move along the rows of the list; the row that has the focus is the current one. */
function walk(list, key) {
  const links = [...list.querySelectorAll("a.title")];
  const row = document.activeElement.closest("li");
  const here = links.findIndex((link) => row && row.contains(link));
  if (key === "j") links[Math.min(here + 1, links.length - 1)]?.focus();
  else if (key === "k") links[Math.max(here - 1, 0)]?.focus();
  else if (key === "o") links[Math.max(here, 0)]?.click();
  else if (key === "x") row?.querySelector("input[type=checkbox]")?.click();
  else return false;
  return true;
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest(FIELDS);
  if (event.key === "Escape") {
    if (typing) typing.blur();
    document.querySelector(".key-help[open]")?.removeAttribute("open");
  }
  // Enter in the tags would send the form without a verdict.
  if (event.key === "Enter" && event.target.id === "tags" && event.target.form?.id === "decide") {
    event.preventDefault();
    event.target.blur();
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const list = document.querySelector("[data-list]");
  if (list && walk(list, event.key)) {
    event.preventDefault();
    return;
  }
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!target) return;
  event.preventDefault();
  if (target.matches(FIELDS)) {
    unfold(target);
    target.focus();
  } else target.click();
});

// A mark in the ad leads to its line among the indicators, which opens.
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#reason-"]');
  const line = link && document.getElementById(link.hash.slice(1));
  if (!line) return;
  unfold(line);
  const details = line.querySelector("details");
  if (details) details.open = true;
});

// Sorting follows the choice at once; without this script its button does.
for (const form of document.querySelectorAll("form.order")) {
  form.querySelector("button").hidden = true;
  form.addEventListener("change", () => form.submit());
}

// The second press of a double click would send a form twice, or decide the next case unread.
document.addEventListener("click", (event) => {
  if (event.detail > 1 && event.target.closest("button")) event.preventDefault();
});

// Whoever leaves what was written or answered in another form than the one that is sent, is asked first. A case that is
// skipped takes no note along.
let sending, sent = new WeakMap();
document.addEventListener("submit", (event) => {
  // A key that is pressed twice sends its form once: the second answer would say that the case was decided meanwhile.
  if (event.timeStamp - sent.get(event.target) < 1500) return event.preventDefault();
  sent.set(event.target, event.timeStamp);
  sending = event.submitter?.name === "aside" ? null : event.target;
});
window.addEventListener("beforeunload", (event) => {
  const fields = document.querySelectorAll("textarea:not([hidden]), [form=decide]");
  const isOpen = (field) => field.form !== sending && (field.value !== field.defaultValue || field.checked !== field.defaultChecked);
  if ([...fields].some(isOpen)) {
    event.preventDefault();
    sent = new WeakMap();
  }
  sending = undefined; // whoever stays may leave by another way
});

// On a phone the menu is longer than the screen: the page that one is on is to be seen in it.
const here = document.querySelector(".bar nav [aria-current]");
if (here) here.parentElement.scrollLeft = here.offsetLeft - 40;
