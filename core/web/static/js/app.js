/** The shell's script: every page works without it; this makes pages smoother. */
import "./htmx.js";
import { confirming } from "./confirm.js";
import { counting } from "./count.js";
import { dialogs } from "./dialog.js";
import { displayPanel } from "./display.js";
import { drafts } from "./draft.js";
import { focusErrors } from "./errors.js";
import { menus } from "./menu.js";
import { onceOnly } from "./once.js";
import { registerWorker } from "./pwa.js";
import { copying, printing } from "./share.js";
import { toasts } from "./toast.js";

menus();
dialogs();
confirming();
onceOnly();
displayPanel();
copying();
printing();
toasts();
registerWorker();

/** What has to look at markup again when htmx brings new pieces. @param {ParentNode} root */
function dress(root) {
  counting(root);
  drafts(root);
  focusErrors(root);
}

dress(document);
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target instanceof Element) dress(event.target.parentElement ?? event.target);
});
