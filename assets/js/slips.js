// @ts-check
// Look again: answers that are probably slips, worst first, one card each, to be changed right here.

import { change, openChange, verdictName, VERDICTS } from "./change.js";
import { rpc, state, whose } from "./core.js";
import { h, imageUrl, nameplate } from "./dom.js";
import { emit, on } from "./events.js";
import { misfiled, oddOf } from "./folders_check.js";
import { percent, plural } from "./format.js";
import { openWay } from "./in_the_way.js";
import { plainKey } from "./keys.js";
import { actionOfKey, symbolOf } from "./keys_chosen.js";
import { calledAs } from "./sort_groups.js";
import { culprits } from "./slips_culprits.js";
import { makeQuiet } from "./trouble.js";

/** @import { Conflict, DecisionRow, Doubted, DoubtRow, Item } from "./api.js" */
/** @import { Culprit } from "./slips_culprits.js" */
/** @import { Verdict } from "./types.js" */

const SHOWN = 5;
const NONE = "No answer looks like a slip.";
/** Shorter than elsewhere, for four stand in a row. @type {Partial<Record<string, string>>} */
const SHORT = { incomparable: "can’t" };
const AGAIN_MS = 2000;

/** @type {{ count: HTMLElement, folders: HTMLElement, list: HTMLElement }} */
let parts;
let shown = "";
let timer = 0;
const quietly = makeQuiet();

/** @param {HTMLElement} element */
export function mount(element) {
  parts = { count: h("span.soft"), folders: h("div"), list: h("div.slips") };
  element.replaceChildren(h("section.card.look-again", { id: "look-again", "aria-label": "Look again" },
    h("div.row", {}, h("h2", {}, "Look again"), parts.count), parts.folders, parts.list));
  for (const event of /** @type {const} */ (["view", "ask", "changed", "receipts", "undone", "criterion"])) {
    on(event, load);
  }
  on("changed-elsewhere", load);
  on("contradiction", async () => { await load(); parts.list.scrollIntoView({ block: "nearest" }); });
  paint([], { pending: false, more: false, doubts: [] });
}

async function load() {
  clearTimeout(timer);
  if (state.view !== "review" || document.body.dataset.ask !== "sort" || !state.criterion) return;
  if (!state.status?.embedded) return;
  const asked = whose();
  const [conflicts, doubted] = await Promise.all([
    quietly(() => rpc("decisions_conflicts")), quietly(() => rpc("doubts_list")),
  ]);
  if (!conflicts || !doubted || asked !== whose()) return;
  if (doubted.pending) timer = setTimeout(load, AGAIN_MS);
  paint(conflicts, doubted);
}

/** @param {Conflict[]} conflicts @param {Doubted} doubted */
function paint(conflicts, { doubts }) {
  const now = JSON.stringify([conflicts, doubts]);
  if (now === shown) return;
  shown = now;
  const found = culprits(conflicts);
  const wrongFolder = misfiled(doubts);
  const doubtful = doubts.filter((one) => !one.folder);
  const all = found.length + doubtful.length;
  parts.count.textContent = all ? told(all, found) : wrongFolder.length ? "" : NONE;
  parts.folders.replaceChildren(...(wrongFolder.length ? [folders(wrongFolder)] : []));
  const cards = [...found.map(contradiction), ...doubtful.map(doubt)];
  parts.list.replaceChildren(...cards.slice(0, SHOWN).map((make) => make()));
  const more = all - SHOWN;
  if (more > 0) parts.list.append(h("p.soft", {}, `and ${more} more after these`));
}

/** @param {number} all @param {Culprit[]} found */
function told(all, found) {
  const most = found.at(0)?.explains.length ?? 0;
  const start = all === 1 ? "1 answer is probably a slip" : `${all} answers are probably slips`;
  return most > 1 ? `${start}; the first explains ${plural(most, "contradiction")}.` : `${start}.`;
}

/** @param {DoubtRow[]} wrong */
const folders = (wrong) => h("button.slip-folders", { onclick: () => emit("check-folders") },
  h("b", {}, `${plural(wrong.length, "image")} may lie in a wrong folder`), " · look at them, worst first");

/** @param {Culprit} culprit */
const contradiction = ({ decision, explains }) => () => {
  const hang = explains.length === 1 ? "hangs" : "hang";
  const hangs = `; ${plural(explains.length, "contradiction")} ${hang} on it.`;
  const rows = [...new Map(explains.flatMap((one) => [one.decision, ...one.path])
    .map((one) => [one.id, one])).values()];
  const open = () => openWay("These answers contradict each other", "Change whichever is wrong.", rows);
  return card(decision, {
    said: [hangs], press: (verdict) => verdict !== decision.verdict && change(decision, verdict),
    more: h("button.link", { onclick: open }, "See the answers in the way"),
  });
};

/** @param {DoubtRow} doubted */
const doubt = (doubted) => () => {
  const { decision, wrong, group, like } = doubted;
  const fits = like ? `looks like ${calledAs(like)}` : "looks otherwise";
  const away = decision.verdict === "same" && group?.name ? ` and not like ${group.name}` : "";
  const exact = `Chance that the answer is wrong: ${percent(wrong)}, by all other answers and a model `
    + "that did not see it";
  const side = decision.a.id === oddOf(doubted).id ? "left" : "right";
  return card(decision, {
    said: ["; ", h("span", { title: exact }, `the ${side} one ${fits}${away}.`)],
    press: (verdict) => change(decision, verdict, "check"), // somebody has looked: not doubted any more
    confirms: true,
  });
};

/**
 * @param {DecisionRow} decision
 * @param {{
 *   said: (Node | string)[], press: (verdict: Verdict) => unknown, more?: Node, confirms?: boolean
 * }} what
 */
function card(decision, { said, press, more, confirms = false }) {
  const buttons = VERDICTS.map(([verdict, label]) => h("button.small", {
    "aria-pressed": verdict === decision.verdict, dataset: { verdict },
    disabled: verdict === decision.verdict && !confirms,
    title: verdict === decision.verdict && confirms ? "It is right: not asked again" : "",
    onclick: () => press(verdict),
  }, SHORT[verdict] ?? label, h("kbd", {}, symbolOf(verdict))));
  return h("article.slip", {
    tabIndex: 0, dataset: { id: decision.id },
    "aria-label": `${decision.a.name} and ${decision.b.name}: answered ${verdictName(decision.verdict)}`,
    onkeydown: (event) => { pressed(event, decision, press); },
  },
  h("div.slip-pair", {}, picture(decision.a, decision), picture(decision.b, decision)),
  h("p", {}, `${decision.reviewer === state.reviewer ? "You" : decision.reviewer} said `,
    h("b", { dataset: { verdict: decision.verdict } }, verdictName(decision.verdict)), ...said),
  h("div.slip-verdicts", {}, ...buttons), more ?? null);
}

/**
 * A verdict's key in a card is for the card, not for the question.
 * @param {KeyboardEvent} event @param {DecisionRow} row @param {(verdict: Verdict) => unknown} press
 */
function pressed(event, row, press) {
  const action = actionOfKey(plainKey(event) ?? "");
  const found = VERDICTS.find(([verdict]) => verdict === action)?.[0];
  if (!found && action !== "zoom") return;
  event.preventDefault();
  event.stopPropagation();
  if (!found) openChange(row);
  else press(found);
}

/** @param {Item} item @param {DecisionRow} row */
const picture = (item, row) => h("button.slip-picture", {
  title: `${item.name}: large`, "aria-label": `${item.name}, large`, onclick: () => openChange(row),
}, item.w ? h("img", { src: imageUrl(item.id), alt: "" }) : nameplate(item));
