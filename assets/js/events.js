// @ts-check
// The page's events: their names, what each carries, and the one bus that they go over.

import { makeBus } from "./bus.js";
import { report } from "./trouble.js";

/** @import * as Api from "./api.js" */
/** @import { Board } from "./sort_board.js" */
/** @import * as T from "./types.js" */

/**
 * @typedef {object} Events
 * @property {Api.Overview} begun the workspace is known: once, at the start
 * @property {Api.Overview} overview what it is made of: at the start, and when more was read in
 * @property {Api.CriterionRow[]} criteria the list of criteria grew, or their words changed
 * @property {string} criterion another criterion is looked at
 * @property {string} reviewer another reviewer
 * @property {string} view another tab of the page
 * @property {Api.Settings} settings training settings were saved or the blind mode changed
 * @property {string} theme
 * @property {Error} fatal the page cannot start
 * @property {string} stuck what the start waits for
 * @property {Api.Status} status something moved at the server
 * @property {Api.Status} changed its version moved: answers, exclusions, generations
 * @property {number} generation another generation is in use
 * @property {Api.Counts} counts of the queues
 * @property {undefined} away the server cannot be reached
 * @property {undefined} back it can be reached again
 * @property {T.Pair | null} pair on the review screen
 * @property {undefined} first-pair the first one can be seen
 * @property {T.Decided} decided given here, not at the server yet
 * @property {T.Receipts} receipts the server's answer to decisions
 * @property {T.Decision} refused a decision that the server does not take
 * @property {Api.Recorded} changed-elsewhere answers given in another form than a pair
 * @property {Api.DecisionRow[]} undone
 * @property {number} unsaved answers and calls that wait in the outbox
 * @property {undefined} counted the number of decisions moved
 * @property {T.Delivered} delivered a pick or undo of a session has left the outbox
 * @property {T.SortDelivered} sorted an answer of Sort has
 * @property {undefined} undo
 * @property {undefined} zoom
 * @property {T.Named} exclude
 * @property {string[]} exclude-many
 * @property {string[]} excluded ids of items that left queues, map and groups
 * @property {string} strategy pairs come from another strategy
 * @property {T.GalleryRequest} gallery
 * @property {undefined} lasso-over
 * @property {string[]} ringed ids of items that a search found and the gallery shows
 * @property {number} mapped the generation that the map shows, or would where nobody sees it
 * @property {undefined} see-map
 * @property {undefined} guide the first steps are wanted again
 * @property {undefined} word-criterion the one on screen is to be reworded
 * @property {Board} sort-board the groups that images are sorted into, and their keys
 * @property {undefined} keys another key was chosen for an action
 * @property {string} ask how one answers: by pairs or sort
 * @property {string} check-group images supposed to be in it are asked about
 * @property {string | null} audit images drawn for a claim are asked about; null: no more
 * @property {undefined} check-folders images that may lie in a wrong folder are looked at
 * @property {undefined} contradiction an answer of Sort contradicts earlier ones
 */

/** Those that tell how things stand reach a panel that arrives after them. */
const STANDING = /** @type {const} */ ([
  "begun", "overview", "criterion", "view", "status", "counts", "sort-board",
]);

const bus = /** @type {typeof makeBus<Events>} */ (makeBus)(
  STANDING, (error, event) => report(error, `listener of “${event}”`));

export const { on, emit } = bus;
