// How often the robot may ask.

import { h } from "./dom.js";

const CHOICES = [[0, "never"], [5, "once in 20"], [10, "once in 10"], [20, "once in 5"], [50, "every other time"], [100, "always"]];

/** `allowed(percent)` hears what is chosen; `element` is to be shown, `paint(told)` tells what holds. */
export function makeAsks(allowed) {
  const select = h("select.teach-asks", { "aria-label": "How often the robot may ask", onchange: () => { select.blur(); allowed(Number(select.value)); } });
  const element = h("label.soft", { hidden: true }, "robot may ask ", select);

  // The share may have been set elsewhere, to one that is not in the list.
  function paint({ ask_share: share, status }) {
    if (document.activeElement === select) return;
    const percents = Math.round(share * 100);
    const choices = CHOICES.some(([value]) => value === percents) ? CHOICES : [...CHOICES, [percents, `${percents} % of the time`]];
    select.replaceChildren(...choices.map(([value, label]) => h("option", { value, selected: value === percents }, label)));
    select.disabled = status === "ended";
    element.hidden = false;
  }

  return { element, paint };
}
