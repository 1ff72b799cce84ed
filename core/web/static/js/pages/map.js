/** The map of ideas: markers for what is in sight, the list beside it kept to the same piece of the city. */
import { L, mapIn, pin } from "../leaflet.js";

const LATE = 400;
const DEEPEST = 19;

/** @typedef {{ ideas: number, label: string, number?: number, href?: string, state_label?: string, kind?: string, note?: string }} Said */
/** @typedef {{ geometry: { coordinates: [number, number] }, properties: Said }} Place */

/** @param {any} map */
function boxOf(map) {
  const bounds = map.getBounds();
  /** @param {number} value @param {number} most */
  const clip = (value, most) => Math.max(-most, Math.min(most, value)).toFixed(5);
  return [clip(bounds.getWest(), 180), clip(bounds.getSouth(), 90), clip(bounds.getEast(), 180), clip(bounds.getNorth(), 90)].join(",");
}

/** @param {string} path @param {Record<string, string>} more */
function address(path, more) {
  const made = new URL(path, location.href);
  for (const [name, value] of Object.entries(more)) made.searchParams.set(name, value);
  return made;
}

/** @param {Said} said */
function bubble(said) {
  const box = document.createElement("div");
  const link = document.createElement("a");
  link.href = said.href ?? "";
  link.textContent = said.label;
  const note = document.createElement("p");
  note.textContent = [said.state_label, said.note].filter(Boolean).join(" · ");
  box.append(link, note);
  return box;
}

/** @param {HTMLElement} holder */
function start(holder) {
  const points = holder.dataset.points ?? "";
  holder.hidden = false;
  const map = mapIn(holder);
  const layer = L.layerGroup().addTo(map);
  /** @type {AbortController | undefined} */
  let asking;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let later;
  let first = true;

  /** @param {Place[]} places */
  function draw(places) {
    layer.clearLayers();
    for (const { geometry, properties: said } of places) {
      const [lon, lat] = geometry.coordinates;
      const icon = pin(said.kind || "", said.ideas > 1 ? String(said.ideas) : "");
      const marker = L.marker([lat, lon], { icon, keyboard: true, title: said.label });
      if (said.href) marker.bindPopup(() => bubble(said), { maxWidth: 260 });
      else marker.on("click", () => (map.getZoom() >= DEEPEST ? map.panTo([lat, lon]) : map.setView([lat, lon], Math.min(DEEPEST, map.getZoom() + 2))));
      layer.addLayer(marker);
      marker.getElement()?.setAttribute("aria-label", [said.label, said.state_label, said.note].filter(Boolean).join(", "));
    }
  }

  async function list() {
    const here = address(location.pathname + location.search, { box: boxOf(map) });
    here.searchParams.delete("at");
    const answer = await fetch(here, { headers: { accept: "text/html" }, signal: asking?.signal });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("found");
    const old = document.getElementById("found");
    if (fresh && old) old.replaceWith(document.adoptNode(fresh));
    history.replaceState(history.state, "", here);
  }

  async function look() {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const answer = await fetch(address(points, { box: boxOf(map), zoom: String(map.getZoom()) }), { signal });
      if (!answer.ok) return;
      draw((await answer.json()).features);
      clearTimeout(later);
      // The list that came with the page is right for the first sight.
      if (!first) later = setTimeout(() => list().catch(() => undefined), LATE);
      first = false;
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
    }
  }

  map.on("moveend", () => void look());
  void look();
}

const holder = document.getElementById("idea-map");
if (holder) start(holder);
