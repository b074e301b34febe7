// Pages work without this file; it saves clicks: jump to evidence, fill forms from a selection, keep open details open.
"use strict";

const transcript = document.querySelector(".transcript");

function flash(element) {
  element.classList.remove("flash");
  void element.offsetWidth; // restarts the animation
  element.classList.add("flash");
}

function goToTurn(number) {
  const turn = document.getElementById(`turn-${number}`);
  if (!turn) return;
  turn.scrollIntoView({ block: "center", behavior: "smooth" });
  flash(turn);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-turn]");
  if (link) {
    event.preventDefault();
    goToTurn(link.dataset.turn);
    return;
  }
  const anchor = event.target.closest("mark[data-key], a.tag");
  if (!anchor) return;
  const key = anchor.dataset.key || decodeURIComponent(anchor.getAttribute("href").slice(1));
  const finding = document.getElementById(key);
  if (!finding) return;
  event.preventDefault();
  finding.scrollIntoView({ block: "center", behavior: "smooth" });
  flash(finding);
});

// Offsets count characters (code points), as the service does, not UTF-16 units.
const characters = (text) => Array.from(text).length;

function selectedWords() {
  const selection = window.getSelection();
  if (!selection || selection.isCollapsed || !selection.rangeCount) return null;
  const range = selection.getRangeAt(0);
  const text = range.startContainer.parentElement?.closest(".text");
  if (!text || !text.contains(range.endContainer)) return null;
  const before = document.createRange();
  before.selectNodeContents(text);
  before.setEnd(range.startContainer, range.startOffset);
  const start = characters(before.toString());
  const quote = range.toString();
  return { quote, start, end: start + characters(quote), turn: text.closest(".turn").dataset.number };
}

const field = (name) => document.querySelector(`[data-${name}]`);

transcript?.addEventListener("mouseup", () => {
  const words = selectedWords();
  if (!words || !field("quote")) return;
  field("quote").value = words.quote;
  field("quote-turn").value = words.turn;
  field("quote-start").value = words.start;
  field("quote-end").value = words.end;
  flash(document.getElementById("add"));
});

// A quote typed by hand has no offsets: the service looks it up in the turn.
for (const name of ["quote", "quote-turn"]) {
  field(name)?.addEventListener("input", () => {
    field("quote-start").value = "";
    field("quote-end").value = "";
  });
}

// Clicking a turn number while a form that asks for turns is open adds that turn to it.
transcript?.addEventListener("click", (event) => {
  const number = event.target.closest(".no")?.textContent.slice(1);
  const form = [...document.querySelectorAll("details[open] [data-turns], details[open] [data-turn-field]")].pop();
  if (!number || !form) return;
  form.value = form.hasAttribute("data-turns") && form.value ? `${form.value}, ${number}` : number;
  flash(form);
});
