/** Sharing an address and printing a page. */
import { toast } from "./toast.js";
import { word } from "./words.js";

export function copying() {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
    if (!link) return;
    const url = new URL(link.getAttribute("data-copy") ?? "", location.href).href;
    const phone = matchMedia("(pointer: coarse)").matches;
    if (phone && typeof navigator.share === "function") {
      event.preventDefault();
      navigator.share({ url, title: document.title }).catch(() => {});
    } else if (navigator.clipboard) {
      event.preventDefault();
      navigator.clipboard.writeText(url).then(() => toast(word("copied"), "good"), () => toast(url));
    }
  });
}

export function printing() {
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-print]")) window.print();
  });
}
