// What is disputed: items that teachers disagree about, each with a button for every bin that one of
// them said, and items that pair review sets apart from the bin they were put into.

import { h, plural, thumb } from "./dom.js";

const SHOWN = 3;

/** The items in `host`: `paint(told, me, { chosen, sent })`. `settled(item, bin)` and
 *  `tapped(item, bin)`, the latter to put it elsewhere than where it lies, hear what is done to them. */
export function makeTorn(host, { settled, tapped }) {
  function paint({ contradictions, refused, status }, me, { chosen, sent }) {
    const all = [
      ...refused.map(({ item, bin }) => [item, bin, () => [h("p", {}, `Put into “${bin}”, but pair review says it is different.`)]]),
      ...contradictions.map(({ item, bins }) => [item, Object.values(bins).at(-1), (off) => sides(item, bins, me, off)]),
    ];
    const more = all.length - SHOWN;
    host.hidden = all.length === 0;
    host.replaceChildren(h("h2", {}, "Disputed"),
      ...all.slice(-SHOWN).reverse().map(([item, bin, told]) => row(item, bin, told, status !== "active" || sent.has(item), item === chosen)),
      h("p.soft", {}, `${more > 0 ? `And ${plural(more, "item")} more. ` : ""}What is disputed teaches nothing until all agree.`));
  }

  const row = (item, bin, told, off, chosen) => h("div.torn", { dataset: { id: item } },
    h("button.lying", { disabled: off, "aria-pressed": chosen, title: "Put it into another bin", onclick: () => tapped(item, bin) }, thumb({ id: item, name: item })),
    h("div.torn-bins", {}, ...told(off)));

  const sides = (item, bins, me, off) => [...new Set(Object.values(bins))].map((bin) => {
    const teachers = Object.keys(bins).filter((who) => bins[who] === bin).map((who) => (who === me ? "you" : who));
    return h("button", { dataset: { bin }, disabled: off, "aria-pressed": bins[me] === bin, onclick: () => { if (bins[me] !== bin) settled(item, bin); } },
      h("b", {}, bin), h("span.soft", {}, teachers.join(", ")));
  });

  return { paint };
}
