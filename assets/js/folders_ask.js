// @ts-check
// Folders named by class: use the names as a start, check them for errors, or ignore them. Asked once.

import { rpc, state, whose, workspace } from "./core.js";
import { h, toast } from "./dom.js";
import { emit, on } from "./events.js";
import { plural } from "./format.js";
import { attempt, makeQuiet } from "./trouble.js";

/** @import { FoldersOffer } from "./api.js" */

const TELL = {
  use: "The folders’ names are a start: every image is in the group of its folder.",
  check: "The names are a start; those that look wrong come now.",
  ignore: "The folders’ names are ignored.",
};

/** @type {FoldersOffer | null} */
let offer = null;
let put = false; // off, until the page is opened again
let tell = () => {}; // whoever shows the question
let choosing = false;
const quietly = makeQuiet();

/**
 * Ask the server what the folders are called, whenever that may have changed; `changed` hears of it.
 * @param {() => void} changed
 */
export function mountFolders(changed) {
  tell = changed;
  let settled = ""; // where nothing is asked any more
  const look = async () => {
    const here = whose();
    if (!state.criterion || settled === here || !workspace().attributes.includes("folder")) return;
    const told = await quietly(() => rpc("folders_offer"));
    if (!told || here !== whose()) return;
    offer = told;
    if (told.choice || (state.status?.stage === "ready" && state.status.embedded)) settled = here;
    if (told.wanted && !choosing) await choose(told.wanted);
    tell();
  };
  on("criterion", () => { settled = ""; });
  on("status", look);
  for (const event of /** @type {const} */ (["decided", "changed-elsewhere"])) on(event, putOff);
}

/** Whether the question is open. */
export const foldersAsked = () => !put && (offer?.asks ?? false);

/** Ask no more while the page is open: whoever answers has started otherwise. */
export function putOff() {
  if (!foldersAsked()) return;
  put = true;
  tell();
}

/** @returns {(Node | string)[]} */
export function foldersQuestion() {
  if (!offer) return [];
  const { names, folders, images } = offer;
  const more = folders > names.length ? ", …" : "";
  /** @param {"use" | "check" | "ignore"} choice @param {string} label @param {string} text */
  const button = (choice, label, text) => h("button.meaning", {
    dataset: { choice }, disabled: choosing, onclick: () => choose(choice),
  }, h("b", {}, label), h("span", {}, text));
  return [
    h("b.guide-title", { title: `${plural(images, "image")} in ${plural(folders, "folder")}` },
      `Your folders have names: ${names.join(", ")}${more}. `),
    button("use", "Use them as a start", "names become groups; one step takes it back"),
    button("check", "Check them for errors", "images that look misfiled, worst first"),
    button("ignore", "Ignore them", "they mean something else; not asked again"),
  ];
}

/** @param {"use" | "check" | "ignore"} choice */
async function choose(choice) {
  choosing = true;
  tell();
  const done = await attempt(() => rpc("folders_choose", { choice }));
  choosing = false;
  if (done) {
    offer = done;
    const left = done.done?.left.length ?? 0;
    toast(left ? `${TELL[choice]} ${plural(left, "image")} stay where answers put them.` : TELL[choice]);
    if (done.done) emit("changed-elsewhere", done.done);
    if (choice === "check") emit("check-folders");
  }
  tell();
}
