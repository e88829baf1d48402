// @ts-check
// Look again: answers that are probably slips, worst first, one card each, to be changed right here.

import { change, openChange, verdictName, VERDICTS } from "./change.js";
import { rpc, show, state, whose } from "./core.js";
import { h, imageUrl, nameplate } from "./dom.js";
import { on } from "./events.js";
import { plural } from "./format.js";
import { plainKey } from "./keys.js";
import { actionOfKey, symbolOf } from "./keys_chosen.js";
import { culprits } from "./slips_culprits.js";
import { makeQuiet } from "./trouble.js";

/** @import { Conflict, DecisionRow, Item } from "./api.js" */
/** @import { Culprit } from "./slips_culprits.js" */

const SHOWN = 5;
const NONE = "No answer looks like a slip.";
/** Shorter than elsewhere, for four stand in a row. @type {Partial<Record<string, string>>} */
const SHORT = { incomparable: "can’t" };

/** @type {{ count: HTMLElement, list: HTMLElement }} */
let parts;
let shown = "";
const quietly = makeQuiet();

/** @param {HTMLElement} element */
export function mount(element) {
  parts = { count: h("span.soft"), list: h("div.slips") };
  element.replaceChildren(h("section.card.look-again", { id: "look-again", "aria-label": "Look again" },
    h("div.row", {}, h("h2", {}, "Look again"), parts.count), parts.list));
  for (const event of /** @type {const} */ (["view", "ask", "changed", "receipts", "undone", "criterion"])) {
    on(event, load);
  }
  on("contradiction", async () => { await load(); parts.list.scrollIntoView({ block: "nearest" }); });
  paint([]);
}

async function load() {
  if (state.view !== "review" || document.body.dataset.ask !== "sort" || !state.criterion) return;
  const asked = whose();
  const list = await quietly(() => rpc("decisions_conflicts"));
  if (list && asked === whose()) paint(list);
}

/** @param {Conflict[]} conflicts */
function paint(conflicts) {
  const now = JSON.stringify(conflicts);
  if (now === shown) return;
  shown = now;
  const found = culprits(conflicts);
  parts.count.textContent = found.length ? told(found) : NONE;
  parts.list.replaceChildren(...found.slice(0, SHOWN).map(card));
  const more = found.length - SHOWN;
  if (more > 0) parts.list.append(h("p.soft", {}, `and ${more} more after these`));
}

/** @param {Culprit[]} found */
function told(found) {
  const most = found[0].explains.length;
  const start = found.length === 1 ? "1 answer is probably a slip"
    : `${found.length} answers are probably slips`;
  return most > 1 ? `${start}; the first explains ${plural(most, "contradiction")}.` : `${start}.`;
}

/** @param {Culprit} culprit */
function card({ decision, explains }) {
  const act = verdicts(decision);
  return h("article.slip", {
    tabIndex: 0, dataset: { id: decision.id },
    "aria-label": `${decision.a.name} and ${decision.b.name}: answered ${verdictName(decision.verdict)}`,
    onkeydown: (event) => { pressed(event, decision); },
  },
  h("div.slip-pair", {}, picture(decision.a, decision), picture(decision.b, decision)),
  h("p", {}, `${decision.reviewer === state.reviewer ? "You" : decision.reviewer} said `,
    h("b", { dataset: { verdict: decision.verdict } }, verdictName(decision.verdict)),
    `; ${plural(explains.length, "contradiction")} ${explains.length === 1 ? "hangs" : "hang"} on it.`),
  h("div.slip-verdicts", {}, ...act),
  h("button.link", { onclick: () => show("decisions") }, "See the answers in the way"));
}

/** @param {DecisionRow} row */
const verdicts = (row) => VERDICTS.map(([verdict, label]) => h("button.small", {
  "aria-pressed": verdict === row.verdict, disabled: verdict === row.verdict, dataset: { verdict },
  onclick: () => change(row, verdict),
}, SHORT[verdict] ?? label, h("kbd", {}, symbolOf(verdict))));

/**
 * A verdict's key in a card is for the card, not for the question.
 * @param {KeyboardEvent} event @param {DecisionRow} row
 */
function pressed(event, row) {
  const action = actionOfKey(plainKey(event) ?? "");
  const found = VERDICTS.find(([verdict]) => verdict === action)?.[0];
  if (!found && action !== "zoom") return;
  event.preventDefault();
  event.stopPropagation();
  if (!found) openChange(row);
  else if (found !== row.verdict) change(row, found);
}

/** @param {Item} item @param {DecisionRow} row */
const picture = (item, row) => h("button.slip-picture", {
  title: `${item.name}: large`, "aria-label": `${item.name}, large`, onclick: () => openChange(row),
}, item.w ? h("img", { src: imageUrl(item.id), alt: "" }) : nameplate(item));
