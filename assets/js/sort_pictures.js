// @ts-check
// Pictures of a question, begun to load when it is fetched and decoded before it is shown.

import { h, imageUrl, nameplate, thumbUrl } from "./dom.js";

/** @import { Item } from "./api.js" */
/** @import { Question } from "./sort_buffer.js" */

/** @typedef {{ pictures: Map<string, HTMLElement>, ready: Promise<unknown> }} Asked */

/** @param {Question} question @returns {Asked} */
export function picturesOf(question) {
  const made = shownIn(question).map((item) => [item.id, picture(item, question.form === "sweep")]);
  /** @type {Map<string, { node: HTMLElement, ready: Promise<unknown> }>} */
  const all = new Map(/** @type {[string, any][]} */ (made));
  return {
    pictures: new Map([...all].map(([id, { node }]) => [id, node])),
    ready: Promise.allSettled([...all.values()].map(({ ready }) => ready)),
  };
}

/** @param {Question} question @returns {Item[]} */
function shownIn(question) {
  if (question.form === "name") return [question.item];
  return question.form === "sweep" ? question.tiles : [...question.of_one, ...question.of_other];
}

/** @param {Item} item @param {boolean} small */
function picture(item, small) {
  if (!item.w) return { node: plate(item), ready: Promise.resolve() };
  const image = h("img", {
    alt: small ? "" : item.name, draggable: false, decoding: "sync",
    src: small ? thumbUrl(item.id) : imageUrl(item.id),
  });
  image.addEventListener("error", () => image.replaceWith(plate(item)), { once: true });
  return { node: image, ready: image.decode() };
}

/** @param {Item} item */
const plate = (item) => h("div.plate", {}, nameplate(item));
