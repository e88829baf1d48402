// @ts-check
// Cards ready to paint: the whole DOM of a pair is built and its images decoded in advance, so
// that a key press only swaps nodes.

import { state } from "./core.js";
import { h, imageUrl, middled, nameplate, thumb } from "./dom.js";
import { emit } from "./events.js";
import { factLines } from "./facts_shown.js";
import { short } from "./format.js";

/** @import { Card, Item, Tile } from "./api.js" */

/**
 * @typedef {Card & {
 *   pair: Node[], chips: Node[], facts: Node[], strips: Node[], ready: Promise<unknown>,
 * }} Prepared
 */

/** @type {Record<string, string>} */
export const KIND_NAMES = {
  positive: "proposed positive",
  false_negative: "proposed false negative",
  hard_negative: "hard negative",
  uncertain: "uncertain",
  audit: "audit",
};

/** Names that are the field's, in plain words that are no longer. @type {Record<string, string>} */
const PLAIN_KINDS = {
  positive: "may be the same",
  false_negative: "alike, yet kept apart",
  hard_negative: "a look-alike?",
};

/**
 * Build a card's nodes and start loading its images; `ready` resolves when they are decoded.
 * @param {Card} card
 * @returns {Prepared}
 */
export function prepare(card) {
  const a = picture(card.a);
  const b = picture(card.b);
  return {
    ...card,
    pair: [side(card.a, a.node), side(card.b, b.node)],
    chips: chips(card),
    facts: factLines(card),
    strips: [strip("left", card.near_a), strip("right", card.near_b)],
    ready: Promise.allSettled([a.ready, b.ready]),
  };
}

/** @param {Item} item */
function picture(item) {
  if (!item.w) return { node: plate(item), ready: Promise.resolve() };
  const image = h("img", { alt: item.name, draggable: false, decoding: "sync", src: imageUrl(item.id) });
  image.addEventListener("error", () => image.replaceWith(plate(item)), { once: true });
  return { node: image, ready: image.decode() };
}

/** @param {Item} item */
const plate = (item) => h("div.plate", {}, nameplate(item));

/** @param {Item} item @param {Node} node */
function side(item, node) {
  const exclude = h("button.corner", {
    title: "Exclude this item: junk, never asked again", "aria-label": `Exclude ${item.name}`,
    onclick: (event) => { event.stopPropagation(); emit("exclude", item); },
  }, "⊘");
  const caption = h("span.caption", { title: item.name }, middled(item.name));
  return h("figure.side", { ondblclick: () => emit("zoom") }, node, caption, exclude);
}

/**
 * In plain words, with the exact terms behind them.
 * @param {Card} card
 */
function chips(card) {
  const name = KIND_NAMES[card.kind] || card.kind;
  const kind = h("span.chip.kind", { title: name }, PLAIN_KINDS[card.kind] || name);
  if (state.settings.blind) return [kind];
  const moved = Math.abs(card.cosine - card.cosine_before) >= 0.005;
  const now = card.cosine.toFixed(2);
  const cosine = moved ? `${card.cosine_before.toFixed(2)} → ${now}` : now;
  const exact = [card.summary, `strategy ${card.strategy}`, `score ${card.score.toFixed(2)}`, card.reason];
  return [
    kind,
    h("span.chip.grey", { title: "cosine similarity before training and now" }, `likeness ${cosine}`),
    h("span.chip", { title: exact.filter(Boolean).join(" · ") }, why(card)),
  ];
}

/**
 * Why this pair is asked, as its strategy says it. What has no such words: what speaks for the very pair;
 * where that is a cosine again, what its strategy looks for.
 * @param {Pick<Card, "words" | "reason" | "summary" | "strategy">} card
 */
export function why({ words, reason, summary, strategy }) {
  if (words) return words;
  const plain = summary && (!reason || reason.includes("cosine"));
  return plain ? summary.replace(/ \([^)]*\)$/, "") : reason || strategy;
}

/** @param {string} which @param {Tile[]} tiles */
const strip = (which, tiles) => h("div.near", {}, h("h2", {}, `Nearest to the ${which} one`),
  h("div.strip", {}, ...tiles.map(nearTile)));

/** @param {Tile} tile */
function nearTile(tile) {
  const { blind } = state.settings;
  const relation = blind ? "" : tile.relation;
  const told = relation ? ` · decided: ${relation}` : "";
  return h("button.tile", {
    dataset: { relation }, title: `${tile.name}${told} · show its neighbours`,
    onclick: () => emit("gallery", { mode: "neighbours", item: tile.id }),
  }, thumb(tile, { loading: "eager" }), blind ? null : h("small", {}, short(tile.similarity)));
}
