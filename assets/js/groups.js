// Groups made by decisions (must-link), and apart from them the predicted grouping.

import { emit, on, rpc, state } from "./core.js";
import { attempt, confirmed, dialog, h, plural, thumb, toast } from "./dom.js";

const parts = {};
let groups = [];
let ticked = new Set();
let k = null;

export function mount(element) {
  parts.tools = h("div.row.wrap");
  parts.made = h("div.group-grid");
  parts.k = h("input.count", { type: "number", min: 1, max: 10000, placeholder: "auto", "aria-label": "Number of groups", onchange: () => { k = parts.k.value ? Number(parts.k.value) : null; predict(); } });
  parts.said = h("span.soft");
  parts.predicted = h("div.group-grid");
  element.replaceChildren(h("div.two", {},
    h("section.card.scroll", {}, h("div.row", {}, h("h2", {}, "Groups"), h("span.soft", {}, "what decisions joined")), parts.tools, parts.made),
    h("section.card.scroll", {}, h("div.row.wrap", {}, h("h2", {}, "Predicted grouping"), h("span.soft", {}, "a guess for all items"), h("span.spacer"), h("label.soft", {}, "groups ", parts.k), h("button.small", { onclick: predict }, "Predict")), parts.said, parts.predicted)));
  on("view", (view) => { if (view === "groups") { load(); predict(); } });
  on("changed", () => { if (state.view === "groups") load(); });
  on("generation", () => { if (state.view === "groups") predict(); });
  on("criterion", () => { ticked = new Set(); if (state.view === "groups") { load(); predict(); } });
}

async function load() {
  const answer = await attempt(() => rpc("groups_list"));
  if (!answer) return;
  groups = answer.groups;
  const known = new Set(groups.map((g) => g.id));
  ticked = new Set([...ticked].filter((id) => known.has(id)));
  paint();
}

function paint() {
  if (parts.made.contains(document.activeElement) && document.activeElement.matches("input.name")) return;
  const attributes = state.overview.attributes;
  parts.tools.replaceChildren(
    h("button.primary", { disabled: ticked.size < 2, onclick: merge }, ticked.size > 1 ? `Merge ${ticked.size} groups` : "Merge"),
    attributes.includes("folder") && h("button", { onclick: adoptFolders }, "Take folder names as starting grouping") || "");
  parts.made.replaceChildren(...groups.map(madeCard));
  if (!groups.length) parts.made.append(h("p.soft", {}, "No group yet. Answer “same” for a pair; the two become a group."));
}

function madeCard(group) {
  const name = h("input.name", { value: group.name || "", placeholder: "name this group", maxLength: 80, "aria-label": "Group name", onchange: () => rename(group, name.value) });
  const tick = h("input", { type: "checkbox", checked: ticked.has(group.id), "aria-label": "Tick to merge", onchange: () => { if (!ticked.delete(group.id)) ticked.add(group.id); paint(); } });
  return h("article.group", { dataset: { id: group.id } }, mosaic(group, () => open(group)),
    h("div.row", {}, tick, name, h("b.num", { title: plural(group.size, "item") }, String(group.size))));
}

function mosaic(group, onclick) {
  const others = group.items.filter((i) => i.id !== group.cover).slice(0, 3);
  const cover = group.items.find((i) => i.id === group.cover) || { id: group.cover, name: group.name || "" };
  return h("button.mosaic", { onclick, "aria-label": "Open the group" }, thumb(cover), h("span", {}, ...others.map((i) => thumb(i))));
}

function open(group) {
  const chosen = new Set();
  const split = h("button.primary", { disabled: true, onclick: () => { box.close(); splitOff(group, [...chosen]); } }, "Split off");
  const label = () => {
    split.disabled = !chosen.size || chosen.size >= group.size;
    split.textContent = chosen.size ? `Split off ${plural(chosen.size, "item")}` : "Split off";
  };
  const tile = (item) => {
    const face = h("button.face", { "aria-pressed": false, "aria-label": item.name, onclick: () => {
      if (!chosen.delete(item.id)) chosen.add(item.id);
      face.setAttribute("aria-pressed", chosen.has(item.id));
      face.parentElement.classList.toggle("ticked", chosen.has(item.id));
      label();
    } }, thumb(item));
    return h("div.tile", { title: item.name, dataset: { id: item.id } }, face);
  };
  const more = group.size > group.items.length ? ` The first ${group.items.length} are shown.` : "";
  const box = dialog(group.name || plural(group.size, "item"),
    h("p.soft", {}, `Tick the items that do not belong here, then split them off.${more}`),
    h("div.tiles", {}, ...group.items.map(tile)), h("div.box-foot", {}, split));
  box.classList.add("wide");
}

async function splitOff(group, items) {
  const done = await attempt(() => rpc("groups_split", { group: group.id, items }));
  if (done) { toast(`Split off ${plural(items.length, "item")}.`, undoing); after(); }
}

async function merge() {
  const chosen = [...ticked];
  const done = await attempt(() => rpc("groups_merge", { groups: chosen }));
  if (!done) return;
  ticked = new Set();
  toast(`Merged ${chosen.length} groups.`, undoing);
  after();
}

const undoing = { action: "Undo", run: () => emit("undo") };

async function rename(group, name) {
  await attempt(() => rpc("groups_rename", { group: group.id, name }));
  group.name = name;
}

async function adoptFolders() {
  const sure = await confirmed("Take folder names as starting grouping?",
    "Items of one folder are joined as one group, items of different folders are set apart. This is one batch of decisions: one undo takes it back.", "Take them");
  if (!sure) return;
  const done = await attempt(() => rpc("groups_adopt_folders", { attribute: "folder" }));
  if (done) { toast("Folder names taken as starting grouping.", undoing); after(); }
}

function after() {
  emit("receipts", { receipts: [], void: [] });
  load();
}

async function predict() {
  parts.said.textContent = "…";
  const answer = await attempt(() => rpc("groups_predicted", { k }));
  if (!answer) { parts.said.textContent = ""; return; }
  parts.said.textContent = `${plural(answer.k, "group")}, ${answer.estimated ? "number estimated" : "number given"}, generation ${state.status?.generation ?? 0}`;
  parts.predicted.replaceChildren(...answer.groups.map((g) => h("article.group.guess", {}, mosaic(g, () => emit("gallery", { mode: "lasso", ids: g.items.map((i) => i.id) })),
    h("div.row", {}, h("span.soft", {}, g.name), h("span.spacer"), h("b.num", {}, String(g.size))))));
}
