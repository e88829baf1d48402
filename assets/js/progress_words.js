// @ts-check
// How far one is, in words that a newcomer understands, each with the exact term for its tooltip.

import { percent, plural } from "./format.js";

/** @import { AUC, GroupProgress, SortGroup, SortProgress } from "./api.js" */

/** @typedef {{ text: string, exact: string }} Said */

const ENOUGH_HELD = 20; // an AUC of fewer held-out pairs says nothing
const ONE_IN = 10; // answers, one is held out
const SURE = "Decided by answers, or guessed with a chance of 90 % or more";

/** @param {number} n */
const number = (n) => n.toLocaleString("en");

/**
 * The panel's first line and those below it; nothing is known before the first answer.
 * @param {SortProgress | null} told
 * @returns {{ head: Said, rest: Said[] }}
 */
export function said(told) {
  if (!told || told.groups.length === 0) {
    const text = "Name a few images: those like them are guessed, and you see here how far you are.";
    return { head: { text: "Nothing is sorted yet", exact: "" }, rest: [{ text, exact: "" }] };
  }
  const head = { text: `${number(told.sure)} of ${number(told.images)} images sure`, exact: SURE };
  const lines = [agreed(told), counted(told), coming(told), spent(told)];
  return { head, rest: lines.filter((one) => one !== null) };
}

/** @param {SortProgress} told @returns {Said} */
function agreed({ agreement }) {
  if (!agreement) {
    return {
      text: "How good the guesses are: from 20 answers on.",
      exact: "Counted are guesses made before you answered; fewer than 20 say little",
    };
  }
  const { right, of, low, high } = agreement;
  return {
    text: `You agreed with ${right} of its last ${of} guesses.`,
    exact: `${percent(right / of)}, with 95 % confidence between ${percent(low)} and ${percent(high)}; `
      + "the guess was made before the answer",
  };
}

/**
 * How many groups there are, as far as it can be said.
 * @param {SortProgress} told @returns {Said | null}
 */
function counted({ number: found, images, decided }) {
  if (!found) return null;
  const { about, low, high, smallest } = found;
  if (decided >= images) return { text: `${plural(about, "group")} in all.`, exact: "Every image is in one" };
  const exact = "By how many groups only one or two of the named images are in (Chao’s estimator, 95 % "
    + `confidence). Groups of less than ${percent(smallest)} of the images may be unseen beside these`;
  const range = low === high ? "as far as one can tell" : `${number(low)} to ${number(high)}`;
  return { text: `About ${plural(about, "group")}, ${range}.`, exact };
}

/** @param {SortProgress} told @returns {Said} */
function coming({ images, decided, next_minute: next, good_enough: good }) {
  const exact = "Images that 60 seconds of answers at your pace are expected to change or to make sure of";
  if (decided >= images) return { text: "Every image is decided.", exact: "" };
  if (good) return { text: "Good enough: more answers change little.", exact };
  if (next === null) return { text: "Another minute: known after more answers.", exact };
  return next > 0
    ? { text: `Another minute would settle about ${plural(next, "image")}.`, exact }
    : { text: "Another minute would change little.", exact };
}

/** @param {SortProgress} told @returns {Said} */
function spent({ decided, seconds, by_folder: named }) {
  const time = seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
  return {
    text: named ? `${plural(named, "image")} by the folder’s name alone; ${number(decided - named)} decided `
      + `in ${time} of your time.` : `${plural(decided, "image")} decided in ${time} of your time.`,
    exact: "From a question on the screen to its answer, pauses left out",
  };
}

/**
 * A group's line: how many, and how they are known; shares for its bar.
 * @param {SortGroup} group @param {GroupProgress | undefined} told
 * @param {(group: string) => string} nameOf
 */
export function stateOf(group, told, nameOf) {
  const size = told ? told.size + told.guessed : group.size;
  const decided = told ? told.size : group.size;
  const sure = told ? told.sure : group.size;
  const exact = `${number(decided)} decided, ${number(size - decided)} guessed, ${number(sure)} of all sure`;
  return { text: told ? words(told, nameOf) : `${number(decided)} named`, exact, size, decided, sure };
}

/** @param {GroupProgress} told @param {(group: string) => string} nameOf */
function words({ state, size, guessed, sure, auto, wrong, mixed_with: rival }, nameOf) {
  if (state === "certified") return `certified: ${number(auto)} accepted unseen`;
  if (guessed === 0) return `${number(size)} named`;
  if (state === "mixed" && rival) return `mixed up with ${nameOf(rival)}`;
  if (wrong && wrong[0] > 0) return `${wrong[0]} in ${wrong[1]} wrong: check it`;
  return sure < size + guessed ? `${number(size)} named, ${number(guessed)} guessed`
    : `${number(size)} named, ${number(guessed)} guessed, all sure`;
}

/**
 * How well likeness tells pairs apart, for experts; how many answers it still needs.
 * @param {AUC | null} found
 * @returns {Said}
 */
export function auc(found) {
  const exact = "Area under the ROC curve of cosine similarity on pairs that training did not see; "
    + "0.5 is chance, 1 perfect";
  const held = found?.n ?? 0;
  if (!found || held < ENOUGH_HELD) {
    const missing = (ENOUGH_HELD - held) * ONE_IN;
    return { text: `AUC: needs about ${missing} more answers, then a training run.`, exact };
  }
  const { value, low, high } = found;
  const interval = `between ${low.toFixed(2)} and ${high.toFixed(2)}`;
  return { text: `AUC ${value.toFixed(2)}, ${interval}, from ${held} pairs.`, exact };
}
