/** A form that came back: the summary gets the focus, so that a screen reader reads it and the eye finds it. */

/** @param {ParentNode} root */
export function focusErrors(root) {
  const summary = root.querySelector("[data-error-summary]");
  if (summary instanceof HTMLElement) {
    summary.focus({ preventScroll: true });
    summary.scrollIntoView({ block: "center" });
    return;
  }
  const field = root.querySelector('[aria-invalid="true"]');
  if (field instanceof HTMLElement) field.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("[data-error-summary] a") : null;
  if (!(link instanceof HTMLAnchorElement)) return;
  const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  const field = target?.matches("input, select, textarea") ? target : target?.querySelector("input, select, textarea");
  if (field instanceof HTMLElement) {
    event.preventDefault();
    field.focus({ preventScroll: true });
    (target ?? field).scrollIntoView({ block: "center" });
  }
});
