// One gallery for three questions: neighbours of an item, items inside a lasso, results of a search.
// In the map view it stands beside the map; over the other views it is a drawer.

import { emit, on, rpc, state } from "./core.js";
import { attempt, baseName, h, imageUrl, plural, short, thumb, toast, uuid } from "./dom.js";
import { decide } from "./outbox.js";

const NEIGHBOURS = 30;
const SHOWN = 300;

const parts = {};
let now = null; // {mode, title, tiles, item?, ticked?, anchor?, generation?, before?}
let turn = 0;

export function mount(element) {
  parts.root = h("section.card.gallery", { role: "complementary", "aria-label": "Gallery" });
  element.replaceChildren(parts.root);
  on("gallery", open);
  on("view", (view) => { if (view !== "map") close(); });
  on("criterion", close);
  on("generation", () => { if (now?.mode === "neighbours") neighbours(now.item.id, now.past); });
  on("undone", refresh);
  window.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && now && !document.querySelector("dialog[open]")) close();
  });
  close();
}

function open(request) {
  if (request.mode !== "lasso") emit("lasso-over");
  if (request.mode === "neighbours") neighbours(request.item);
  else if (request.mode === "lasso") lasso(request.ids);
  else show({ ...request });
}

function close() {
  now = null;
  emit("lasso-over");
  turn += 1;
  document.body.classList.remove("drawer-open");
  parts.root.replaceChildren(h("div.note.small", {}, h("h2", {}, "Gallery"),
    h("p", {}, "Click a point for its neighbours, or draw a lasso around points that may belong together.")));
}

function show(next) {
  now = { tiles: [], ...next };
  if (state.view !== "map") document.body.classList.add("drawer-open");
  paint();
}

async function neighbours(item, past = false) {
  const asked = ++turn;
  const answer = await attempt(() => rpc("gallery_neighbours", { item, k: NEIGHBOURS }));
  if (!answer || asked !== turn) return;
  const { item: anchor, tiles: after, before, generation } = answer;
  show({ mode: "neighbours", title: "Neighbours", item: anchor, after, before, generation });
  travel(past);
}

// Before training (the frozen embedding) or now; the dot marks what the other side does not have.
function travel(past) {
  const known = new Set((past ? now.after : now.before).map((t) => t.id));
  now.past = past;
  now.tiles = past ? now.before : now.after;
  now.fresh = new Set(now.generation ? now.tiles.filter((t) => !known.has(t.id)).map((t) => t.id) : []);
  paint();
}

function lasso(ids) {
  turn += 1;
  const tiles = ids.slice(0, SHOWN).map((id) => ({ id, name: "", similarity: null, relation: "" }));
  show({ mode: "lasso", title: plural(ids.length, "item"), total: ids.length, tiles, ticked: new Set(tiles.map((t) => t.id)), anchor: null });
}

function refresh() {
  if (now?.mode === "neighbours") neighbours(now.item.id, now.past);
  else if (now) { for (const tile of now.tiles) tile.relation = ""; paint(); }
}

// ---- painting ------------------------------------------------------------------------------

function paint() {
  const scroll = parts.root.querySelector(".tiles")?.scrollTop || 0;
  parts.root.replaceChildren(head(), ...({ neighbours: neighbourTools, lasso: lassoTools }[now.mode]?.() || []),
    h("div.tiles", { dataset: { mode: now.mode } }, ...now.tiles.map(tile)));
  parts.root.querySelector(".tiles").scrollTop = scroll;
}

const head = () => h("div.row.gallery-head", {}, h("h2", {}, now.mode === "find" ? `Found: ${now.title}` : now.title), h("span.spacer"),
  h("button.icon", { title: "Undo your last answer", "aria-label": "Undo", onclick: () => emit("undo") }, "↶"),
  h("button.icon", { title: "Close (Esc)", "aria-label": "Close gallery", onclick: close }, "✕"));

function neighbourTools() {
  const slider = h("input.slider", { type: "range", min: 0, max: 1, step: 1, value: now.past ? 0 : 1, "aria-label": "Neighbours before and after training", oninput: () => travel(slider.value === "0") });
  return [
    h("div.anchor", {}, h("img", { src: imageUrl(now.item.id), alt: now.item.name }),
      h("div", {}, h("b", { title: now.item.name }, baseName(now.item.name)),
        h("p.soft", {}, "Does each of these belong with it?"),
        now.generation > 0 && h("label.before", {}, "before", slider, "after"),
        now.generation > 0 && h("p.soft.num", {}, now.past ? "the encoder as it is" : `generation ${now.generation}; ● new since training`))),
  ];
}

function lassoTools() {
  const n = now.ticked.size;
  const same = h("button.primary", { disabled: n < 2, onclick: () => verdict("same") }, `These ${n} belong together`);
  const none = h("button", { disabled: !now.anchor || n < (now.ticked.has(now.anchor) ? 2 : 1), onclick: () => verdict("different"), title: now.anchor ? "" : "First mark one item with ◎" }, "None belongs to this one ◎");
  const all = h("button.small", { onclick: () => { now.ticked = n ? new Set() : new Set(now.tiles.map((t) => t.id)); paint(); } }, n ? "Untick all" : "Tick all");
  const more = now.total > now.tiles.length ? `The first ${SHOWN} of ${now.total.toLocaleString("en")} are shown and meant. ` : "";
  const junk = h("button.small", { disabled: !n, onclick: () => emit("exclude-many", [...now.ticked]) }, "Exclude");
  return [
    h("p.soft", {}, `${more}Untick the odd ones with a click; ◎ marks “this one”.`),
    h("div.actions.left", {}, same, none, all, junk),
  ];
}

function tile(item) {
  const picture = thumb(item);
  const props = { dataset: { id: item.id, relation: item.relation || "" }, title: item.name };
  if (now.mode === "lasso") return lassoTile(item, picture, props);
  const place = now.mode === "find" ? [] : verdictButtons(item);
  if (now.fresh?.has(item.id)) props.dataset.fresh = "";
  return h("div.tile", props,
    h("button.face", { onclick: () => neighbours(item.id), "aria-label": `Neighbours of ${item.name}` }, picture),
    item.similarity !== null && item.similarity !== undefined && !state.settings.blind ? h("small", {}, short(item.similarity)) : null, ...place);
}

function verdictButtons(item) {
  const button = (verdict, sign, label) => h(`button.mark.${verdict}`, {
    title: label, "aria-label": label, "aria-pressed": item.relation === verdict, dataset: { verdict },
    onclick: () => against(item, verdict),
  }, sign);
  return [button("same", "✓", "Same"), button("different", "✕", "Different")];
}

function lassoTile(item, picture, props) {
  const ticked = now.ticked.has(item.id);
  const toggle = () => { if (!now.ticked.delete(item.id)) now.ticked.add(item.id); paint(); };
  const mark = (event) => { event.stopPropagation(); now.anchor = now.anchor === item.id ? null : item.id; paint(); };
  return h(ticked ? "div.tile.ticked" : "div.tile.unticked", props,
    h("button.face", { onclick: toggle, "aria-pressed": ticked, "aria-label": item.name || "item" }, picture),
    h("button.mark.anchor-mark", { onclick: mark, title: "This one", "aria-label": "This one", "aria-pressed": now.anchor === item.id }, "◎"));
}

// ---- verdicts ------------------------------------------------------------------------------

function against(item, verdict) {
  if (item.relation === verdict) return;
  decide({
    a: now.item.id, b: item.id, verdict, kind: null, strategy: "neighbours", score: null,
    milliseconds: null, batch_id: null, supersedes: null,
  }, { a: now.item, b: item });
  item.relation = verdict;
  paint();
}

async function verdict(word) {
  const items = [...now.ticked].filter((id) => word === "same" || id !== now.anchor);
  const anchor = word === "different" ? now.anchor : null;
  const answer = await attempt(() => rpc("gallery_verdict", { items, verdict: word, anchor, batch_id: uuid() }));
  if (!answer) return;
  const made = plural(answer.receipts.length, "decision");
  toast(word === "same" ? `Joined ${plural(items.length, "item")}: ${made}.` : `Set apart from ${plural(items.length, "item")}: ${made}.`,
    { action: "Undo", run: () => emit("undo") });
  for (const tile of now.tiles) if (items.includes(tile.id)) tile.relation = word;
  emit("receipts", answer);
  paint();
}
