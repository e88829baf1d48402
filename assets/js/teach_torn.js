// @ts-check
// What is disputed: items that teachers disagree about, each with a button for every bin that one of
// them said, and items that pair review sets apart from the bin they were put into.

import { h, thumb } from "./dom.js";
import { plural } from "./format.js";

/** @import { State } from "./api.js" */
/** @import { Child, Hand } from "./types.js" */

/** @typedef {{ item: string, bin: string, told: (off: boolean) => Child[] }} Torn */

const SHOWN = 3;

/**
 * The items in `host`: `paint(told, me, hand)`. `settled` and `tapped`, the latter to put an item
 * elsewhere than where it lies, hear what is done to them.
 * @param {HTMLElement} host
 * @param {Record<"settled" | "tapped", (item: string, bin: string) => unknown>} hears
 */
export function makeTorn(host, { settled, tapped }) {
  /** @param {State} teaching @param {string} me @param {Hand} hand */
  function paint({ contradictions, refused, status }, me, { chosen, sent }) {
    /** @type {Torn[]} */
    const all = [
      ...refused.map(({ item, bin }) => ({ item, bin, told: () => refusal(bin) })),
      ...contradictions.map(({ item, bins }) => ({
        item, bin: Object.values(bins).at(-1) ?? "",
        told: (/** @type {boolean} */ off) => sides(item, bins, me, off),
      })),
    ];
    const more = all.length - SHOWN;
    host.hidden = all.length === 0;
    host.replaceChildren(h("h2", {}, "Disputed"),
      ...all.slice(-SHOWN).reverse().map((one) =>
        row(one, status !== "active" || sent.has(one.item), one.item === chosen)),
      h("p.soft", {}, `${more > 0 ? `And ${plural(more, "item")} more. ` : ""}`
        + "What is disputed teaches nothing until all agree."));
  }

  /** @param {string} bin */
  const refusal = (bin) => [h("p", {}, `Put into “${bin}”, but pair review says it is different.`)];

  /** @param {Torn} torn @param {boolean} off @param {boolean} chosen */
  const row = ({ item, bin, told }, off, chosen) => h("div.torn", { dataset: { id: item } },
    h("button.lying", {
      disabled: off, "aria-pressed": chosen, title: "Put it into another bin",
      onclick: () => tapped(item, bin),
    }, thumb({ id: item, name: item })),
    h("div.torn-bins", {}, ...told(off)));

  /** @param {string} item @param {Record<string, string>} bins @param {string} me @param {boolean} off */
  const sides = (item, bins, me, off) => [...new Set(Object.values(bins))].map((bin) => {
    const who = Object.keys(bins).filter((teacher) => bins[teacher] === bin);
    const teachers = who.map((teacher) => (teacher === me ? "you" : teacher));
    return h("button", {
      dataset: { bin }, disabled: off, "aria-pressed": bins[me] === bin,
      onclick: () => (bins[me] === bin ? undefined : settled(item, bin)),
    }, h("b", {}, bin), h("span.soft", {}, teachers.join(", ")));
  });

  return { paint };
}
