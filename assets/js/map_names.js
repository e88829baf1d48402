// @ts-check
// Names of groups on a map of many points, where most of each lie.

import { h } from "./dom.js";
import { middle } from "./names.js";
import { anchors, uncovered } from "./map_landmarks.js";

/** @import { Colours } from "./api.js" */
/** @import { Places } from "./types.js" */

/** @typedef {{ name: string, colour: string, x: number, y: number, width: number }} Label */

const HEIGHT = 20; // pixels of a label
const LONGEST = 22; // letters
const SHARE = 1 / 200; // of the points that a group has at least whose name is shown
const FEWEST = 3;

/**
 * Labels of the categories that the points are coloured by, at places in [0, 1]; none for numbers.
 * @param {number[]} order @param {Places} at @param {Colours | null} colours
 * @param {string[]} fills colour of each point
 * @returns {Label[]}
 */
export function labelsOf(order, at, colours, fills) {
  if (colours?.kind !== "category") return [];
  const { values, names } = colours;
  /** @type {Map<number, string>} */
  const colourOf = new Map();
  for (const index of order) colourOf.set(values[index] ?? -1, fills[index]);
  const least = Math.max(FEWEST, order.length * SHARE);
  return anchors(order, at, (index) => values[index] ?? -1, names.length)
    .filter(({ count }) => count >= least)
    .map(({ category, x, y }) => {
      const name = middle(names[category], LONGEST);
      return { name, colour: colourOf.get(category) ?? "", x, y, width: 26 + 6.6 * name.length };
    });
}

/**
 * Paint labels in a frame; those that would lie outside or cover a larger group's are left out.
 * @param {HTMLElement} host @param {Label[]} labels
 * @param {(x: number, y: number) => [number, number]} spot pixels of a place
 */
export function paintNames(host, labels, spot) {
  const { clientWidth: width, clientHeight: height } = host;
  const inside = labels.map((label) => {
    const [x, y] = spot(label.x, label.y);
    return { ...label, x, y };
  }).filter(({ x, y }) => x > 0 && y > 0 && x < width && y < height);
  const pulled = inside.map((label) => ({
    ...label, x: Math.min(Math.max(label.x, label.width / 2), width - label.width / 2),
    y: Math.min(Math.max(label.y, HEIGHT / 2), height - HEIGHT / 2),
  }));
  host.replaceChildren(...uncovered(pulled, HEIGHT).map(({ name, colour, x, y }) => {
    const dot = h("i");
    dot.style.background = colour;
    const node = h("span", {}, dot, name);
    node.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px) translate(-50%, -50%)`;
    return node;
  }));
}
