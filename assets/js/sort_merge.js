// @ts-check
// Two piles of images: are they one?

import { h } from "./dom.js";
import { plural } from "./format.js";
import { calledAs } from "./sort_groups.js";

/** @import { Item, MergeQuestion } from "./api.js" */
/** @import { Form, Ways } from "./sort.js" */
/** @import { Board } from "./sort_board.js" */
/** @import { Asked } from "./sort_pictures.js" */

/**
 * @param {MergeQuestion & Asked} question
 * @param {Board} board
 * @param {Ways} ways
 * @returns {Form}
 */
export function mergeForm(question, board, ways) {
  const { one, other, of_one: left, of_other: right } = question;
  /** @param {boolean} same */
  const answer = (same) => () => ways.answer("sort_merge", { one, other, same });
  /** @type {Record<string, () => void>} */
  const actions = {
    a: answer(true), 1: answer(true), x: answer(false), 2: answer(false), " ": ways.skip, u: ways.skip,
    v: () => ways.zoom([...left, ...right]),
  };
  /** @param {string} id */
  const group = (id) => board.groups.find((known) => known.id === id);
  const titles = [one, other].map((id) => ({ id, node: h("h2") }));
  const groups = () => {
    for (const { id, node } of titles) {
      const found = group(id);
      node.textContent = found ? `${calledAs(found)} · ${plural(found.size, "image")}` : "not in a group yet";
    }
  };
  /** @param {Item} item */
  const picture = (item) => h("div.sort-tile", { title: item.name }, question.pictures.get(item.id) ?? "");
  /** @param {number} side @param {Item[]} items */
  const pile = (side, items) => h("section.sort-pile", {}, titles[side].node,
    h("div.sort-pile-tiles", {}, ...items.map(picture)));
  groups();
  const node = h("div.sort-form.sort-merge", {},
    h("div.q", {}, h("h1", {}, "Are these two piles one?"),
      h("p.rule", {}, "One answer joins or parts all their images.")),
    h("div.sort-piles", {}, pile(0, left), pile(1, right)),
    h("div.keys.four", {},
      button("Yes, one", "A", "same", actions.a, "y"), button("No, two", "X", "different", actions.x, "n"),
      button("Skip", "␣", "skip", ways.skip), button("Undo", "⌫", "undo", ways.undo)));
  return { node, groups, key: (key) => {
    if (!Object.hasOwn(actions, key)) return false;
    actions[key]();
    return true;
  } };
}

/**
 * An answer's button. It does not keep the focus: the keys go on to the next question.
 * @param {string} label @param {string} key @param {string} action
 * @param {() => void} run @param {string} [tone]
 */
export const button = (label, key, action, run, tone = "") => h(tone ? `button.key.${tone}` : "button.key", {
  dataset: { action }, onclick: run,
}, label, h("kbd", {}, key));
