// @ts-check
// What a claim says, in words that a newcomer understands, each with the exact term for its tooltip.

import { plural } from "./format.js";

/** @import { Claim } from "./api.js" */
/** @typedef {{ text: string, exact: string }} Said */

/** @param {number} value */
const share = (value) => `${Number((100 * value).toFixed(2))} %`;

/** @param {Claim} claim */
const meant = ({ target, of, confidence }) =>
  `at least ${share(target)} of ${of === "pairs" ? "their pairs" : "them"} true, `
  + `with ${share(confidence)} confidence`;

/** @param {Claim} claim */
const bound = ({ confidence, wrong, audited }) =>
  `${share(confidence)} confidence, by exact bounds of a uniform sample without replacement, if the `
  + `answers are right: ${wrong} wrong of ${audited} looked at`;

/** @param {Claim} claim */
const time = ({ seconds }) => (seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} min`);

/**
 * What stands on the panel about a claim.
 * @param {Claim} claim
 * @returns {Said}
 */
export function toldOf(claim) {
  const { state, images, needed, audited, wrong, accepts } = claim;
  const exact = bound(claim);
  if (state === "accepted") {
    return { text: `${plural(accepts, "image")} accepted unseen: ${meant(claim)}.`, exact };
  }
  if (state === "holds") {
    const text = `${wrong} of ${audited} looked at were wrong: ${plural(accepts, "image")} may be `
      + `accepted unseen, ${meant(claim)}.`;
    return { text, exact };
  }
  if (state === "shaken") {
    const text = "Images were accepted unseen, but later answers do not bear that out: they count as guessed "
      + "again. Take it back, or look at more.";
    return { text, exact };
  }
  if (state === "failed") {
    const text = `${wrong} of ${audited} looked at were wrong, too many for that. Sort on, then try again.`;
    return { text, exact };
  }
  const before = audited ? `${wrong} of ${audited} looked at were wrong. ` : "";
  const more = audited ? "more" : "drawn at random";
  return {
    text: `${before}The model is sure of ${plural(images, "image")}. Look at ${needed} ${more} (about `
      + `${time(claim)}); where few enough are wrong, the rest can be accepted unseen: ${meant(claim)}.`,
    exact,
  };
}
