/** «Вы уверены?» for buttons with data-confirm. Without scripts the server asks, or the action can be undone. */
import { word } from "./words.js";

/** @param {string} text @returns {Promise<boolean>} */
function ask(text) {
  const dialog = document.createElement("dialog");
  if (typeof dialog.showModal !== "function") return Promise.resolve(window.confirm(text));
  dialog.className = "dialog";
  dialog.setAttribute("aria-label", text);
  const question = document.createElement("p");
  question.textContent = text;
  const form = document.createElement("form");
  form.method = "dialog";
  form.className = "row";
  for (const [value, kind] of /** @type {const} */ ([["yes", "btn small"], ["no", "btn quiet small"]])) {
    const button = document.createElement("button");
    button.value = value;
    button.className = kind;
    button.textContent = word(value);
    form.append(button);
  }
  dialog.append(question, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    });
  });
}

/** Buttons that have just been agreed to. @type {WeakSet<Element>} */
const agreed = new WeakSet();

export function confirming() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-confirm]") : null;
    if (!(button instanceof HTMLElement) || agreed.has(button)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    void ask(button.dataset["confirm"] ?? "").then((yes) => {
      button.focus();
      if (!yes) return;
      agreed.add(button);
      button.click();
      agreed.delete(button);
    });
  }, true);
}
