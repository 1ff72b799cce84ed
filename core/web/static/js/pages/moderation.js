/** The queue by keyboard: keys press the page's own buttons and links, so nothing here can do what a mouse cannot. */
import "../../css/moderation.css";

const OFF = "moderation-keys-off";
const PLACE = "moderation-place";

/** @param {"local" | "session"} area @param {(store: Storage) => string | null | void} work */
function kept(area, work) {
  try {
    return work(area === "local" ? localStorage : sessionStorage) ?? null;
  } catch {
    return null; // without storage the keys work and are only not remembered
  }
}

/** @template {Element} T @param {ParentNode} root @param {string} what @param {new () => T} type @returns {T | null} */
function one(root, what, type) {
  const found = root.querySelector(what);
  return found instanceof type ? found : null;
}

/** Whether what has the focus needs the keys for itself. @param {KeyboardEvent} event */
function busy(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return true;
  const at = event.target;
  if (!(at instanceof HTMLElement)) return false;
  return at.isContentEditable || at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement
    || (at instanceof HTMLInputElement && !["checkbox", "radio"].includes(at.type));
}

/** Keys are places on the keyboard, so that they work while it types Russian. @param {Record<string, (event: KeyboardEvent) => unknown>} keys */
function listen(keys) {
  document.addEventListener("keydown", (event) => {
    if (busy(event) || kept("local", (store) => store.getItem(OFF))) return;
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
    const run = event.key === "?" || (event.code === "Slash" && event.shiftKey) ? keys["?"] : digit ? keys["digit"] : keys[event.code];
    if (run && run(event) !== false) event.preventDefault();
  });
}

function helpAndSwitch() {
  const box = one(document, "[data-mod-keys]", HTMLElement);
  if (!box) return;
  box.hidden = false;
  const choice = one(box, "[data-mod-switch]", HTMLInputElement);
  if (!choice) return;
  choice.checked = !kept("local", (store) => store.getItem(OFF));
  choice.addEventListener("change", () => {
    kept("local", (store) => (choice.checked ? store.removeItem(OFF) : store.setItem(OFF, "1")));
  });
}

const help = () => one(document, "[data-mod-help]", HTMLButtonElement)?.click();

/** @param {HTMLFormElement} form */
function queue(form) {
  const rows = /** @type {HTMLElement[]} */ ([...form.querySelectorAll("[data-mod-row]")]);
  const ticks = rows.map((row) => one(row, "input[type=checkbox]", HTMLInputElement));
  const all = one(form, "[data-mod-all]", HTMLInputElement);
  const said = one(form, "[data-mod-chosen]", HTMLElement);
  let here = -1;

  /** @param {number} place */
  function go(place) {
    if (!rows.length) return;
    rows[here]?.classList.remove("here");
    here = Math.max(0, Math.min(rows.length - 1, place));
    rows[here]?.classList.add("here");
    const link = one(/** @type {HTMLElement} */ (rows[here]), "[data-mod-open]", HTMLAnchorElement);
    link?.focus({ preventScroll: true });
    rows[here]?.scrollIntoView({ block: "nearest" });
  }
  function tell() {
    const number = ticks.filter((tick) => tick?.checked).length;
    if (said) said.textContent = number ? `${said.dataset["text"]} ${number}` : "";
    if (all) all.checked = number > 0 && ticks.every((tick) => !tick || tick.disabled || tick.checked);
  }
  all?.closest("label")?.removeAttribute("hidden");
  all?.addEventListener("change", () => {
    ticks.forEach((tick) => { if (tick && !tick.disabled) tick.checked = all.checked; });
    tell();
  });
  form.addEventListener("change", tell);
  form.addEventListener("focusin", (event) => {
    const row = event.target instanceof Element ? event.target.closest("[data-mod-row]") : null;
    const place = row instanceof HTMLElement ? rows.indexOf(row) : -1;
    if (place >= 0 && place !== here) {
      rows[here]?.classList.remove("here");
      here = place;
      row?.classList.add("here");
    }
  });

  const open = (/** @type {string} */ end) => {
    const link = here >= 0 ? one(/** @type {HTMLElement} */ (rows[here]), "[data-mod-open]", HTMLAnchorElement) : null;
    if (link) window.location.assign(link.href + end);
  };
  listen({
    KeyJ: () => go(here + 1),
    ArrowDown: () => go(here + 1),
    KeyK: () => go(here - 1),
    ArrowUp: () => go(here - 1),
    KeyO: () => open(""),
    // A focused link opens by itself.
    Enter: (event) => (event.target === document.body ? open("") : false),
    KeyX: () => { ticks[here]?.click(); },
    KeyR: () => open("#refuse"),
    KeyP: () => {
      const tick = ticks[here];
      if (!tick || tick.disabled || form.hasAttribute("data-sending")) return;
      ticks.forEach((other) => { if (other) other.checked = other === tick; });
      kept("session", (store) => store.setItem(PLACE, String(here)));
      form.requestSubmit?.();
    },
    "?": help,
  });
  const place = kept("session", (store) => store.getItem(PLACE));
  if (place !== null) {
    kept("session", (store) => store.removeItem(PLACE));
    go(Number(place));
  }
  tell();
}

/** @param {HTMLElement} page */
function item(page) {
  const refuse = one(page, "[data-mod-refuse]", HTMLDetailsElement);
  const letter = one(page, "[data-mod-letter]", HTMLFormElement);
  const publish = one(page, "[data-mod-publish]", HTMLFormElement);
  const body = letter && one(letter, "[data-mod-body]", HTMLTextAreaElement);
  const said = one(page, "[data-mod-said]", HTMLElement);
  const boxes = letter ? /** @type {HTMLInputElement[]} */ ([...letter.querySelectorAll("input[name=ground]")]) : [];

  const proposed = () => boxes.filter((box) => box.checked).map((box) => box.dataset["letter"] ?? "").join("\n\n");
  // What nobody has touched is put together anew; words of one's own are never overwritten.
  let own = Boolean(body && body.value.trim() && body.value.trim() !== proposed());

  function fold() {
    boxes.forEach((box) => {
      box.closest("li")?.querySelector("[data-mod-links]")?.classList.toggle("folded", !box.checked);
    });
  }
  function grown() {
    fold();
    if (!body || own) return;
    body.value = proposed();
    body.dispatchEvent(new Event("input", { bubbles: true }));
  }
  letter?.addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.name === "ground") grown();
  });
  body?.addEventListener("input", (event) => {
    if (event.isTrusted) own = body.value.trim() !== "" && body.value.trim() !== proposed();
  });
  fold();
  if (body && !body.value.trim() && boxes.some((box) => box.checked)) grown();

  function openRefusal() {
    if (!refuse) return false;
    refuse.open = true;
    boxes[0]?.focus();
    refuse.scrollIntoView({ block: "start" });
    return true;
  }
  /** @param {string} rel */
  const follow = (rel) => {
    const link = one(page, `[data-mod-${rel}]`, HTMLAnchorElement);
    if (!link) return false;
    window.location.assign(link.href);
    return true;
  };
  listen({
    KeyP: () => {
      if (!publish || publish.hasAttribute("data-sending")) return publish !== null;
      one(publish, "button", HTMLButtonElement)?.click();
      return true;
    },
    KeyR: openRefusal,
    KeyJ: () => follow("next"),
    KeyK: () => follow("previous"),
    KeyU: () => window.location.assign(page.dataset["list"] ?? "/desk/moderation"),
    digit: (event) => {
      const number = event.code.slice(-1);
      const box = letter && one(letter, `[data-mod-ground="${number}"] input[name=ground]`, HTMLInputElement);
      if (!box || !refuse) return false;
      refuse.open = true;
      box.click();
      box.focus();
      return true;
    },
    "?": help,
  });

  if (window.location.hash === "#refuse") openRefusal();
  const problem = one(page, "[data-error-summary]", HTMLElement);
  const shown = one(page, ".mod-preview[tabindex]", HTMLElement);
  if (problem) problem.focus();
  else if (shown) shown.focus();
  else if (!document.activeElement || document.activeElement === document.body) {
    // The next item has opened by itself: say what came of the last one, and begin to read here.
    const title = one(page, "h1", HTMLElement);
    title?.setAttribute("tabindex", "-1");
    title?.focus({ preventScroll: true });
    const came = document.querySelector("#toasts [data-toast] p")?.textContent ?? "";
    window.setTimeout(() => { if (said) said.textContent = came; }, 150);
  }
}

helpAndSwitch();
const list = one(document, "[data-mod-list]", HTMLFormElement);
if (list) queue(list);
const page = one(document, "[data-mod-item]", HTMLElement);
if (page) item(page);
