// @ts-check
// What others do meanwhile with the item in the hand.

/** @import { Bin } from "./api.js" */

/**
 * Why the item is to be let go, "" for no reason: the bin that it lies in was `before` and is `now`
 * (undefined for none). With a bin of `bins` no more it came under another name: nobody moved it.
 * @param {string | undefined} before
 * @param {string | undefined} now
 * @param {Pick<Bin, "name">[]} bins
 */
export function putElsewhere(before, now, bins) {
  const renamed = now !== undefined && before !== undefined && !bins.some((one) => one.name === before);
  if (now === before || renamed) return "";
  return now === undefined
    ? `Somebody else has taken this item out of “${before}”.`
    : `Somebody else has put this item into “${now}”.`;
}
