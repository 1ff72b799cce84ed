/** Short messages in the corner: good news leaves by itself, bad news stays until closed. */

import { word } from "./words.js";

const STAYS_MS = 7000;

/** @param {Element} element */
function settle(element) {
  if (element.querySelector("button")) return;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "icon-btn";
  close.setAttribute("aria-label", word("close"));
  close.textContent = "×";
  close.addEventListener("click", () => element.remove());
  element.append(close);
  if (element.classList.contains("bad") || element.classList.contains("warn")) return;
  let left = window.setTimeout(() => element.remove(), STAYS_MS);
  const hold = () => window.clearTimeout(left);
  const go = () => { left = window.setTimeout(() => element.remove(), STAYS_MS); };
  element.addEventListener("pointerenter", hold);
  element.addEventListener("focusin", hold);
  element.addEventListener("pointerleave", go);
}

/** @param {string} text @param {"info" | "good" | "warn" | "bad"} [kind] */
export function toast(text, kind = "info") {
  if (!text) return;
  const element = document.createElement("div");
  element.className = `toast ${kind}`;
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  element.append(paragraph);
  document.getElementById("toasts")?.append(element);
  settle(element);
}

export function toasts() {
  document.querySelectorAll("[data-toast]").forEach(settle);
}
