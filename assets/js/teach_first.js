// @ts-check
// What the Teach tab says before there is a session.

import { h } from "./dom.js";

const WHAT = "Pick a few of the things that are wanted, or put a few into bins: the robot says at once what "
  + "it would do with all the others, and asks where it is not sure.";

/** The words, hidden until they are wanted. */
export const firstWords = () => h("div.note.teach-first", { hidden: true },
  h("h1", {}, "Teach a robot to sort"), h("p", {}, WHAT),
  h("p", {}, "No robot is needed to begin: press ", h("b", {}, "New session"),
    ", say what is wanted, and tap what lies on the belt. A robot can join later."));
