// Shows the questions that match the word and the pressed buttons. Everything is readable without it.
"use strict";
const filter = document.getElementById("filter");
const buttons = [...document.querySelectorAll("[data-show]")];
const cards = [...document.querySelectorAll("[data-status]")];
const words = new Map();
function show() {
  const wanted = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = new Set(buttons.filter((b) => b.getAttribute("aria-pressed") === "true").map((b) => b.dataset.show));
  let any = false;
  for (const card of cards) {
    if (wanted.length && !words.has(card)) words.set(card, card.textContent.toLowerCase());
    card.hidden = !shown.has(card.dataset.status) || !wanted.every((word) => words.get(card).includes(word));
    any ||= !card.hidden;
  }
  for (const part of document.querySelectorAll(".part")) part.hidden = !part.querySelector("[data-status]:not([hidden])");
  document.getElementById("nothing").hidden = any;
}
filter.addEventListener("input", show);
for (const button of buttons) {
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") === "true" ? "false" : "true");
    show();
  });
}
