/** Leaflet without types, and a ground for its maps: the installation's tiles, or a plain one. */
import "leaflet/dist/leaflet.css";
// @ts-expect-error Leaflet brings no types along
import * as leaflet from "leaflet";

/** @type {any} */
export const L = leaflet;

/**
 * A map in an element that says in data-box what to show, in data-tiles and data-credit what to draw it on.
 * @param {HTMLElement} holder
 */
export function mapIn(holder) {
  const { box = "", tiles, credit } = holder.dataset;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(holder, { minZoom: 3, maxZoom: 19, zoomAnimation: !still, fadeAnimation: !still, markerZoomAnimation: !still, zoomControl: false });
  map.attributionControl.setPrefix(false);
  L.control.zoom({ zoomInTitle: holder.dataset.zoomIn, zoomOutTitle: holder.dataset.zoomOut }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  if (tiles) {
    // Tile servers ask who shows their maps; the address of the site is all they are told.
    L.tileLayer(tiles, { attribution: credit ?? "", maxZoom: 19, referrerPolicy: "origin" }).addTo(map);
  } else {
    holder.classList.add("no-tiles");
  }
  const [west, south, east, north] = box.split(",").map(Number);
  map.fitBounds([[south, west], [north, east]]);
  return map;
}

/**
 * A pin drawn by our own style sheet.
 * @param {string} kind
 * @param {string} [text]
 */
export function pin(kind, text = "") {
  const size = text.length > 3 ? 46 : text ? 38 : 28;
  const holder = document.createElement("span");
  holder.textContent = text;
  return L.divIcon({ className: `map-pin ${text ? "many" : "one"} ${kind}`, html: holder, iconSize: [size, size] });
}
