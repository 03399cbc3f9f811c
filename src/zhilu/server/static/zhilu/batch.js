// Lists whose rows are ticked: all at once, and how many are. Without this file each box works by itself.
// Rows are exchanged while the page stays, so the document listens, not the boxes.
/** @param {Element} form @returns {HTMLInputElement[]} */
function boxes(form) {
  return [...form.querySelectorAll("input[name=row]")].filter((box) => box instanceof HTMLInputElement);
}

/** @param {Element} form */
function tell(form) {
  const all = boxes(form);
  const ticked = all.filter((box) => box.checked).length;
  const head = form.querySelector("[data-pick-all]");
  if (head instanceof HTMLInputElement) {
    head.hidden = false;
    head.checked = all.length > 0 && ticked === all.length;
    head.indeterminate = ticked > 0 && ticked < all.length;
  }
  const count = form.querySelector("[data-picked]");
  if (count instanceof HTMLElement) {
    count.hidden = ticked === 0;
    count.textContent = (count.dataset.picked ?? "").replace("0", String(ticked));
  }
}

function tellAll() {
  document.querySelectorAll("form[data-batch]").forEach(tell);
}

document.addEventListener("change", (event) => {
  const touched = event.target;
  if (!(touched instanceof HTMLInputElement)) return;
  const form = touched.closest("form[data-batch]");
  if (!form) return;
  if (touched.matches("[data-pick-all]")) {
    for (const box of boxes(form)) box.checked = touched.checked;
  }
  tell(form);
});
document.addEventListener("htmx:afterSettle", tellAll);
tellAll();
