// What teachers disagree about: each item with a button for every bin that one of them said.

import { h, plural, thumb } from "./dom.js";

const SHOWN = 3;

/** The items in `host`: `paint(told, me, { chosen, sent })`. `settled(item, bin)` and `tapped(item)`,
 *  the latter to put it elsewhere, hear what is done to them. */
export function makeTorn(host, { settled, tapped }) {
  function paint({ contradictions, status }, me, { chosen, sent }) {
    host.hidden = contradictions.length === 0;
    const off = status !== "active";
    const rows = contradictions.slice(-SHOWN).reverse().map(({ item, bins }) => row(item, bins, me, { off: off || sent.has(item), chosen }));
    const more = contradictions.length - rows.length;
    host.replaceChildren(h("h2", {}, "Teachers disagree about these"), ...rows,
      h("p.soft", {}, `${more > 0 ? `And about ${plural(more, "item")} more. ` : ""}They teach nothing until all say the same.`));
  }

  const row = (item, bins, me, { off, chosen }) => h("div.torn", { dataset: { id: item } },
    h("button.lying", { disabled: off, "aria-pressed": item === chosen, title: "Put it into another bin", onclick: () => tapped(item) }, thumb({ id: item, name: item })),
    h("div.torn-bins", {}, ...[...new Set(Object.values(bins))].map((bin) => side(item, bin, bins, me, off))));

  function side(item, bin, bins, me, off) {
    const teachers = Object.keys(bins).filter((who) => bins[who] === bin);
    return h("button", { dataset: { bin }, disabled: off, "aria-pressed": bins[me] === bin, onclick: () => { if (bins[me] !== bin) settled(item, bin); } },
      h("b", {}, bin), h("span.soft", {}, teachers.map((who) => (who === me ? "you" : who)).join(", ")));
  }

  return { paint };
}
