// @ts-check
// Answers that stand in the way of something, each to be changed right where they are shown.

import { change, verdictName, VERDICTS } from "./change.js";
import { dialog, h, imageUrl, nameplate } from "./dom.js";
import { plural } from "./format.js";

/** @import { DecisionRow, Item } from "./api.js" */

/**
 * Show the answers; whoever changes one may try again.
 * @param {string} title
 * @param {string} text why they are shown
 * @param {DecisionRow[]} rows
 */
export function openWay(title, text, rows) {
  const box = dialog(title, h("p.soft", {}, text),
    h("div.way", { role: "list", "aria-label": plural(rows.length, "answer") }, ...rows.map(answer)));
  box.classList.add("wide");
  return box;
}

/** @param {DecisionRow} row */
function answer(row) {
  const said = h("b", { dataset: { verdict: row.verdict } }, verdictName(row.verdict));
  const buttons = VERDICTS.map(([verdict, label]) => h("button.small", {
    "aria-pressed": verdict === row.verdict, disabled: verdict === row.verdict, dataset: { verdict },
    onclick: () => {
      change(row, verdict);
      said.textContent = verdictName(verdict);
      for (const button of buttons) button.disabled = true; // a later change is of another answer
    },
  }, label));
  return h("article.way-answer", { role: "listitem", dataset: { id: row.id } },
    h("div.way-pair", {}, picture(row.a), picture(row.b)),
    h("p", {}, `${row.reviewer} said `, said), h("div.slip-verdicts", {}, ...buttons));
}

/** @param {Item} item */
const picture = (item) => h("figure", {},
  item.w ? h("img", { src: imageUrl(item.id), alt: item.name }) : nameplate(item),
  h("figcaption", { title: item.name }, item.name));
