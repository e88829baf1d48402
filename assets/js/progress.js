// @ts-check
// How far you are, in plain words; and the groups, each with how sure it is. Exact terms are in tooltips.

import { acceptPart } from "./accept.js";
import { rpc, state, whose } from "./core.js";
import { arrange, h, thumb } from "./dom.js";
import { emit, on } from "./events.js";
import { auc, said, stateOf } from "./progress_words.js";
import { calledAs, inPlaces, keyOf } from "./sort_groups.js";
import { makeQuiet } from "./trouble.js";

/** @import { GroupProgress, SortGroup, SortProgress } from "./api.js" */
/** @import { Board } from "./sort_board.js" */

const SETTLE_MS = 200;

/** @type {ReturnType<typeof build>} */
let parts;
/** @type {SortProgress | null} */
let told = null;
/** @type {Board} */
let board = { told: [], groups: [], places: [] };
let timer = 0;
const quietly = makeQuiet();

/** @param {HTMLElement} element */
export function mount(element) {
  parts = build();
  element.replaceChildren(h("section.card.progress", { "aria-label": "How far you are" },
    h("h2", {}, "How far you are"), parts.head, parts.text, parts.groups, parts.accept.node, parts.expert));
  on("sort-board", (next) => { board = next; paint(); });
  for (const event of /** @type {const} */ (["changed", "view", "ask"])) on(event, soon);
  on("criterion", () => { told = null; board = { told: [], groups: [], places: [] }; paint(); soon(); });
  on("sorted", soon);
  on("status", paintExpert);
  paint();
}

function build() {
  return {
    head: h("p.progress-head"), text: h("div.progress-text"),
    groups: h("div.progress-groups", { role: "list", "aria-label": "Groups" }),
    accept: acceptPart(),
    expert: h("details.progress-expert", { hidden: true }),
  };
}

// After the next question is painted, and once for several answers.
function soon() {
  clearTimeout(timer);
  timer = setTimeout(load, SETTLE_MS);
}

async function load() {
  if (state.view !== "review" || document.body.dataset.ask !== "sort" || !state.criterion) return;
  const asked = whose();
  const answer = await quietly(() => rpc("sort_progress"));
  if (!answer || asked !== whose()) return;
  told = answer;
  paint();
  if (answer.groups.length) parts.accept.load();
}

function paint() {
  const lines = said(told);
  parts.accept.node.hidden = !told?.groups.length;
  parts.head.textContent = lines.head.text;
  parts.head.title = lines.head.exact;
  parts.head.classList.toggle("good", told?.good_enough ?? false);
  parts.text.replaceChildren(...lines.rest.map(({ text, exact }) => h("p", { title: exact }, text)));
  const known = new Map((told?.groups ?? []).map((group) => [group.id, group]));
  arrange(parts.groups, inPlaces(board.groups, board.places).map((group) => row(group, known.get(group.id))));
  paintExpert();
}

/** @type {Map<string, { told: string, node: HTMLElement }>} */
let rows = new Map();

/**
 * A group's row, the same one as long as it says the same.
 * @param {SortGroup} group @param {GroupProgress | undefined} progress
 */
function row(group, progress) {
  const key = keyOf(board.places, group);
  const now = JSON.stringify([group, progress, key, progress?.mixed_with && nameOf(progress.mixed_with)]);
  const old = rows.get(group.id);
  if (old?.told === now) return old.node;
  const node = made(group, progress, key);
  rows = new Map([...rows, [group.id, { told: now, node }]]);
  return node;
}

/** @param {SortGroup} group @param {GroupProgress | undefined} progress @param {string} key */
function made(group, progress, key) {
  const { text, exact, decided, sure, size } = stateOf(group, progress, nameOf);
  const bar = h("span.progress-bar", { title: exact }, h("i"), h("u"));
  /** @param {Element | null} part @param {number} share */
  const wide = (part, share) => { if (part instanceof HTMLElement) part.style.width = `${100 * share}%`; };
  wide(bar.firstElementChild, decided / Math.max(1, size));
  wide(bar.lastElementChild, Math.max(0, sure - decided) / Math.max(1, size));
  return h("div", { role: "listitem" }, h("button.progress-group", {
    dataset: { group: group.id }, title: `Check ${calledAs(group)}: a grid of images less sure`,
    onclick: (event) => { event.currentTarget.blur(); emit("check-group", group.id); },
  }, thumb({ id: group.id, name: calledAs(group) }, { alt: "", title: "" }),
  h("span.progress-name", {}, h("b", {}, calledAs(group)), ` · ${size.toLocaleString("en")}`,
    key && h("kbd", { title: "Its key" }, key), h("small", { title: exact }, text)), bar));
}

/** @param {string} id */
const nameOf = (id) => calledAs(board.groups.find((one) => one.id === id));

function paintExpert() {
  const { text, exact } = auc(state.status?.auc ?? null);
  parts.expert.hidden = !state.status;
  if (parts.expert.dataset.told === text) return;
  parts.expert.dataset.told = text;
  parts.expert.replaceChildren(h("summary", {}, "For experts"), h("p.soft", { title: exact }, text));
}
