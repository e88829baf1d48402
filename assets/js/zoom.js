// @ts-check
// The items asked about, as large as the window. Not a dialog: the keys of the question go on working.

import { h, imageUrl, nameplate } from "./dom.js";

/** @import { Item } from "./api.js" */

/** @type {HTMLElement | null} */
let layer = null;
let focus = "both";

const PAIR_HINT = "← → flip between the two · ↑ both · A same · X different · U unsure · C can't compare · "
  + "V or Esc closes";
const HINT = "The keys of the question work here, too · V or Esc closes";

export const zoomed = () => layer !== null;

/** @param {Item[]} items @param {boolean} [pair] whether two can be flipped between */
export function openZoom(items, pair = false) {
  layer = h("div.zoom", { role: "img", "aria-label": "Zoomed", onclick: closeZoom });
  layer.dataset.many = String(items.length > 2);
  focus = pair ? "both" : "all";
  document.body.append(layer);
  paintZoom(items);
}

export function closeZoom() {
  layer?.remove();
  layer = null;
}

/**
 * Show other items, or another side of a pair ("left", "right", "both"), in the open zoom.
 * @param {Item[]} items none closes it
 */
export function paintZoom(items, wanted = focus) {
  if (!layer) return;
  if (!items.length) { closeZoom(); return; }
  focus = wanted;
  layer.dataset.focus = focus;
  layer.dataset.count = String(items.length);
  layer.replaceChildren(...items.map(large), h("p.zoom-hint", {}, focus === "all" ? HINT : PAIR_HINT));
}

/** @param {Item} item */
const large = (item) => h("figure", {},
  item.w ? h("img", { src: imageUrl(item.id), alt: item.name, decoding: "sync" }) : nameplate(item),
  h("figcaption", {}, item.name));
