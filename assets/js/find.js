// The find box: by file name, by text where the encoder reads text, or by an image dropped anywhere.

import { emit, on, rpc, show, state } from "./core.js";
import { attempt, h, toast } from "./dom.js";

/** Build the find box of the navigation bar. */
export function openFind() {
  const input = h("input", { type: "search", placeholder: "Find a file, or drop an image", "aria-label": "Find" });
  const by = h("select", { hidden: true, "aria-label": "Find by" },
    h("option", { value: "gallery_find" }, "name"), h("option", { value: "gallery_find_text" }, "text"));
  const file = h("input", { type: "file", accept: "image/*", hidden: true, onchange: () => lookAlike(file.files[0]) });
  const submit = async (event) => {
    event.preventDefault();
    const query = input.value.trim();
    if (!query) return;
    const found = await attempt(() => rpc(by.value, { query }));
    if (found) results(`“${query}”`, found.tiles);
  };
  on("overview", ({ has_text: hasText }) => { by.hidden = !hasText; });
  acceptDrops();
  return h("form.find", { onsubmit: submit, role: "search" }, by, input,
    h("button.small", { type: "button", title: "Find images like one on your disk", onclick: () => file.click() }, "Image …"), file);
}

function results(title, tiles) {
  if (!tiles.length) toast(`Nothing found for ${title}.`);
  else emit("gallery", { mode: "find", title, tiles });
}

function acceptDrops() {
  const carriesFile = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
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
    lookAlike(event.dataTransfer.files[0]);
  });
}

async function lookAlike(file) {
  if (!file || !state.criterion) return;
  const found = await attempt(() => rpc("gallery_find_image", { data: file }));
  if (!found) return;
  if (state.view !== "review") show("map");
  results(`images like ${file.name}`, found.tiles);
}
