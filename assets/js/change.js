// @ts-check
// Change an earlier decision: the new verdict is a decision of its own that supersedes the old.

import { dialog, h, imageUrl, toast } from "./dom.js";
import { decide } from "./outbox.js";

/** @import { DecisionRow, Item } from "./api.js" */
/** @import { Verdict } from "./types.js" */

/** @type {Record<Verdict, string>} */
export const VERDICT_NAMES = {
  same: "same", different: "different", unsure: "unsure", incomparable: "can’t compare",
};

/** @param {Verdict | null} verdict */
export const verdictName = (verdict) => (verdict ? VERDICT_NAMES[verdict] : "taken back");

/** The verdicts with their names. */
export const VERDICTS = /** @type {[Verdict, string][]} */ (Object.entries(VERDICT_NAMES));

/**
 * Append the decision that replaces `row`.
 * @param {DecisionRow} row
 * @param {Verdict} verdict
 * @param {string} strategy by which the answer came about
 */
export function change(row, verdict, strategy = row.strategy || "manual") {
  decide({
    a: row.a.id, b: row.b.id, verdict, kind: row.kind, strategy,
    score: null, milliseconds: null, batch_id: null, supersedes: row.id,
  }, { a: row.a, b: row.b });
  toast(verdict === row.verdict ? "Kept as it is." : `Changed to ${VERDICT_NAMES[verdict]}.`);
}

/** @param {Item} item */
const picture = (item) => h("figure", {},
  h("img", { src: imageUrl(item.id), alt: item.name }), h("figcaption", { title: item.name }, item.name));

/**
 * A dialog with the pair and the verdicts to choose from.
 * @param {DecisionRow} row
 */
export function openChange(row) {
  /** @param {Verdict} verdict */
  const choose = (verdict) => { box.close(); change(row, verdict); };
  const now = [`Now: ${verdictName(row.verdict)}`, row.effect, row.reviewer].filter(Boolean).join(" · ");
  const box = dialog("Change this decision",
    h("div.duo", {}, picture(row.a), picture(row.b)), h("p.soft", {}, now),
    h("div.verdicts", {}, ...VERDICTS.map(([verdict, label]) => h(`button.${verdict}`, {
      disabled: verdict === row.verdict, onclick: () => choose(verdict), dataset: { verdict },
    }, label))));
  return box;
}
