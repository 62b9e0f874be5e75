"use strict";

// The page of the review queue by keyboard: numbers choose categories, letters the sentiment.
// Words that are selected in the passage become the quote of the category that is chosen next.
// Without this script the form works just the same, and no quotes are marked.

const form = document.querySelector("#judge");
const passage = document.querySelector("#passage");

// Offsets count characters, as the service does: one that takes two units in a script is one.
const length = (text) => [...text].length;

function selected() {
  const selection = document.getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const whole = document.createRange();
  whole.selectNodeContents(passage);
  if (range.compareBoundaryPoints(Range.END_TO_START, whole) >= 0) return null;
  if (range.compareBoundaryPoints(Range.START_TO_END, whole) <= 0) return null;
  if (range.compareBoundaryPoints(Range.START_TO_START, whole) < 0) range.setStart(passage, 0);
  if (range.compareBoundaryPoints(Range.END_TO_END, whole) > 0) {
    range.setEnd(passage, passage.childNodes.length);
  }
  const before = document.createRange();
  before.setStart(passage, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const words = range.toString();
  const start = length(before.toString()) + length(words) - length(words.trimStart());
  return words.trim() ? { start, end: start + length(words.trim()), words: words.trim() } : null;
}

function mark(box) {
  const place = box.closest(".choice");
  const quote = place.querySelector(".quote");
  const found = box.checked ? selected() : null;
  place.querySelector("input[type=hidden]").value = found ? `${found.start}-${found.end}` : "";
  quote.textContent = found ? found.words : "";
  quote.hidden = !found;
  document.getSelection().removeAllRanges();
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter") {
    if (event.target.closest("a, button, summary")) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("#save"));
    return;
  }
  const chosen = form.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!chosen) return;
  event.preventDefault();
  // A choice that is there already takes the words that are selected, and goes only without any.
  if (chosen.type === "checkbox" && chosen.checked && selected()) mark(chosen);
  else chosen.click();
}

if (form) {
  form.addEventListener("change", (event) => {
    if (event.target.type === "checkbox") mark(event.target);
  });
  document.addEventListener("keydown", press);
}
