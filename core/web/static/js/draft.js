/** Drafts: what was typed into <form data-draft="key"> stays in this browser until the form succeeds. Passwords, files and hidden fields are never kept. */
import { toast } from "./toast.js";
import { word } from "./words.js";

const PREFIX = "draft:";
const SENT = "draft-sent";
const SAVE_AFTER_MS = 400;

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Field */

/** @param {string} area @param {(store: Storage) => string | null | void} work */
function withStore(area, work) {
  try {
    return work(area === "session" ? sessionStorage : localStorage) ?? null;
  } catch {
    return null; // storage is switched off or full: drafts are a courtesy
  }
}

/** @param {HTMLFormElement} form @returns {Field[]} */
function fields(form) {
  return /** @type {Field[]} */ ([...form.elements]).filter(
    (field) => field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type),
  );
}

/** @param {Field} field */
const ticked = (field) => field instanceof HTMLInputElement && ["checkbox", "radio"].includes(field.type);

/** @param {HTMLFormElement} form */
function typed(form) {
  return fields(form).filter((field) => !ticked(field) || /** @type {HTMLInputElement} */ (field).checked)
    .map((field) => [field.name, field.value]);
}

/** @param {HTMLFormElement} form @param {string} kept @returns {boolean} whether anything changed */
function restore(form, kept) {
  /** @type {[string, string][]} */
  const pairs = JSON.parse(kept);
  let changed = false;
  for (const field of fields(form)) {
    const values = pairs.filter(([name]) => name === field.name).map(([, value]) => value);
    if (ticked(field)) {
      const input = /** @type {HTMLInputElement} */ (field);
      const checked = values.includes(input.value);
      changed ||= input.checked !== checked;
      input.checked = checked;
    } else if (values[0] !== undefined && values[0] !== field.value) {
      field.value = values[0];
      field.dispatchEvent(new Event("input", { bubbles: true }));
      changed = true;
    }
  }
  return changed;
}

/** Forms already looked at; htmx may show us the same one again. @type {WeakSet<HTMLFormElement>} */
const seen = new WeakSet();

/** @param {ParentNode} root */
export function drafts(root) {
  const forms = /** @type {NodeListOf<HTMLFormElement>} */ (root.querySelectorAll("form[data-draft]"));
  const returned = new Set([...forms].filter((form) => form.querySelector("[data-error-summary], [aria-invalid=true]"))
    .map((form) => form.dataset["draft"]));
  // A form was sent and this page neither shows an error of it nor stands in its way (sign-in, offline, failure):
  // it succeeded, the draft has done its work.
  const sent = withStore("session", (store) => store.getItem(SENT));
  if (sent) {
    withStore("session", (store) => store.removeItem(SENT));
    if (!returned.has(sent) && !document.querySelector("[data-keep-drafts]")) {
      withStore("local", (store) => store.removeItem(PREFIX + sent));
    }
  }
  forms.forEach((form) => {
    const key = form.dataset["draft"];
    if (!key || seen.has(form)) return;
    seen.add(form);
    const kept = withStore("local", (store) => store.getItem(PREFIX + key));
    // A page that came back with errors already holds what was typed.
    if (kept && !returned.has(key) && restore(form, kept)) toast(word("restored"));
    let timer = 0;
    form.addEventListener("input", () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => {
        withStore("local", (store) => store.setItem(PREFIX + key, JSON.stringify(typed(form))));
      }, SAVE_AFTER_MS);
    });
    form.addEventListener("submit", (event) => {
      window.clearTimeout(timer);
      withStore("local", (store) => store.setItem(PREFIX + key, JSON.stringify(typed(form))));
      // A form of many buttons says by which of them what was typed is stored; the others only change the form.
      const ends = form.dataset["draftEnds"];
      const pressed = event.submitter instanceof HTMLButtonElement ? event.submitter.value : "";
      if (!ends || ends.split(" ").includes(pressed)) withStore("session", (store) => store.setItem(SENT, key));
    });
  });
}
