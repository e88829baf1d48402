// @ts-check
// Export: choose what and in which form; the file is written whole and then offered as a download.

import { rpc, state } from "./core.js";
import { address, h } from "./dom.js";
import { leftOut, plural } from "./format.js";
import { drained } from "./outbox.js";
import { attempt } from "./trouble.js";

/** @typedef {{ id: string, label: string, holds: string, formats: string[] }} What */

const TABLES = ["csv", "jsonl", "parquet"];
const LABELS = ["coco", "fiftyone", "labelstudio", "folders", "imagefolder"];
/** @type {What[]} */
const WHAT = [
  { id: "pairs", label: "Pairs", formats: [...TABLES, "webdataset"],
    holds: "every answered pair: verdict, kind, reviewer, strategy, score, generation, time" },
  { id: "negatives", label: "Cancelled negatives", formats: TABLES,
    holds: "pairs that training code must not use as negatives" },
  { id: "triplets", label: "Triplets", formats: TABLES,
    holds: "anchor, positive, negative from answered pairs" },
  { id: "groups", label: "Groups", formats: [...TABLES, ...LABELS],
    holds: "item and group: explicit, implied, accepted and predicted are marked" },
  { id: "embeddings", label: "Embeddings", formats: ["parquet", "jsonl", "csv"],
    holds: "file, id and vector of the current generation" },
  { id: "adapter", label: "Adapter", formats: ["safetensors"],
    holds: "the trained network on top of the encoder, with its loader" },
];
/** @type {Record<string, string>} */
const FORMATS = {
  csv: "CSV", jsonl: "JSONL", parquet: "Parquet", webdataset: "WebDataset, with images (zip)",
  coco: "COCO JSON", fiftyone: "FiftyOne, with images (zip)", labelstudio: "Label Studio tasks",
  folders: "A folder a group, with images (zip)", imagefolder: "Hugging Face imagefolder, with images (zip)",
};
const WHOLE = "Files are written whole or not at all, with a manifest of counts and the position in the "
  + "decision log.";

/** @type {ReturnType<typeof build>} */
let parts;
let [what] = WHAT;

/** @param {HTMLElement} element */
export function mount(element) {
  parts = build();
  element.replaceChildren(h("section.card.scroll.export", {}, h("h2", {}, "Export"), h("p.soft", {}, WHOLE),
    parts.choices,
    h("div.row.wrap", {}, h("label", {}, "Format ", parts.format), parts.impliedRow, h("span.spacer"),
      parts.button),
    parts.results));
  paint();
}

function build() {
  const implied = h("input", { type: "checkbox", id: "export-implied" });
  return {
    implied,
    choices: h("div.choices", { role: "radiogroup", "aria-label": "What to export" }),
    format: h("select", { "aria-label": "Format" }),
    impliedRow: h("label.check", {}, implied, "also pairs that decisions imply, with their support"),
    button: h("button.primary", { onclick: write }, "Write export"),
    results: h("div.results", { "aria-live": "polite" }),
  };
}

function paint() {
  parts.choices.replaceChildren(...WHAT.map((choice) => h("button.choice", {
    role: "radio", "aria-checked": choice === what, dataset: { what: choice.id },
    onclick: () => { what = choice; paint(); },
  }, h("b", {}, choice.label), h("span.soft", {}, choice.holds))));
  parts.format.replaceChildren(...what.formats.map((f) => h("option", { value: f }, FORMATS[f] ?? f)));
  parts.impliedRow.hidden = what.id !== "pairs";
}

async function write() {
  const { id, label } = what;
  const { criterion } = state; // the one that is written, whatever is chosen by the time it is
  parts.button.disabled = true;
  parts.button.textContent = "Writing …";
  const implied = id === "pairs" && parts.implied.checked;
  const format = parts.format.value;
  const written = await attempt(async () => {
    await drained(); // what was answered a moment ago is in it
    return rpc("export_write", { criterion, what: id, format, implied });
  });
  parts.button.disabled = false;
  parts.button.textContent = "Write export";
  if (!written) return;
  const rows = written.rows === null || written.rows === undefined ? "" : plural(written.rows, "row");
  const counts = /** @type {Record<string, number>} */ (written.manifest.counts ?? {});
  const href = address(`download/${encodeURIComponent(written.file)}`);
  parts.results.prepend(h("div.result", {}, h("b", {}, label),
    h("span.soft", {}, [criterion, rows, leftOut(counts)].filter(Boolean).join(" · ")), h("span.spacer"),
    h("a.button", { href, download: written.file }, `Download ${written.file}`)));
}
