// Trouble with what is done again and again.

import { Away } from "./core.js";
import { toast } from "./dom.js";

/** Runs an action; what goes wrong every time is told once. That the server is away, the header tells. */
export function makeQuiet() {
  let trouble = ""; // what the last time ran into
  return async (action) => {
    try {
      await action();
      trouble = "";
    } catch (error) {
      if (!(error instanceof Away) && error.message !== trouble) toast(error.message, { bad: true });
      trouble = error.message;
    }
  };
}
