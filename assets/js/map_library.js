// @ts-check
// The plotting library: large, so it is loaded once the first pair can be seen, or has had its time.

import { address, h } from "./dom.js";
import { on } from "./events.js";

/** @import { Plotly } from "./types.js" */

const LATEST_MS = 1200;

/** @type {Promise<Plotly> | null} */
let library = null;

/** The library; a load that failed is tried again by the next call. */
export function plotly() {
  library ??= load().catch((error) => { library = null; throw error; });
  return library;
}

/** @returns {Promise<Plotly>} */
async function load() {
  await new Promise((resolve) => { on("first-pair", () => resolve(null)); setTimeout(resolve, LATEST_MS); });
  await new Promise((resolve, reject) => {
    const failed = () => reject(new Error("plotly.min.js did not load; reload the page."));
    document.head.append(h("script", { src: address("plotly.min.js"), onload: resolve, onerror: failed }));
  });
  if (!window.Plotly) throw new Error("plotly.min.js holds no Plotly; reload the page.");
  return window.Plotly;
}
