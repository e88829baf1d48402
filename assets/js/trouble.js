// @ts-check
// What goes wrong is said on the page: once, not every second, and never twice in two places.

import { toast } from "./dom.js";

/** The server could not be reached (as opposed to: it answered with an error). */
export class Away extends Error {}

/** @param {unknown} error */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * The class of an error at the server, "" for one of another kind.
 * @param {unknown} error
 */
export const kindOf = (error) => (error instanceof Error && "kind" in error ? String(error.kind) : "");

/** @type {Set<string>} */
const reported = new Set();

/**
 * A fault of the page itself, told once: in the console with its trace, and on the page. That the
 * server is away is none, and the header tells it.
 * @param {unknown} error
 * @param {string} where
 */
export function report(error, where) {
  if (error instanceof Away) return;
  const text = messageOf(error);
  if (reported.has(`${where}\n${text}`)) return;
  reported.add(`${where}\n${text}`);
  console.error(`In the ${where}:`, error);
  toast(`A part of the page failed (${where}): ${text}`, { bad: true });
}

/**
 * Run `action` and show a failure as a toast; resolves to its result or undefined.
 * @template R
 * @param {() => Promise<R> | R} action
 * @returns {Promise<R | undefined>}
 */
export async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    toast(messageOf(error), { bad: true });
    return undefined;
  }
}

/**
 * Runs an action that is done again and again, or that nobody asked for; what goes wrong every time
 * is told once. That the server is away, the header tells. Resolves to the result or undefined.
 * @param {(text: string) => void} [tell]
 */
export function makeQuiet(tell = (text) => toast(text, { bad: true })) {
  let trouble = ""; // what the last time ran into
  /**
   * @template R
   * @param {() => Promise<R> | R} action
   * @returns {Promise<R | undefined>}
   */
  return async (action) => {
    try {
      const result = await action();
      trouble = "";
      return result;
    } catch (error) {
      const text = messageOf(error);
      if (!(error instanceof Away) && text !== trouble) tell(text);
      trouble = text;
      return undefined;
    }
  };
}
