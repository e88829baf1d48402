// @ts-check
// The tabs of the page: one list, one stage that is the panel of whichever is chosen. Arrow keys go
// from tab to tab, and Tab goes on to what the chosen one shows.

import { show, state } from "./core.js";
import { dialog, h } from "./dom.js";
import { on } from "./events.js";
import { keep, stored } from "./storage.js";
import { tabAfter } from "./tabs_keys.js";

const VIEWS = [
  ["review", "Review"], ["map", "Map"], ["groups", "Groups"], ["teach", "Teach"],
  ["strategies", "Strategies"], ["training", "Training"], ["decisions", "Decisions"], ["export", "Export"],
];
const ON_A_PHONE = new Set(["review", "map", "groups"]); // the others are behind More there
const PANEL = "stage"; // every panel stands on it, and some in two views

/** @type {Map<string, HTMLElement>} */
let tabs;

/** The list of tabs. */
export function tabList() {
  tabs = new Map(VIEWS.map(([id, label]) => [id, tab(id, label)]));
  on("view", paint);
  on("overview", () => paint(state.view)); // the stage may be built after the header
  return h("div.tab-list", { role: "tablist", "aria-label": "Views", onkeydown: pressed }, ...tabs.values());
}

/**
 * What a phone has no room for: a button that opens the other views and `more`, by their names.
 * @param {[string, () => unknown][]} more
 */
export function moreMenu(more) {
  /** @param {string} name @param {() => unknown} run */
  const entry = (name, run) => h("button", { onclick: () => { box.close(); run(); } }, name);
  /** @type {HTMLDialogElement} */
  let box;
  const open = () => {
    const others = VIEWS.filter(([id]) => !ON_A_PHONE.has(id));
    box = dialog("More", h("div.more-menu", {},
      ...others.map(([id, label]) => entry(label, () => show(id))),
      ...more.map(([name, run]) => entry(name, run))));
  };
  return h("button.tab.more", { onclick: open, "aria-haspopup": "dialog" }, "More ▾");
}

/** Show the view that this tab of the browser was left at. */
export function showLast() {
  const before = stored("session", "view", "");
  show(tabs.has(before) ? before : "review");
}

// A click leaves the keys to the view; who came by keyboard stays on the tab.
/** @param {string} id @param {string} label */
const tab = (id, label) => h(ON_A_PHONE.has(id) ? "button.tab" : "button.tab.wide", {
  role: "tab", id: `tab-${id}`, "aria-controls": PANEL,
  onclick: (event) => { if (event.detail) event.currentTarget.blur(); show(id); },
}, label);

/** @param {string} view */
function paint(view) {
  keep("session", "view", view);
  for (const [id, node] of tabs) {
    node.setAttribute("aria-selected", String(id === view));
    node.tabIndex = id === view ? 0 : -1;
  }
  const stage = document.getElementById(PANEL);
  stage?.setAttribute("role", "tabpanel");
  stage?.setAttribute("aria-labelledby", `tab-${view}`);
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const next = tabAfter(event, [...tabs.keys()], state.view);
  if (next === null) return;
  event.preventDefault();
  event.stopPropagation(); // arrows mean something in some views, too
  show(next);
  tabs.get(next)?.focus();
}
