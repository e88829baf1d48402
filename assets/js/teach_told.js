// @ts-check
// What the server says to picks and undos, in words, and where others have put items meanwhile.

/** @import { Belt, Picked, State, UndonePick } from "./api.js" */
/** @import { Delivered, Values } from "./types.js" */

/** @typedef {{ text: string, bad?: boolean }[]} Said */

/**
 * What is to be said of a pick or an undo that the server has taken, or refused (`answer` is null then).
 * @param {Delivered} done
 */
export function saidOf(done) {
  if (!done.answer) return [];
  if (done.call === "teach_pick") return saidOfPick(done.answer, done.values);
  return saidOfUndo(done.answer, done.values);
}

/** @param {Picked} answer @param {Values<"teach_pick">} asked @returns {Said} */
function saidOfPick({ conflict, bin }, asked) {
  const disputed = "Another teacher put this item elsewhere; it teaches nothing until you agree.";
  const renamed = `“${asked.bin}” is “${bin}” by now: the item went there.`;
  return [
    ...(conflict ? [{ text: disputed, bad: true }] : []),
    ...(bin && bin !== asked.bin ? [{ text: renamed }] : []),
  ];
}

/** @param {UndonePick} answer @param {Values<"teach_undo">} asked @returns {Said} */
function saidOfUndo({ undone }, asked) {
  if (undone) return [];
  return [{ text: asked.item
    ? "Somebody else picked this item; only they can take it out." : "Nothing of yours is left to undo." }];
}

/**
 * Items that have come into a bin since they were laid on the belt here: item -> bin.
 * @param {Pick<Belt, "sorted">} seen
 * @returns {Map<string, string>}
 */
export const sortedOf = ({ sorted }) => new Map(Object.entries(sorted).flatMap(([item, said]) =>
  Object.values(said).slice(-1).map((bin) => /** @type {const} */ ([item, bin]))));

/**
 * Whether an item is disputed: teachers disagree about it, or pair review does.
 * @param {Pick<State, "contradictions" | "refused"> | undefined} told
 * @param {string} item
 */
export const isDisputed = (told, item) =>
  [...told?.contradictions ?? [], ...told?.refused ?? []].some((one) => one.item === item);
