// @ts-check
// Groups made by decisions (must-link), and apart from them the predicted grouping.

import { rpc, state, whose, workspace } from "./core.js";
import { arrange, confirmed, dialog, h, thumb, toast } from "./dom.js";
import { emit, on } from "./events.js";
import { plural } from "./format.js";
import { openWay } from "./in_the_way.js";
import { attempt, messageOf } from "./trouble.js";

/** @import { Group, Item, Predicted, PredictedGroup } from "./api.js" */

/** @typedef {{ told: string, card: HTMLElement, tick: HTMLInputElement }} Kept */

/** @type {ReturnType<typeof build>} */
let parts;
/** @type {Group[]} */
let groups = [];
/** @type {Map<string, Kept>} */
let cards = new Map(); // by group: an unchanged group keeps its card, so that no click in it is lost
/** @type {Set<string>} */
let ticked = new Set();
/** @type {number | null} */
let count = null; // of groups to predict, null for as many as there seem to be
let taken = 0; // answers that rest on a folder's name alone
let turn = 0; // predictions asked for: the last one is shown
let guessedFrom = ""; // what the predicted groups on the screen were told as
let pending = false; // the grouping shown is of an earlier state, or none is there yet

const undoing = { action: "Undo", run: () => emit("undo") };

/** @param {HTMLElement} element */
export function mount(element) {
  parts = build();
  element.replaceChildren(h("div.two", {},
    h("section.card.scroll", {},
      h("div.row", {}, h("h2", {}, "Groups"), h("span.soft", {}, "what decisions joined")),
      parts.tools, parts.made),
    h("section.card.scroll", {},
      h("div.row.wrap", {}, h("h2", {}, "Predicted grouping"), h("span.soft", {}, "a guess for all items"),
        h("span.spacer"), h("label.soft", {}, "groups ", parts.count),
        h("button.small", { onclick: predict }, "Predict")),
      parts.said, parts.predicted)));
  on("view", () => Promise.all([load(), predict()]));
  on("changed", () => Promise.all([load(), pending ? predict() : undefined]));
  on("excluded", load);
  on("generation", predict);
  on("criterion", () => { ticked = new Set(); return Promise.all([load(), predict()]); });
}

function build() {
  return {
    count: h("input.count", {
      type: "number", min: 1, max: 10000, placeholder: "auto", "aria-label": "Number of groups",
      onchange: countChosen,
    }),
    tools: h("div.row.wrap"), made: h("div.group-grid"), said: h("span.soft"),
    predicted: h("div.group-grid"),
    none: h("p.soft", {}, "No group yet. Answer “same” for a pair; the two become a group."),
  };
}

function countChosen() {
  count = parts.count.value ? Number(parts.count.value) : null;
  return predict();
}

async function load() {
  if (state.view !== "groups") return;
  const asked = whose();
  const answer = await attempt(() => rpc("groups_list"));
  if (!answer || asked !== whose()) return;
  groups = answer.groups;
  if (workspace().attributes.includes("folder")) {
    taken = (await attempt(() => rpc("folders_offer")))?.taken ?? taken;
  }
  const known = new Set(groups.map((g) => g.id));
  ticked = new Set([...ticked].filter((id) => known.has(id)));
  paint();
}

const naming = () => parts.made.contains(document.activeElement)
  && document.activeElement?.matches("input.name");

function paint() {
  paintTools();
  if (naming()) return;
  const before = cards;
  cards = new Map(groups.map((group) => [group.id, kept(before, group)]));
  arrange(parts.made, groups.length ? [...cards.values()].map((one) => one.card) : [parts.none]);
}

/** @param {Map<string, Kept>} before @param {Group} group @returns {Kept} */
function kept(before, group) {
  const told = JSON.stringify(group);
  const old = before.get(group.id);
  const card = old?.told === told ? old : { told, ...madeCard(group) };
  card.tick.checked = ticked.has(group.id);
  return card;
}

function paintTools() {
  parts.tools.replaceChildren(
    h("button.primary", { disabled: ticked.size < 2, onclick: merge },
      ticked.size > 1 ? `Merge ${ticked.size} groups` : "Merge"),
    ...workspace().attributes.includes("folder") ? folderTools() : []);
}

const folderTools = () => [
  h("button", { onclick: adoptFolders }, "Take folder names as starting grouping"),
  taken > 0 && h("button", { onclick: () => emit("check-folders") }, "Check them for errors"),
  taken > 0 && h("button", { onclick: takeBack }, "Take them back"),
].filter((one) => one !== false);

/** @param {Group} group */
function madeCard(group) {
  const name = h("input.name", {
    value: group.name || "", placeholder: "name this group", maxLength: 80, "aria-label": "Group name",
    onchange: () => { rename(group, name.value); },
  });
  const tick = h("input", {
    type: "checkbox", "aria-label": "Tick to merge",
    onchange: () => { if (!ticked.delete(group.id)) ticked.add(group.id); paintTools(); },
  });
  const card = h("article.group", { dataset: { id: group.id } }, mosaic(group, () => open(group)),
    h("div.row", {}, tick, name, h("b.num", { title: plural(group.size, "item") }, String(group.size))));
  return { card, tick };
}

/** @param {Pick<Group, "name" | "cover" | "items" | "size">} group @param {() => unknown} onclick */
function mosaic(group, onclick) {
  const { name, size } = group;
  const others = group.items.filter((i) => i.id !== group.cover).slice(0, 3);
  const cover = group.items.find((i) => i.id === group.cover) || { id: group.cover, name: group.name || "" };
  const called = `Open ${name || "the group"}, ${plural(size, "item")}`;
  return h("button.mosaic", { onclick, "aria-label": called }, thumb(cover),
    h("span", {}, ...others.map((i) => thumb(i))));
}

/** @param {Group} group */
function open(group) {
  /** @type {Set<string>} */
  const chosen = new Set();
  const split = h("button.primary", {
    disabled: true, onclick: () => { box.close(); splitOff(group, [...chosen]); },
  }, "Split off");
  const label = () => {
    split.disabled = !chosen.size || chosen.size >= group.size;
    split.textContent = chosen.size ? `Split off ${plural(chosen.size, "item")}` : "Split off";
  };
  const more = group.size > group.items.length ? ` The first ${group.items.length} are shown.` : "";
  const box = dialog(group.name || plural(group.size, "item"),
    h("p.soft", {}, `Tick the items that do not belong here, then split them off.${more}`),
    h("div.tiles", {}, ...group.items.map((item) => tickable(item, chosen, label))),
    h("div.box-foot", {}, split));
  box.classList.add("wide");
}

/** @param {Item} item @param {Set<string>} chosen @param {() => void} changed */
function tickable(item, chosen, changed) {
  const face = h("button.face", { "aria-pressed": false, "aria-label": item.name, onclick: () => {
    if (!chosen.delete(item.id)) chosen.add(item.id);
    face.setAttribute("aria-pressed", String(chosen.has(item.id)));
    tile.classList.toggle("ticked", chosen.has(item.id));
    changed();
  } }, thumb(item));
  const tile = h("div.tile", { title: item.name, dataset: { id: item.id } }, face);
  return tile;
}

/** @param {Group} group @param {string[]} items */
async function splitOff(group, items) {
  if (!(await attempt(() => rpc("groups_split", { group: group.id, items })))) return;
  toast(`Split off ${plural(items.length, "item")}.`, undoing);
  await after();
}

async function merge() {
  const chosen = [...ticked];
  try {
    await rpc("groups_merge", { groups: chosen });
  } catch (error) {
    await inTheWay(chosen, messageOf(error));
    return;
  }
  ticked = new Set();
  toast(`Merged ${chosen.length} groups.`, undoing);
  await after();
}

/**
 * A merge that is refused shows the answers that stand against it.
 * @param {string[]} chosen @param {string} why
 */
async function inTheWay(chosen, why) {
  const rows = (await attempt(() => rpc("groups_in_the_way", { groups: chosen }))) ?? [];
  const then = `${why} Change what is wrong, then merge again.`;
  if (rows.length) openWay("These answers are in the way", then, rows);
  else toast(why, { bad: true });
}

/** @param {Group} group @param {string} name */
async function rename(group, name) {
  const done = await attempt(() => rpc("groups_rename", { group: group.id, name }));
  if (done !== undefined) group.name = name;
}

async function adoptFolders() {
  const sure = await confirmed("Take folder names as starting grouping?",
    "Items of one folder are joined as one group, items of different folders are set apart. "
      + "This is one batch of decisions: one undo takes it back.", "Take them");
  if (!sure || !(await attempt(() => rpc("groups_adopt_folders", { attribute: "folder" })))) return;
  toast("Folder names taken as starting grouping.", undoing);
  await after();
}

async function takeBack() {
  const sure = await confirmed("Take the folder names back?",
    "What rests on a folder’s name alone is taken back, in one step. What somebody looked at stays.",
    "Take them back");
  if (!sure || !(await attempt(() => rpc("folders_take_back")))) return;
  toast("The folder names are taken back.");
  await after();
}

function after() {
  emit("receipts", { receipts: [], void: [] });
  return load();
}

async function predict() {
  if (state.view !== "groups") return;
  const asked = ++turn;
  if (!pending) parts.said.textContent = "…";
  const answer = await attempt(() => rpc("groups_predicted", { k: count }));
  if (asked !== turn) return;
  pending = Boolean(answer?.pending);
  parts.said.textContent = answer ? said(answer) : "";
  if (answer) paintPredicted(answer.groups);
}

/** @param {PredictedGroup[]} guesses */
function paintPredicted(guesses) {
  const told = JSON.stringify(guesses);
  if (guessedFrom === told) return;
  guessedFrom = told;
  parts.predicted.replaceChildren(...guesses.map(guessed));
}

/** @param {Predicted} answer */
function said({ k, estimated, generation, pending: more }) {
  if (generation === null || k === null) return "The grouping is being computed…";
  const what = `${plural(k, "group")}, number ${estimated ? "estimated" : "given"}, generation ${generation}`;
  return more ? `${what}; a newer one is being computed…` : what;
}

/** @param {PredictedGroup} group */
const guessed = (group) => h("article.group.guess", {},
  mosaic(group, () => emit("gallery", { mode: "lasso", ids: group.items.map((i) => i.id) })),
  h("div.row", {}, h("span.soft", {}, group.name), h("span.spacer"), h("b.num", {}, String(group.size))));
