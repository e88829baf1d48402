// @ts-check
// How often the robot may ask.

import { h } from "./dom.js";

/** @import { State } from "./api.js" */

/** @type {[percent: number, label: string][]} */
const CHOICES = [
  [0, "never"], [5, "once in 20"], [10, "once in 10"], [20, "once in 5"], [50, "every other time"],
  [100, "always"],
];

/**
 * What may be chosen where `percents` holds, which may have been set elsewhere to one not in the list.
 * @param {number} percents
 */
export const choicesWith = (percents) => (CHOICES.some(([value]) => value === percents)
  ? CHOICES : [...CHOICES, /** @type {[number, string]} */ ([percents, `${percents} % of the time`])]);

/**
 * `allowed(percent)` hears what is chosen; `element` is to be shown, `paint(told)` tells what holds.
 * @param {(percent: number) => unknown} allowed
 */
export function makeAsks(allowed) {
  const select = h("select.teach-asks", {
    "aria-label": "How often the robot may ask",
    onchange: () => { select.blur(); allowed(Number(select.value)); },
  });
  const element = h("label.soft", { hidden: true }, "robot may ask ", select);

  /** @param {State} told */
  function paint({ ask_share: share, status }) {
    if (document.activeElement === select) return;
    const percents = Math.round(share * 100);
    select.replaceChildren(...choicesWith(percents).map(([value, label]) =>
      h("option", { value, selected: value === percents }, label)));
    select.disabled = status === "ended";
    element.hidden = false;
  }

  return { element, paint };
}
