// @ts-check
// The belt: an item keeps its place while it lies there; a new one comes where an old one was.

import { childrenOf, h, thumb, within } from "./dom.js";
import { baseName, percent } from "./format.js";

/** @import { BeltItem, State } from "./api.js" */

/**
 * What is in the hand, what is in bins or on its way there (item -> bin), and whether the belt keeps
 * its items.
 * @typedef {{ chosen: string, sent: Map<string, string>, held: boolean }} Now
 */

/**
 * The belt in `host`: `paint(items, told, now)`, and `items()`, what lies on it. `tapped(id)` and
 * `dragged(id)` hear what is done to a tile.
 * @param {HTMLElement} host
 * @param {{ tapped: (id: string) => void, dragged: (id: string) => void }} hears
 */
export function makeBelt(host, { tapped, dragged }) {
  /** @type {Map<string, BeltItem>} */
  let known = new Map(); // what was last told of the items, also of those that a held belt alone still has

  /** @param {BeltItem} item @returns {HTMLElement} */
  function tile(item) {
    return h("button.tile", {
      dataset: { id: item.id }, draggable: true, onclick: () => tapped(item.id),
      ondragstart: (event) => { event.dataTransfer?.setData("text/plain", item.id); dragged(item.id); },
    }, thumb({ ...item, name: baseName(item.name) }), h("span.num"), h("b.said"), h("span.sure", {}, h("i")));
  }

  /** @param {BeltItem[]} items */
  function settle(items) {
    const staying = new Set(items.map((one) => one.id));
    const lying = new Set(idsOf(host));
    const coming = items.filter((one) => !lying.has(one.id)).map(tile);
    for (const node of childrenOf(host).filter((one) => !staying.has(one.dataset.id ?? ""))) {
      const focused = node === document.activeElement;
      const next = coming.shift();
      if (next) node.replaceWith(next);
      else node.remove();
      if (focused) (next ?? childrenOf(host).at(0))?.focus();
    }
    host.append(...coming);
  }

  /** @param {BeltItem[]} items @param {State} told @param {Now} now */
  function paint(items, told, { chosen, sent, held }) {
    if (!held) settle(items);
    known = new Map([...(held ? known : []), ...items.map((one) => /** @type {const} */ ([one.id, one]))]);
    for (const node of childrenOf(host)) {
      const item = known.get(node.dataset.id ?? "");
      if (item) show(node, item, told, sent.get(item.id));
      node.classList.toggle("chosen", node.dataset.id === chosen);
    }
  }

  return { paint, items: () => idsOf(host) };
}

/** @param {Element} host */
const idsOf = (host) => childrenOf(host).map((node) => node.dataset.id ?? "");

/** @param {HTMLElement} node @param {BeltItem} item @param {State} told @param {string | undefined} bin */
function show(node, item, told, bin) {
  const asks = !bin && item.action === "ask" && item.confidence < 1;
  const said = bin ? `put in ${bin}` : saying(item, told, asks);
  const sure = told.picks && !bin ? percent(item.confidence) : "";
  node.classList.toggle("sent", Boolean(bin));
  node.setAttribute("aria-disabled", String(Boolean(bin) || told.status !== "active"));
  node.classList.toggle("asks", asks);
  node.setAttribute("aria-label", `${baseName(item.name)}: ${said}`);
  within(node, ".said").textContent = said;
  within(node, ".num").textContent = sure;
  within(node, ".sure i").style.width = sure.replace(" ", "") || "0";
}

/**
 * What the robot would do with an item.
 * @param {Pick<BeltItem, "bin">} item
 * @param {Pick<State, "mode" | "picks">} told
 * @param {boolean} asks
 */
export function saying(item, told, asks) {
  if (item.bin) return asks ? `${item.bin}?` : `→ ${item.bin}`;
  if (asks) return told.mode === "pick" ? "leave it?" : "which?";
  return told.picks ? "leave it" : "not taught";
}
