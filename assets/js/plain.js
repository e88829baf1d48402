// @ts-check
// Three plain choices, and all the others behind "Advanced".

import { h } from "./dom.js";
import { keep, stored } from "./storage.js";

/** @typedef {{ id: string, title: string, text: string }} Plain */

/** @type {Plain[]} */
export const PLAIN_STRATEGIES = [
  { id: "mix", title: "A bit of everything", text: "Several kinds, more of those that teach. For most." },
  { id: "explore", title: "Find the groups", text: "Where does each image go? Few answers find all groups." },
  { id: "fnc_max", title: "Clean the negatives", text: "Only look-alikes that training would push apart." },
];

/** @type {Plain[]} */
export const PLAIN_OBJECTIVES = [
  { id: "human", title: "Follow my answers", text: "Open look-alikes are left out. For most." },
  { id: "nnpu", title: "I mostly accept", text: "Learns from what you accept where you reject little." },
  { id: "supcon", title: "My groups are complete", text: "Whatever is in no group of yours repels." },
];

/**
 * The plain choices as radio buttons of one `name`.
 * @param {string} name
 * @param {Plain[]} choices
 * @param {string} chosen
 * @param {(id: string) => unknown} pick
 */
export const plainChoices = (name, choices, chosen, pick) =>
  h("div.plain-choices", { role: "radiogroup", "aria-label": "Plain choices" },
    ...choices.map(({ id, title, text }) => h("label.plain-choice", { dataset: { choice: id }, title: id },
      h("input", { type: "radio", name, value: id, checked: id === chosen, onchange: () => pick(id) }),
      h("b", {}, title), h("span", {}, text))));

/**
 * What is behind "Advanced": open where it was left open in this browser, or where `needed`.
 * @param {string} name @param {string} summary @param {boolean} needed @param {...Node} content
 */
export function advanced(name, summary, needed, ...content) {
  const box = h("details.advanced", { open: needed || stored("local", `advanced.${name}`, "") === "open" },
    h("summary", {}, summary), ...content);
  box.firstElementChild?.addEventListener("click", () => {
    keep("local", `advanced.${name}`, box.open ? "closed" : "open"); // it is about to change
  });
  return box;
}

/** @param {Plain[]} choices @param {string} id */
export const isPlain = (choices, id) => choices.some((one) => one.id === id);
