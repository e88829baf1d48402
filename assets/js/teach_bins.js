// @ts-check
// The bins: a card for each, which stays the same element while the bin keeps its name.

import { arrange, childrenOf, h, within } from "./dom.js";
import { lying, showLying } from "./teach_items.js";
import { keyOfBin } from "./teach_keys.js";

/** @import { Bin, State } from "./api.js" */
/** @import { Hand } from "./types.js" */

/**
 * What hears of what is done: to a bin (`opened` for all that lies in it), to an item that lies in one,
 * and `fresh` for a new bin.
 * @typedef {object} Hears
 * @property {(bin: string) => unknown} tapped
 * @property {(bin: string) => unknown} opened
 * @property {(bin: string) => unknown} changed
 * @property {(bin: string) => unknown} dropped
 * @property {(item: string, bin: string) => unknown} lifted
 * @property {(item: string, bin: string) => unknown} dragged
 * @property {() => unknown} fresh
 */

/**
 * The bins in `host`: `paint(told, hand)`.
 * @param {HTMLElement} host
 * @param {Hears} hears
 */
export function makeBins(host, { tapped, opened, changed, lifted, dragged, dropped, fresh }) {
  /** @param {() => unknown} then */
  const onto = (then) => ({
    ondragover: (/** @type {Event} */ event) => event.preventDefault(),
    ondrop: (/** @type {Event} */ event) => { event.preventDefault(); return then(); },
  });
  const more = h("button.bin.new", { onclick: fresh, ...onto(fresh) }, "+ new bin ", h("kbd", {}, "N"));
  /** @type {Map<string, HTMLElement>} */
  let cards = new Map();

  /** @param {string} name */
  const card = (name) => h("article.bin", { dataset: { bin: name }, ...onto(() => dropped(name)) },
    h("button.bin-name", { onclick: () => tapped(name), title: "Put the chosen item here" },
      h("b", {}, name)),
    h("div.bin-told", {}, h("kbd"), h("span.soft", {},
      h("button.bin-taught", { onclick: () => opened(name) }), h("span.bin-robot"))),
    h("div.bin-items"),
    h("button.bin-change", {
      onclick: () => changed(name), title: "Rename or merge this bin",
      "aria-label": `Rename or merge ${name}`,
    }, "⋯"));

  /** @param {string} id @param {string} name */
  const picture = (id, name) => lying(id, {
    onclick: () => lifted(id, name),
    ondragstart: (event) => { event.dataTransfer?.setData("text/plain", id); return dragged(id, name); },
  });

  /** @param {State} told @param {Hand} hand */
  function paint(told, hand) {
    const wanted = told.bins.map(({ name }) => cards.get(name) ?? card(name));
    cards = new Map(told.bins.map(({ name }, number) => [name, wanted[number]]));
    told.bins.forEach((bin, number) => show(wanted[number], bin, number, told, hand));
    more.disabled = told.status !== "active";
    if (told.mode === "sort" && told.status !== "ended") wanted.push(more);
    arrange(host, wanted);
  }

  /**
   * @param {HTMLElement} node @param {Bin} bin @param {number} number @param {State} told
   * @param {Hand} hand
   */
  function show(node, bin, number, told, hand) {
    const active = told.status === "active";
    button(node, ".bin-change").hidden = !active || told.mode !== "sort";
    button(node, ".bin-name").disabled = !active;
    within(node, "kbd").textContent = keyOfBin(number).toUpperCase();
    const all = button(node, ".bin-taught");
    all.textContent = `${bin.taught} taught`;
    all.title = `All that was put into ${bin.name}`;
    all.disabled = bin.taught === 0;
    const robot = within(node, ".bin-robot");
    robot.textContent = ` · robot ${bin.robot}`;
    robot.title = `The robot put ${bin.robot} more here`;
    showItems(within(node, ".bin-items"), bin, told, hand);
  }

  /** @param {HTMLElement} items @param {Bin} bin @param {State} told @param {Hand} hand */
  function showItems(items, bin, told, hand) {
    const shown = bin.items.join(" ");
    if (items.dataset.shown !== shown) {
      items.dataset.shown = shown;
      items.replaceChildren(...bin.items.map((id) => picture(id, bin.name)));
    }
    for (const one of childrenOf(items)) {
      one.draggable = told.mode === "sort";
      showLying(/** @type {HTMLButtonElement} */ (one), told, hand);
    }
  }

  return { paint };
}

/** @param {HTMLElement} node @param {string} selector @returns {HTMLButtonElement} */
const button = (node, selector) => within(node, selector);
