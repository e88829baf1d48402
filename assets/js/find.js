// @ts-check
// The find box: by file name, by text where the encoder reads text, or by an image dropped anywhere.

import { rpc, show, state } from "./core.js";
import { h, toast } from "./dom.js";
import { emit, on } from "./events.js";
import { attempt } from "./trouble.js";

/** @import { Found } from "./api.js" */

/** Build the find box of the navigation bar. */
export function openFind() {
  const input = h("input", {
    type: "search", placeholder: "Find a file, or drop an image", "aria-label": "Find",
  });
  const by = h("select", { hidden: true, "aria-label": "Find by" },
    h("option", { value: "name" }, "name"), h("option", { value: "text" }, "text"));
  const file = h("input", {
    type: "file", accept: "image/*", hidden: true, onchange: () => { lookAlike(file.files?.[0]); },
  });
  /** @param {Event} event */
  const submit = (event) => { event.preventDefault(); return find(by.value, input.value.trim()); };
  on("overview", ({ has_text: hasText }) => { by.hidden = !hasText; });
  acceptDrops();
  return h("form.find", { onsubmit: submit, role: "search" }, by, input,
    h("button.small", {
      type: "button", title: "Find images like one on your disk", onclick: () => file.click(),
    }, "Image …"), file);
}

/** @param {string} by @param {string} query */
async function find(by, query) {
  if (!query) return;
  const { criterion } = state;
  const call = by === "text" ? "gallery_find_text" : "gallery_find";
  const found = await attempt(() => rpc(call, { query }));
  if (found && criterion === state.criterion) results(`“${query}”`, found);
}

/** @param {string} title @param {Found} found */
function results(title, { tiles, total }) {
  if (!tiles.length) toast(`Nothing found for ${title}.`);
  else emit("gallery", { mode: "find", title, tiles, total });
}

/** @param {DragEvent} event */
const carriesFile = (event) => event.dataTransfer?.types.includes("Files") ?? false;

function acceptDrops() {
  window.addEventListener("dragover", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  window.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) document.body.classList.remove("dropping");
  });
  window.addEventListener("drop", (event) => {
    document.body.classList.remove("dropping");
    if (!carriesFile(event)) return;
    event.preventDefault();
    lookAlike(event.dataTransfer?.files[0]);
  });
}

/** @param {File | undefined} file */
async function lookAlike(file) {
  const { criterion } = state;
  if (!file || !criterion) return;
  const found = await attempt(() => rpc("gallery_find_image", { data: file }));
  if (!found || criterion !== state.criterion) return;
  if (state.view !== "review") show("map");
  results(`images like ${file.name}`, found);
}
