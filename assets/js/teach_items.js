// @ts-check
// What lies in a bin: a button for each item, on the bin's card and in a dialog that has room for all.

import { dialog, h, thumb } from "./dom.js";

/** @import { State } from "./api.js" */
/** @import { Hand, Props } from "./types.js" */

/**
 * The button of an item in a bin; `props` say what hears of it.
 * @param {string} id
 * @param {Props<HTMLButtonElement>} props
 */
export const lying = (id, props) => h("button.lying", { dataset: { id }, ...props }, thumb({ id, name: id }));

/**
 * Show on its button what can be done with the item now.
 * @param {HTMLButtonElement} node
 * @param {State} told
 * @param {Hand} hand
 */
export function showLying(node, { status, mode }, { chosen, sent }) {
  node.disabled = status !== "active" || sent.has(node.dataset.id ?? "");
  node.title = mode === "sort" ? "Put it into another bin" : "Take it out again";
  node.setAttribute("aria-pressed", String(node.dataset.id === chosen));
}

/**
 * A dialog with all items of a bin; it closes where `lifted` promises true.
 * @param {{ bin: string, items: string[] }} found
 * @param {State} told
 * @param {Hand} hand
 * @param {(item: string, bin: string) => Promise<boolean>} lifted
 */
export function showItems({ bin, items }, told, hand, lifted) {
  if (document.querySelector("dialog[open]")) return; // tapped twice, or another was opened meanwhile
  const nodes = items.map((id) => lying(id, {
    onclick: async () => { if (await lifted(id, bin)) box.close(); },
  }));
  for (const node of nodes) showLying(node, told, hand);
  const box = dialog(`In “${bin}”, newest first`, h("div.lyings", {}, ...nodes));
}
