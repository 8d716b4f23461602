// Shows the questions that match the word and the pressed buttons, opens what a link leads to, and prints everything. All is readable without it.
"use strict";
const filter = document.getElementById("filter");
const buttons = [...document.querySelectorAll("[data-show]")];
const cards = [...document.querySelectorAll("[data-status]")];
const lines = [...document.querySelectorAll("[data-card]")];
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
  for (const line of lines) line.hidden = document.getElementById(line.dataset.card).hidden;
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

function reveal() {
  const target = document.getElementById(location.hash.slice(1));
  if (!target) return;
  if (target.closest("[hidden]")) {
    filter.value = "";
    for (const button of buttons) button.setAttribute("aria-pressed", "true");
    show();
  }
  const folded = target.closest("details:not([open])");
  if (folded) folded.open = true;
  target.scrollIntoView();
}
addEventListener("hashchange", reveal);
addEventListener("load", reveal);
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  for (const folded of opened) folded.open = true;
});
addEventListener("afterprint", () => {
  for (const folded of opened) folded.open = false;
});
