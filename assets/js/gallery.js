// @ts-check
// One gallery for three questions: neighbours of an item, items inside a lasso, results of a search.
// In the map view it stands beside the map; over the other views it is a drawer. What a search found is
// ringed on the map as long as it is shown here.

import { rpc, state, whose } from "./core.js";
import { h, imageUrl, thumb, toast, uuid, within } from "./dom.js";
import { emit, on } from "./events.js";
import { baseName, plural, short } from "./format.js";
import { caption, nameLine } from "./names.js";
import { decide } from "./outbox.js";
import { attempt } from "./trouble.js";

/** @import { Item, Tile } from "./api.js" */
/** @import { GalleryRequest, Props, Verdict } from "./types.js" */

/**
 * @typedef {{ mode: "neighbours", title: string, tiles: Tile[], item: Item, after: Tile[], before: Tile[],
 *   generation: number, past: boolean, fresh: Set<string> }} Near
 */
/**
 * @typedef {{ mode: "lasso", title: string, tiles: Tile[], total: number, ticked: Set<string>,
 *   anchor: string | null }} Lasso
 */
/** @typedef {{ mode: "find", title: string, tiles: Tile[], total: number }} Found */
/** @typedef {Near | Lasso | Found} Shown */

const NEIGHBOURS = 30;
const SHOWN = 300;
const EMPTY = "Click a point for its neighbours, or draw a lasso around points that may belong together.";

/** @type {HTMLElement} */
let root;
/** @type {Shown | null} */
let now = null;
let turn = 0;

/** @param {HTMLElement} element */
export function mount(element) {
  root = h("section.card.gallery", { role: "complementary", "aria-label": "Gallery" });
  element.replaceChildren(root);
  on("gallery", open);
  on("view", (view) => { if (view !== "map") close(); });
  on("criterion", close);
  on("generation", () => (now?.mode === "neighbours" ? neighbours(now.item.id, now.past) : undefined));
  on("undone", refresh);
  on("excluded", leave);
  window.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && now && !document.querySelector("dialog[open]")) close();
  });
  close();
}

/** @param {GalleryRequest} request */
function open(request) {
  if (request.mode !== "lasso") emit("lasso-over");
  if (request.mode === "neighbours") return neighbours(request.item);
  turn += 1;
  if (request.mode === "find") { show({ ...request }); return undefined; }
  const shown = lasso(request.ids);
  show(shown);
  return nameTiles(shown);
}

function close() {
  now = null;
  emit("lasso-over");
  emit("ringed", []);
  turn += 1;
  document.body.classList.remove("drawer-open");
  root.replaceChildren(h("div.note.small", {}, h("h2", {}, "Gallery"), h("p", {}, EMPTY)));
}

/** @param {Shown} next */
function show(next) {
  now = next;
  emit("ringed", next.mode === "find" ? next.tiles.map((t) => t.id) : []);
  if (state.view !== "map") document.body.classList.add("drawer-open");
  paint(now);
}

/** @param {string} id @param {boolean} past */
async function neighbours(id, past = false) {
  const asked = ++turn;
  const answer = await attempt(() => rpc("gallery_neighbours", { item: id, k: NEIGHBOURS }));
  if (!answer || asked !== turn) return;
  const { item, tiles: after, before, generation } = answer;
  show(travelled({
    mode: "neighbours", title: "Neighbours", tiles: after, item, after, before, generation, past,
    fresh: new Set(),
  }, past));
}

/**
 * Before training (the frozen embedding) or now; the dot marks what the other side does not have.
 * @param {Near} near
 * @param {boolean} past
 * @returns {Near}
 */
function travelled(near, past) {
  const known = new Set((past ? near.after : near.before).map((t) => t.id));
  const tiles = past ? near.before : near.after;
  const fresh = near.generation ? tiles.filter((t) => !known.has(t.id)).map((t) => t.id) : [];
  return { ...near, past, tiles, fresh: new Set(fresh) };
}

/** @param {string[]} ids @returns {Lasso} */
function lasso(ids) {
  const tiles = ids.slice(0, SHOWN)
    .map((id) => ({ id, name: "", title: "", similarity: null, relation: "" }));
  return {
    mode: "lasso", title: plural(ids.length, "item"), total: ids.length, tiles,
    ticked: new Set(tiles.map((t) => t.id)), anchor: null,
  };
}

/**
 * The map knows ids alone: names follow.
 * @param {Lasso} shown
 */
async function nameTiles(shown) {
  const asked = turn;
  const answer = await attempt(() => rpc("gallery_tiles", { items: shown.tiles.map((t) => t.id) }));
  if (!answer || asked !== turn || now?.mode !== "lasso") return;
  const known = new Map(answer.tiles.map((one) => [one.id, one]));
  for (const one of now.tiles) {
    const { name = "", title = "" } = known.get(one.id) ?? {};
    Object.assign(one, { name, title });
  }
  paint(now);
}

function refresh() {
  if (now?.mode === "neighbours") return neighbours(now.item.id, now.past);
  if (!now) return undefined;
  for (const one of now.tiles) one.relation = "";
  paint(now);
  return undefined;
}

/**
 * Items that were excluded are in no gallery any more.
 * @param {string[]} items
 */
function leave(items) {
  if (!now) return undefined;
  const gone = new Set(items);
  if (now.mode === "neighbours") {
    if (!gone.has(now.item.id)) return neighbours(now.item.id, now.past);
    close();
    return undefined;
  }
  const tiles = now.tiles.filter((t) => !gone.has(t.id));
  const total = now.total - (now.tiles.length - tiles.length);
  if (now.mode === "find") {
    now = { ...now, tiles, total };
    emit("ringed", tiles.map((t) => t.id));
  } else {
    now = {
      ...now, tiles, total, title: plural(total, "item"),
      ticked: new Set([...now.ticked].filter((id) => !gone.has(id))),
      anchor: now.anchor !== null && gone.has(now.anchor) ? null : now.anchor,
    };
  }
  paint(now);
  return undefined;
}

// ---- painting ------------------------------------------------------------------------------

/** @param {Shown} shown */
function paint(shown) {
  const scroll = root.querySelector(".tiles")?.scrollTop || 0;
  root.replaceChildren(head(shown), ...tools(shown),
    h("div.tiles", { dataset: { mode: shown.mode } }, ...shown.tiles.map((item) => tile(shown, item))));
  within(root, ".tiles").scrollTop = scroll;
}

/** @param {Shown} shown */
const head = ({ mode, title }) => h("div.row.gallery-head", {},
  h("h2", {}, mode === "find" ? `Found: ${title}` : title), h("span.spacer"),
  h("button.icon", {
    title: "Undo your last answer", "aria-label": "Undo", onclick: () => emit("undo"),
  }, "↶"),
  h("button.icon", { title: "Close (Esc)", "aria-label": "Close gallery", onclick: close }, "✕"));

/** @param {Shown} shown */
function tools(shown) {
  if (shown.mode === "neighbours") return [neighbourTools(shown)];
  return shown.mode === "lasso" ? lassoTools(shown) : [foundLine(shown)];
}

/** @param {Found} found */
function foundLine({ tiles, total }) {
  const all = plural(total, "item");
  const which = total > tiles.length ? `The first ${tiles.length} of ${all}` : all;
  return h("p.soft", {}, `${which}; rings on the map show where.`);
}

/** @param {Near} near */
function neighbourTools(near) {
  const { item, generation, past } = near;
  const slider = h("input.slider", {
    type: "range", min: 0, max: 1, step: 1, value: past ? 0 : 1,
    "aria-label": "Neighbours before and after training",
    oninput: () => { show(travelled(near, slider.value === "0")); },
  });
  const trained = generation > 0;
  return h("div.anchor", {}, h("img", { src: imageUrl(item.id), alt: item.name }),
    h("div", {}, h("b", { title: item.name }, baseName(item.name)),
      h("p.soft", {}, "Does each of these belong with it?"),
      trained && h("label.before", {}, "before", slider, "after"),
      trained && h("p.soft.num", {},
        past ? "the encoder as it is" : `generation ${generation}; ● new since training`)));
}

/** @param {Lasso} shown */
function lassoTools(shown) {
  const { ticked, anchor, total, tiles } = shown;
  const n = ticked.size;
  const same = h("button.primary", { disabled: n < 2, onclick: () => verdict(shown, "same") },
    `These ${n} belong together`);
  const none = h("button", {
    disabled: !anchor || n < (ticked.has(anchor) ? 2 : 1), onclick: () => verdict(shown, "different"),
    title: anchor ? "" : "First mark one item with ◎",
  }, "None belongs to this one ◎");
  const all = h("button.small", { onclick: () => {
    shown.ticked = n ? new Set() : new Set(tiles.map((t) => t.id));
    paint(shown);
  } }, n ? "Untick all" : "Tick all");
  const more = total > tiles.length
    ? `The first ${SHOWN} of ${total.toLocaleString("en")} are shown and meant. ` : "";
  const exclude = () => emit("exclude-many", [...ticked]);
  const junk = h("button.small", { disabled: !n, onclick: exclude }, "Exclude");
  return [
    h("p.soft", {}, `${more}Untick the odd ones with a click; ◎ marks “this one”.`),
    h("div.actions.left", {}, same, none, all, junk),
  ];
}

/** @param {Shown} shown @param {Tile} item */
function tile(shown, item) {
  const props = { dataset: { id: item.id, relation: item.relation || "" }, title: item.name };
  if (shown.mode === "lasso") return lassoTile(shown, item, props);
  const node = h("div.tile.named", props,
    h("button.face", { onclick: () => neighbours(item.id), "aria-label": `Neighbours of ${caption(item)}` },
      thumb(item)), nameLine(item),
    item.similarity !== null && !state.settings.blind ? h("small", {}, short(item.similarity)) : null,
    ...(shown.mode === "neighbours" ? verdictButtons(shown, item) : []));
  if (shown.mode === "neighbours" && shown.fresh.has(item.id)) node.dataset.fresh = "";
  return node;
}

/** @param {Near} near @param {Tile} item */
function verdictButtons(near, item) {
  /** @param {Verdict} word @param {string} sign @param {string} label */
  const button = (word, sign, label) => h(`button.mark.${word}`, {
    title: label, "aria-label": label, "aria-pressed": item.relation === word, dataset: { verdict: word },
    onclick: () => against(near, item, word),
  }, sign);
  return [button("same", "✓", "Same"), button("different", "✕", "Different")];
}

/** @param {Lasso} shown @param {Tile} item @param {Props} props */
function lassoTile(shown, item, props) {
  const ticked = shown.ticked.has(item.id);
  const anchored = shown.anchor === item.id;
  const toggle = () => {
    if (!shown.ticked.delete(item.id)) shown.ticked.add(item.id);
    paint(shown);
  };
  /** @param {Event} event */
  const mark = (event) => {
    event.stopPropagation();
    shown.anchor = anchored ? null : item.id;
    paint(shown);
  };
  return h(ticked ? "div.tile.named.ticked" : "div.tile.named.unticked", props,
    h("button.face", { onclick: toggle, "aria-pressed": ticked, "aria-label": caption(item) || "item" },
      thumb(item)), nameLine(item),
    h("button.mark.anchor-mark", {
      onclick: mark, title: "This one", "aria-label": "This one", "aria-pressed": anchored,
    }, "◎"));
}

// ---- verdicts ------------------------------------------------------------------------------

/** @param {Near} near @param {Tile} item @param {Verdict} word */
function against(near, item, word) {
  if (item.relation === word) return;
  decide({
    a: near.item.id, b: item.id, verdict: word, kind: null, strategy: "neighbours", score: null,
    milliseconds: null, batch_id: null, supersedes: null,
  }, { a: near.item, b: item });
  item.relation = word;
  paint(near);
}

/** @param {Lasso} shown @param {"same" | "different"} word */
async function verdict(shown, word) {
  const asked = whose();
  const { criterion, reviewer } = state;
  const anchor = word === "different" ? shown.anchor : null;
  const items = [...shown.ticked].filter((id) => id !== anchor);
  const answer = await attempt(() =>
    rpc("gallery_verdict", { items, verdict: word, anchor, batch_id: uuid() }));
  if (!answer) return;
  const made = plural(answer.receipts.length, "decision");
  const said = word === "same" ? "Joined" : "Set apart from";
  toast(`${said} ${plural(items.length, "item")}: ${made}.`, { action: "Undo", run: () => emit("undo") });
  emit("receipts", asked === whose() ? answer : { receipts: answer.receipts, criterion, reviewer });
  for (const one of shown.tiles) if (items.includes(one.id)) one.relation = word;
  if (now === shown) paint(shown);
}
