// Generations: what made them and how good they are; settings of training.

import { emit, on, rpc, state } from "./core.js";
import { attempt, clock, h, percent, plural, toast } from "./dom.js";
import { objectiveLabel, paintTrial, TAUGHT, trialSection } from "./trial.js";

const ENOUGH_PAIRS = 20; // an AUC of fewer held-out pairs says nothing

const parts = {};

export function mount(element) {
  parts.status = h("div.train-status");
  parts.table = h("tbody");
  parts.taught = h("span", { hidden: true }, TAUGHT);
  parts.form = h("form.fields", { onsubmit: (event) => { event.preventDefault(); save(); } });
  element.replaceChildren(h("div.two.wide-left", {},
    h("section.card.scroll", {}, h("div.row", {}, h("h2", {}, "Generations"), h("span.soft", {}, "newest first")), parts.status,
      h("div.table-frame", {}, h("table", {}, h("thead", {}, h("tr", {}, ...["", "Decisions", "Objective", "AUC on held-out pairs", "on random", "Made", ""].map((t) => h("th", {}, t)))), parts.table)),
      trialSection((auc) => interval(known(auc)), () => { load(); paintForm(); })),
    h("section.card.scroll", {}, h("h2", {}, "Settings"), parts.form)));
  on("view", (view) => { if (view === "training") { load(); paintForm(); } });
  on("changed", () => { if (state.view === "training") load(); });
  on("status", paintStatus);
  on("criterion", () => { if (state.view === "training") { load(); paintForm(); } });
}

const known = (auc) => (auc && auc.n >= ENOUGH_PAIRS ? auc : null);

function paintStatus(status) {
  parts.taught.hidden = !status.taught;
  const { training, new_decisions: fresh } = status;
  const auc = known(status.auc);
  const line = training
    ? `${training.trial ? `Trying ${training.trial}` : "Training"} on ${plural(training.decisions, "decision")}: ${percent(training.progress)}`
    : `${plural(fresh, "new decision")} since generation ${status.latest}`;
  const quality = auc ? ` · AUC ${auc.value.toFixed(2)} [${auc.low.toFixed(2)}–${auc.high.toFixed(2)}] from ${auc.n} held-out pairs`
    : " · AUC is shown from 20 held-out pairs on";
  parts.status.replaceChildren(h("span.soft", {}, line + quality), h("span.spacer"),
    h("button.primary", { disabled: Boolean(training), onclick: train }, training ? "Training …" : "Train now"));
}

async function load() {
  const made = await attempt(() => rpc("training_generations"));
  if (!made) return;
  const current = state.status?.generation;
  const rows = [...made].sort((a, b) => b.number - a.number);
  parts.table.replaceChildren(...rows.map((g) => row(g, g.number === current)));
}

function row(g, current) {
  const tag = current ? h("span.chip", {}, state.status.pinned ? "current, pinned" : "current")
    : g.trial ? h("span.chip.grey", { title: `Made beside generation ${g.rival}` }, "trial")
      : g.adopted === false && h("span.chip.grey", { title: "Fell beyond the interval of the one before" }, "not adopted");
  return h(current ? "tr.current" : "tr", { dataset: { generation: g.number } },
    h("td", {}, h("b", {}, `generation ${g.number}`), " ", tag),
    h("td.num", {}, String(g.decisions)), h("td", {}, g.number ? g.objective : "encoder as it is"),
    h("td", {}, interval(known(g.auc))), h("td.num", {}, known(g.auc_random)?.value.toFixed(2) ?? "–"), h("td.soft", {}, clock(g.created)),
    h("td", {}, !current && h("button.small", { onclick: () => restore(g.number) }, "Restore")));
}

function interval(auc) {
  if (!auc) return h("span.soft", {}, "–");
  const track = h("span.interval", { title: `95 % bootstrap interval, ${auc.n} pairs` });
  const span = h("i");
  const dot = h("b");
  const at = (v) => `${Math.max(0, Math.min(1, (v - 0.5) * 2)) * 100}%`;
  span.style.left = at(auc.low);
  span.style.right = `calc(100% - ${at(auc.high)})`;
  dot.style.left = at(auc.value);
  track.append(span, dot);
  return h("span.auc", {}, track, h("span.num", {}, `${auc.value.toFixed(2)} [${auc.low.toFixed(2)}–${auc.high.toFixed(2)}]`));
}

async function train() {
  const started = await attempt(() => rpc("training_start"));
  if (started) toast(started.started === false ? "A training run is under way." : "Training started; review goes on.");
}

async function restore(number) {
  const done = await attempt(() => rpc("training_restore", { number }));
  if (!done && done !== null) return;
  toast(`Generation ${number} is back and pinned.`, { action: "Resume training", run: () => attempt(() => rpc("training_resume")) });
  load();
}

async function paintForm() {
  if (!state.criterion) return; // still starting: painted once it is known
  const settings = await attempt(() => rpc("training_settings"));
  if (!settings) return;
  state.settings = settings;
  const number = (name, min, max, otherwise = "") => h("input", { type: "number", name, min, max, value: settings[name] ?? otherwise, placeholder: "auto" });
  const options = (name, values) => h("select", { name }, ...values.map(([value, label]) => h("option", { value, selected: settings[name] === value }, label)));
  const objectives = state.overview.objectives.filter((o) => o.live).map((o) => [o.id, objectiveLabel(o)]);
  if (!objectives.some(([id]) => id === settings.objective)) objectives.unshift(["", unusable(settings.objective)]);
  parts.form.replaceChildren(
    h("label", {}, "Objective", options("objective", objectives), parts.taught),
    h("label", {}, "Train after this many new decisions", number("every_decisions", 1, 10000)),
    h("label", {}, "or after idle seconds", number("idle_seconds", 1, 86400)),
    h("label", {}, "Number of groups", number("n_groups", 1, 10000)),
    h("label", {}, "Reviewers per pair", number("overlap", 1, 20, 1)),
    h("label.check", {}, h("input", { type: "checkbox", name: "blind", checked: Boolean(settings.blind) }), "Blind: hide scores and other answers"),
    h("div.box-foot", {}, h("button.primary", { type: "submit" }, "Save settings")));
  paintTrial();
}

// The first of the list, so chosen until another one is; saving leaves the objective as it is.
function unusable(id) {
  const known = state.overview.objectives.find((o) => o.id === id);
  return `${id}: cannot train here, ${known ? `needs ${known.absent}` : "it is not installed"}`;
}

async function save() {
  const form = new FormData(parts.form);
  const whole = (name) => (form.get(name) ? Number(form.get(name)) : null);
  const values = {
    ...(form.get("objective") && { objective: form.get("objective") }), every_decisions: whole("every_decisions"), idle_seconds: whole("idle_seconds"),
    n_groups: whole("n_groups"), overlap: whole("overlap") || 1, blind: form.has("blind"),
  };
  const settings = await attempt(() => rpc("training_set_settings", { values }));
  if (!settings) return;
  state.settings = settings;
  emit("settings", settings);
  toast("Settings saved.");
}
