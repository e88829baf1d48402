// @ts-check
// Generations: what made them and how good they are; settings of training.

import { rpc, saveSettings, state, workspace } from "./core.js";
import { h, toast } from "./dom.js";
import { on } from "./events.js";
import { clock, percent, plural } from "./format.js";
import { drained } from "./outbox.js";
import { advanced, isPlain, PLAIN_OBJECTIVES, plainChoices } from "./plain.js";
import { objectiveLabel, paintTrial, TAUGHT, trialSection } from "./trial.js";
import { attempt } from "./trouble.js";

/** @import { AUC, GenerationRow, Settings, Status } from "./api.js" */

const ENOUGH_PAIRS = 20; // an AUC of fewer held-out pairs says nothing
const COLUMNS = ["", "Decisions", "Objective", "AUC on held-out pairs", "on random", "Made", ""];

/** @type {ReturnType<typeof build>} */
let parts;

/** @param {HTMLElement} element */
export function mount(element) {
  parts = build();
  element.replaceChildren(h("div.two.wide-left", {},
    h("section.card.scroll", {},
      h("div.row", {}, h("h2", {}, "Generations"), h("span.soft", {}, "newest first")), parts.status,
      h("div.table-frame", {}, h("table.generations", {},
        h("thead", {}, h("tr", {}, ...COLUMNS.map((t) => h("th", {}, t)))), parts.table)),
      trialSection((auc) => interval(known(auc)), refresh)),
    h("section.card.scroll", {}, h("h2", {}, "Settings"), parts.form)));
  on("view", refresh);
  on("changed", load);
  on("status", paintStatus);
  on("criterion", refresh);
}

function build() {
  return {
    status: h("div.train-status"),
    table: h("tbody"),
    taught: h("span", { hidden: true }, TAUGHT),
    form: h("form.fields", { onsubmit: submit }),
  };
}

const refresh = () => Promise.all([load(), paintForm()]);

/** @param {AUC | null} auc */
const known = (auc) => (auc && auc.n >= ENOUGH_PAIRS ? auc : null);

/** @param {AUC} auc */
const written = ({ value, low, high }) => `${value.toFixed(2)} [${low.toFixed(2)}–${high.toFixed(2)}]`;

/** @param {Status} status */
function paintStatus(status) {
  parts.taught.hidden = !status.taught;
  const { training, new_decisions: fresh } = status;
  const auc = known(status.auc);
  const doing = training?.trial ? `Trying ${training.trial}` : "Training";
  const line = training
    ? `${doing} on ${plural(training.decisions, "decision")}: ${percent(training.progress)}`
    : `${plural(fresh, "new decision")} since generation ${status.latest}`;
  const quality = auc ? ` · AUC ${written(auc)} from ${auc.n} held-out pairs`
    : " · AUC is shown from 20 held-out pairs on";
  const button = h("button.primary", { disabled: Boolean(training), onclick: train },
    training ? "Training …" : "Train now");
  parts.status.replaceChildren(h("span.soft", {}, line + quality), h("span.spacer"), button);
}

async function load() {
  if (state.view !== "training") return;
  const { criterion } = state;
  const answer = await attempt(() => rpc("training_generations"));
  if (!answer || criterion !== state.criterion) return;
  const current = state.status?.generation;
  const rows = [...answer].sort((a, b) => b.number - a.number);
  parts.table.replaceChildren(...rows.map((g) => row(g, g.number === current)));
}

/** @param {GenerationRow} g @param {boolean} current */
function tagOf(g, current) {
  if (current) return h("span.chip", {}, state.status?.pinned ? "current, pinned" : "current");
  if (g.trial) return h("span.chip.grey", { title: `Made beside generation ${g.rival}` }, "trial");
  return g.adopted === false
    && h("span.chip.grey", { title: "Fell beyond the interval of the one before" }, "not adopted");
}

/** @param {GenerationRow} g @param {boolean} current */
function row(g, current) {
  const { criterion } = state;
  return h(current ? "tr.current" : "tr", { dataset: { generation: g.number } },
    h("td", {}, h("b", {}, `generation ${g.number}`), " ", tagOf(g, current)),
    h("td.num", {}, String(g.decisions)), h("td", {}, g.number ? g.objective : "encoder as it is"),
    h("td", {}, interval(known(g.auc))),
    h("td.num", {}, known(g.auc_random)?.value.toFixed(2) ?? "–"), h("td.soft", {}, clock(g.created)),
    h("td", {}, !current
      && h("button.small", { onclick: () => restore(criterion, g.number) }, "Restore")));
}

/** @param {AUC | null} auc */
function interval(auc) {
  if (!auc) return h("span.soft", {}, "–");
  const track = h("span.interval", { title: `95 % bootstrap interval, ${auc.n} pairs` });
  const span = h("i");
  const dot = h("b");
  /** @param {number} v */
  const at = (v) => `${Math.max(0, Math.min(1, (v - 0.5) * 2)) * 100}%`;
  span.style.left = at(auc.low);
  span.style.right = `calc(100% - ${at(auc.high)})`;
  dot.style.left = at(auc.value);
  track.append(span, dot);
  return h("span.auc", {}, track, h("span.num", {}, written(auc)));
}

async function train() {
  const started = await attempt(async () => { await drained(); return rpc("training_start"); });
  if (!started) return;
  toast(started.started === false ? "A training run is under way." : "Training started; review goes on.");
}

/** @param {string} criterion @param {number} number */
async function restore(criterion, number) {
  const done = await attempt(() => rpc("training_restore", { criterion, number }));
  if (done === undefined) return;
  const resume = () => attempt(() => rpc("training_resume", { criterion }));
  toast(`Generation ${number} is back and pinned.`, { action: "Resume training", run: resume });
  await load();
}

async function paintForm() {
  const { criterion } = state;
  if (state.view !== "training" || !criterion) return; // while starting: painted once it is known
  const settings = await attempt(() => rpc("training_settings"));
  if (!settings || criterion !== state.criterion) return;
  state.settings = settings;
  parts.form.dataset.criterion = criterion; // whose settings the form holds
  parts.form.replaceChildren(...fields(settings));
  paintTrial();
}

/** @param {Settings} settings */
function fields(settings) {
  /** @type {(name: keyof Settings, min: number, max: number, otherwise?: number) => HTMLElement} */
  const number = (name, min, max, otherwise) => h("input", {
    type: "number", name, min, max, value: settings[name] ?? otherwise ?? "", placeholder: "auto",
  });
  return [
    ...objectiveFields(settings.objective ?? ""),
    h("label", {}, "Train after this many new decisions", number("every_decisions", 1, 10000)),
    h("label", {}, "or after idle seconds", number("idle_seconds", 1, 86400)),
    h("label", {}, "Number of groups", number("n_groups", 1, 10000)),
    h("label", {}, "Reviewers per pair", number("overlap", 1, 20, 1)),
    h("label.check", {}, h("input", { type: "checkbox", name: "blind", checked: Boolean(settings.blind) }),
      "Blind: hide scores and other answers"),
    h("div.box-foot", {}, h("button.primary", { type: "submit" }, "Save settings")),
  ];
}

// The list holds what is saved; a plain choice picks from it.
/** @param {string} chosen */
function objectiveFields(chosen) {
  const list = objectives(chosen);
  const live = new Set(workspace().objectives.filter((o) => o.live).map((o) => o.id));
  const plain = PLAIN_OBJECTIVES.filter(({ id }) => live.has(id));
  const choices = plainChoices("objective-plain", plain, chosen, (id) => { list.value = id; });
  list.addEventListener("change", () => {
    for (const one of choices.querySelectorAll("input")) one.checked = one.value === list.value;
  });
  return [h("span.soft", {}, "What training goes by"), choices, parts.taught,
    advanced("objectives", "Advanced: every objective", !isPlain(plain, chosen),
      h("label", {}, "Objective", list))];
}

/** @param {string} chosen */
function objectives(chosen) {
  const usable = workspace().objectives.filter((o) => o.live).map((o) => [o.id, objectiveLabel(o)]);
  if (!usable.some(([id]) => id === chosen)) usable.unshift(["", unusable(chosen)]);
  return h("select", { name: "objective" }, ...usable.map(([value, label]) =>
    h("option", { value, selected: chosen === value }, label)));
}

// The first of the list, so chosen until another one is; saving leaves the objective as it is.
/** @param {string} id */
function unusable(id) {
  const found = workspace().objectives.find((o) => o.id === id);
  return `${id}: cannot train here, ${found ? `needs ${found.absent}` : "it is not installed"}`;
}

/** @param {Event} event */
async function submit(event) {
  event.preventDefault();
  const form = new FormData(parts.form);
  /** @param {string} name */
  const whole = (name) => (form.get(name) ? Number(form.get(name)) : null);
  const objective = form.get("objective");
  const values = {
    ...(objective ? { objective: String(objective) } : {}),
    every_decisions: whole("every_decisions"), idle_seconds: whole("idle_seconds"),
    n_groups: whole("n_groups"), overlap: whole("overlap") || 1, blind: form.has("blind"),
  };
  const { criterion } = parts.form.dataset;
  if (await attempt(() => saveSettings(values, criterion))) toast("Settings saved.");
}
