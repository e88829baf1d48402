// The pair, as large as the window. Not a dialog: verdict keys go on working while zoomed.

import { h, imageUrl, nameplate } from "./dom.js";

let layer = null;
let focus = "both";

export const zoomed = () => layer !== null;

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

/** Show another card, or another side of it ("left", "right", "both"), in the open zoom. */
export function paintZoom(card, wanted = focus) {
  if (!layer) return;
  if (!card) { closeZoom(); return; }
  focus = wanted;
  layer.dataset.focus = focus;
  const large = (item) => h("figure", {},
    item.w ? h("img", { src: imageUrl(item.id), alt: item.name, decoding: "sync" }) : nameplate(item),
    h("figcaption", {}, item.name));
  layer.replaceChildren(large(card.a), large(card.b),
    h("p.zoom-hint", {}, "← → flip between the two · ↑ both · A same · X different · U unsure · C can't compare · V or Esc closes"));
}
