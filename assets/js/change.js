// Change an earlier decision: the new verdict is a decision of its own that supersedes the old.

import { dialog, h, imageUrl, toast } from "./dom.js";
import { decide } from "./outbox.js";

export const VERDICT_NAMES = {
  same: "same", different: "different", unsure: "unsure", incomparable: "can’t compare",
};

/** Append the decision that replaces `row` (a DecisionRow). */
export function change(row, verdict) {
  decide({
    a: row.a.id, b: row.b.id, verdict, kind: row.kind, strategy: row.strategy || "manual",
    score: null, milliseconds: null, batch_id: null, supersedes: row.id,
  }, { a: row.a, b: row.b });
  toast(`Changed to ${VERDICT_NAMES[verdict]}.`);
}

/** A dialog with the pair and the verdicts to choose from. */
export function openChange(row) {
  const picture = (item) => h("figure", {},
    h("img", { src: imageUrl(item.id), alt: item.name }), h("figcaption", { title: item.name }, item.name));
  const choose = (verdict) => () => { box.close(); change(row, verdict); };
  const box = dialog("Change this decision",
    h("div.duo", {}, picture(row.a), picture(row.b)),
    h("p.soft", {}, `Now: ${VERDICT_NAMES[row.verdict]}${row.effect ? ` · ${row.effect}` : ""} · ${row.reviewer}`),
    h("div.verdicts", {}, ...Object.entries(VERDICT_NAMES).map(([verdict, label]) =>
      h(`button.${verdict}`, { disabled: verdict === row.verdict, onclick: choose(verdict), dataset: { verdict } }, label))));
  return box;
}
