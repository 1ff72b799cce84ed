/** Picking a place for an idea: a click on the map, or its middle by keyboard. Without this the address in words is enough. */
import { L, mapIn, pin } from "../leaflet.js";

/** @param {HTMLElement} field */
function dress(field) {
  const holder = /** @type {HTMLElement | null} */ (field.querySelector("[data-map]"));
  const open = /** @type {HTMLButtonElement | null} */ (field.querySelector("[data-open]"));
  const middle = /** @type {HTMLButtonElement | null} */ (field.querySelector("[data-middle]"));
  const clear = /** @type {HTMLButtonElement | null} */ (field.querySelector("[data-clear]"));
  const said = field.querySelector("[data-said]");
  const lat = /** @type {HTMLInputElement | null} */ (field.querySelector("[name=place_lat]"));
  const lon = /** @type {HTMLInputElement | null} */ (field.querySelector("[name=place_lon]"));
  if (!holder || !open || !middle || !clear || !said || !lat || !lon) return;
  /** @type {any} */
  let map;
  /** @type {any} */
  let marker;

  /** @param {number} at @param {number} along */
  function put(at, along) {
    if (!lat || !lon || !said || !clear) return;
    lat.value = at.toFixed(6);
    lon.value = along.toFixed(6);
    marker ??= L.marker([at, along], { icon: pin(""), draggable: true, keyboard: false }).on("dragend", () => {
      const { lat: y, lng: x } = marker.getLatLng();
      put(y, x);
    });
    marker.setLatLng([at, along]).addTo(map);
    said.textContent = holder?.dataset.put ?? "";
    clear.hidden = false;
    lat.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function show() {
    if (!holder || !open || !middle || !lat || !lon) return;
    holder.hidden = false;
    middle.hidden = false;
    open.hidden = true;
    map = mapIn(holder);
    map.on("click", (/** @type {any} */ event) => put(event.latlng.lat, event.latlng.lng));
    if (lat.value && lon.value) {
      put(Number(lat.value), Number(lon.value));
      map.setView([Number(lat.value), Number(lon.value)], 15);
    }
  }

  open.hidden = false;
  open.addEventListener("click", () => {
    show();
    holder.focus();
  });
  middle.addEventListener("click", () => {
    const { lat: y, lng: x } = map.getCenter();
    put(y, x);
  });
  clear.addEventListener("click", () => {
    lat.value = "";
    lon.value = "";
    marker?.remove();
    said.textContent = "";
    clear.hidden = true;
    lat.dispatchEvent(new Event("change", { bubbles: true }));
  });
  if (lat.value && lon.value) show();
}

for (const field of document.querySelectorAll("[data-place]")) if (field instanceof HTMLElement) dress(field);
