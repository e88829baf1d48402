// Export: choose what and in which form; the file is written whole and then offered as a download.

import { rpc, state } from "./core.js";
import { address, attempt, h, plural } from "./dom.js";

const TABLES = ["csv", "jsonl", "parquet"];
const WHAT = [
  ["pairs", "Pairs", "every answered pair: verdict, kind, reviewer, strategy, score, generation, time", TABLES],
  ["negatives", "Cancelled negatives", "pairs that training code must not use as negatives", TABLES],
  ["triplets", "Triplets", "anchor, positive, negative from answered pairs", TABLES],
  ["groups", "Groups", "item and group: explicit, implied and predicted are marked", TABLES],
  ["embeddings", "Embeddings", "file, id and vector of the current generation", ["parquet", "jsonl", "csv"]],
  ["adapter", "Adapter", "the trained network on top of the encoder, with its loader", ["safetensors"]],
];

const parts = {};
let what = WHAT[0];

export function mount(element) {
  parts.choices = h("div.choices", { role: "radiogroup", "aria-label": "What to export" });
  parts.format = h("select", { "aria-label": "Format" });
  parts.implied = h("input", { type: "checkbox", id: "export-implied" });
  parts.impliedRow = h("label.check", {}, parts.implied, "also pairs that decisions imply, with their support");
  parts.button = h("button.primary", { onclick: write }, "Write export");
  parts.results = h("div.results", { "aria-live": "polite" });
  element.replaceChildren(h("section.card.scroll.export", {}, h("h2", {}, "Export"),
    h("p.soft", {}, "Files are written whole or not at all, with a manifest of counts and the position in the decision log."),
    parts.choices, h("div.row.wrap", {}, h("label", {}, "Format ", parts.format), parts.impliedRow, h("span.spacer"), parts.button), parts.results));
  paint();
}

function paint() {
  parts.choices.replaceChildren(...WHAT.map((choice) => h("button.choice", {
    role: "radio", "aria-checked": choice === what, dataset: { what: choice[0] }, onclick: () => { what = choice; paint(); },
  }, h("b", {}, choice[1]), h("span.soft", {}, choice[2]))));
  parts.format.replaceChildren(...what[3].map((f) => h("option", { value: f }, f === "csv" ? "CSV" : f === "jsonl" ? "JSONL" : f === "parquet" ? "Parquet" : f)));
  parts.impliedRow.hidden = what[0] !== "pairs";
}

async function write() {
  const [id, label] = what;
  parts.button.disabled = true;
  parts.button.textContent = "Writing …";
  const implied = id === "pairs" && parts.implied.checked;
  const written = await attempt(() => rpc("export_write", { what: id, format: parts.format.value, implied }));
  parts.button.disabled = false;
  parts.button.textContent = "Write export";
  if (!written) return;
  const rows = written.rows === null || written.rows === undefined ? "" : plural(written.rows, "row");
  parts.results.prepend(h("div.result", {}, h("b", {}, label), h("span.soft", {}, [state.criterion, rows].filter(Boolean).join(" · ")), h("span.spacer"),
    h("a.button", { href: address(`download/${encodeURIComponent(written.file)}`), download: written.file }, `Download ${written.file}`)));
}
