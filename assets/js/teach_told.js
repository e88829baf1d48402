// @ts-check
// What the server says to picks and undos, in words, and where others have put items meanwhile.

/** @import { Delivery, Teaching, TeachView, Values } from "./types.js" */

/**
 * What is to be said of a pick or an undo that the server has taken, or refused (`answer` is null then).
 * @param {{ call: string, values: Values, answer: Delivery | null }} done
 * @returns {{ text: string, bad?: boolean }[]}
 */
export function saidOf({ call, values, answer }) {
  if (!answer) return [];
  const said = [];
  if (answer.conflict) {
    const text = "Another teacher put this item elsewhere; it teaches nothing until you agree.";
    said.push({ text, bad: true });
  }
  if (answer.bin && answer.bin !== values.bin) {
    said.push({ text: `“${values.bin}” is “${answer.bin}” by now: the item went there.` });
  }
  if (call === "teach_undo" && !answer.undone) {
    said.push({ text: values.item
      ? "Somebody else picked this item; only they can take it out." : "Nothing of yours is left to undo." });
  }
  return said;
}

/**
 * Items that have come into a bin since they were laid on the belt here: item -> bin.
 * @param {Pick<TeachView, "sorted">} seen
 * @returns {Map<string, string>}
 */
export const sortedOf = ({ sorted }) => new Map(Object.entries(sorted).flatMap(([item, said]) =>
  Object.values(said).slice(-1).map((bin) => /** @type {const} */ ([item, bin]))));

/**
 * Whether an item is disputed: teachers disagree about it, or pair review does.
 * @param {Pick<Teaching, "contradictions" | "refused"> | undefined} told
 * @param {string} item
 */
export const isDisputed = (told, item) =>
  [...told?.contradictions ?? [], ...told?.refused ?? []].some((one) => one.item === item);
