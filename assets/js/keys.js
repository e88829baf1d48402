// The keymap of review. Keys are dead while typing and while a dialog is open; over an open drawer
// only undo lives, as its verdicts are given by clicks.

const KEYS = {
  a: "same", 1: "same", x: "different", 2: "different", u: "unsure", c: "incomparable",
  " ": "skip", Backspace: "undo", v: "zoom", "?": "help", Escape: "close",
  ArrowLeft: "left", ArrowRight: "right", ArrowUp: "both", ArrowDown: "both",
};
const HELD_MAY_REPEAT = new Set(["left", "right"]);

export const LEGEND = [
  ["A or 1", "same: they belong together"],
  ["X or 2", "different: they do not"],
  ["U", "unsure: somebody else may be asked"],
  ["C", "can't compare: never asked again"],
  ["Space", "skip: comes back later"],
  ["Backspace or Ctrl+Z", "undo your last answer, as often as you like"],
  ["V", "zoom; while zoomed ← and → show one image in the other's place, ↑ both"],
  ["1 to 5 and 0", "with five groups: the one it belongs with, or none"],
  ["?", "this list"],
  ["Swipe", "right same, left different"],
];

const typing = (node) =>
  node instanceof Element &&
  (node.isContentEditable || node.closest("input, textarea, select, [contenteditable='']"));

const ownsSpace = (node) =>
  node instanceof Element && node.matches("button:focus-visible, a:focus-visible, summary");

// A slider or a tick box takes no text: undo need not wait until it loses the focus.
const TEXTLESS = "input:is([type='range'], [type='checkbox'], [type='file'])";

const dialogOpen = () => document.querySelector("dialog[open]") !== null;

export const drawerOpen = () => document.querySelector(".drawer-open") !== null;

/** The action of a key event, or null where the key belongs to something else. */
export function actionOf(event) {
  if (dialogOpen()) return null;
  const action = meaning(event);
  const free = !typing(event.target) || (action === "undo" && event.target.matches(TEXTLESS));
  return free && (action === "undo" || !drawerOpen()) ? action : null;
}

/** Whether a plain key event is for the page: nothing is typed, no dialog or drawer is open. */
export const keysAreOurs = (event) => !(dialogOpen() || drawerOpen() || typing(event.target)
  || event.repeat || event.ctrlKey || event.metaKey || event.altKey);

/** The digit 0 to 5 of a key event, or null where it is none or belongs to something else. */
export function digitOf(event) {
  if (dialogOpen() || drawerOpen() || typing(event.target) || event.repeat) return null;
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  return /^[0-5]$/.test(event.key) ? Number(event.key) : null;
}

function meaning(event) {
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
    return event.key.toLowerCase() === "z" ? "undo" : null;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key === " " && ownsSpace(event.target)) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const action = KEYS[key] || null;
  return action && event.repeat && !HELD_MAY_REPEAT.has(action) ? "held" : action;
}
