/** Installs the service worker (served at /sw.js) and says when the connection is gone. */
import { toast } from "./toast.js";
import { word } from "./words.js";

export function registerWorker() {
  window.addEventListener("offline", () => toast(word("offline"), "warn"));
  if (!("serviceWorker" in navigator) || !document.querySelector('link[rel="manifest"]')) return;
  window.addEventListener("load", () => {
    navigator.serviceWorker.register("/sw.js").catch(() => {});
  });
}
