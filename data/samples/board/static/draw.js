// Draws the page of the script-drawn face from the data that stands in it.
"use strict";
(() => {
  const state = JSON.parse(document.getElementById("board-state").textContent);
  const app = document.getElementById("app");
  const add = (tag, text) => app.appendChild(Object.assign(document.createElement(tag), { textContent: text ?? "" }));
  for (const one of state.vacancies ?? []) {
    const row = add("p", "");
    row.append(Object.assign(document.createElement("a"), { href: one.url, textContent: one.title }), ` ${one.company?.name ?? ""} · ${one.location}`);
  }
  if (state.vacancy) {
    const one = state.vacancy;
    add("h1", one.title);
    for (const fact of [one.company?.name, one.location, one.salary, one.postedAt, one.expiresAt]) if (fact) add("p", fact);
    add("div", "").innerHTML = one.description;
  }
})();
