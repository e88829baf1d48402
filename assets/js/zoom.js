// @ts-check
// The pair, as large as the window. Not a dialog: verdict keys go on working while zoomed.

import { h, imageUrl, nameplate } from "./dom.js";

/** @import { Item } from "./api.js" */
/** @import { Pair } from "./types.js" */

/** @type {HTMLElement | null} */
let layer = null;
let focus = "both";

const HINT = "← → flip between the two · ↑ both · A same · X different · U unsure · C can't compare · "
  + "V or Esc closes";

export const zoomed = () => layer !== null;

/** @param {Pair<Item>} card */
export function openZoom(card) {
  layer = h("div.zoom", { role: "img", "aria-label": "Zoomed pair", onclick: closeZoom });
  focus = "both";
  document.body.append(layer);
  paintZoom(card);
}

export function closeZoom() {
  layer?.remove();
  layer = null;
}

/**
 * Show another card, or another side of it ("left", "right", "both"), in the open zoom.
 * @param {Pair<Item> | undefined} card
 */
export function paintZoom(card, wanted = focus) {
  if (!layer) return;
  if (!card) { closeZoom(); return; }
  focus = wanted;
  layer.dataset.focus = focus;
  layer.replaceChildren(large(card.a), large(card.b), h("p.zoom-hint", {}, HINT));
}

/** @param {Item} item */
const large = (item) => h("figure", {},
  item.w ? h("img", { src: imageUrl(item.id), alt: item.name, decoding: "sync" }) : nameplate(item),
  h("figcaption", {}, item.name));
