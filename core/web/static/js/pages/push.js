/** The switch of push messages on the page of notice settings: asks the browser, tells the server. */

import "../../css/notice-settings.css";

const WAIT_MS = 6000;

/** @param {string} key base64url */
function bytes(key) {
  const padded = key.replace(/-/g, "+").replace(/_/g, "/") + "=".repeat((4 - (key.length % 4)) % 4);
  const signs = atob(padded);
  const made = new Uint8Array(new ArrayBuffer(signs.length));
  for (let place = 0; place < signs.length; place += 1) made[place] = signs.charCodeAt(place);
  return made;
}

/** @param {ArrayBuffer | null} value */
function text(value) {
  if (!value) return "";
  return btoa(String.fromCharCode(...new Uint8Array(value))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** @param {string} path @param {Record<string, string>} fields */
async function send(path, fields) {
  const token = document.querySelector('meta[name="csrf-token"]');
  const answer = await fetch(path, {
    method: "POST",
    // A redirect means that the server is content; there is no need to fetch the page.
    redirect: "manual",
    headers: { "X-CSRFToken": token instanceof HTMLMetaElement ? token.content : "" },
    body: new URLSearchParams(fields),
  });
  if (!answer.ok && answer.type !== "opaqueredirect") throw new Error(String(answer.status));
}

/** @param {HTMLElement} box */
async function pushSwitch(box) {
  const state = /** @type {HTMLElement} */ (box.querySelector("[data-push-state]"));
  const say = (/** @type {string} */ name) => { state.textContent = box.dataset[`text${name}`] ?? ""; };
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return say("None");
  // Where workers are not let in (some private windows), `ready` never comes.
  const worker = await Promise.race([navigator.serviceWorker.ready, new Promise((done) => { window.setTimeout(done, WAIT_MS); })]);
  if (!(worker instanceof ServiceWorkerRegistration)) return say("None");
  await use(worker, box, say);
}

/** @param {ServiceWorkerRegistration} worker @param {HTMLElement} box @param {(name: string) => void} say */
async function use(worker, box, say) {
  const on = /** @type {HTMLButtonElement} */ (box.querySelector("[data-push-on]"));
  const off = /** @type {HTMLButtonElement} */ (box.querySelector("[data-push-off]"));
  const { push: key = "", add = "", forget = "" } = box.dataset;

  async function show() {
    const standing = await worker.pushManager.getSubscription();
    on.hidden = Boolean(standing) || Notification.permission === "denied";
    off.hidden = !standing;
    say(Notification.permission === "denied" ? "Denied" : standing ? "On" : "Off");
  }

  on.addEventListener("click", async () => {
    on.disabled = true;
    try {
      const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
      try {
        await send(add, {
          endpoint: subscription.endpoint,
          p256dh: text(subscription.getKey("p256dh")),
          auth: text(subscription.getKey("auth")),
        });
      } catch (error) {
        // A subscription that the city does not know of would only look switched on.
        await subscription.unsubscribe();
        throw error;
      }
      window.location.reload();
    } catch {
      await show();
      if (Notification.permission !== "denied") say("Failed");
    } finally {
      on.disabled = false;
    }
  });

  off.addEventListener("click", async () => {
    off.disabled = true;
    try {
      const subscription = await worker.pushManager.getSubscription();
      if (subscription) {
        await send(forget, { endpoint: subscription.endpoint });
        await subscription.unsubscribe();
      }
      window.location.reload();
    } catch {
      say("Failed");
    } finally {
      off.disabled = false;
    }
  });

  await show();
}

document.querySelectorAll("[data-push]").forEach((box) => {
  if (box instanceof HTMLElement) pushSwitch(box);
});
