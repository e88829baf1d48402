// What the server answers and the panels hand to each other. Types only: no browser fetches this file.

export type Verdict = "same" | "different" | "unsure" | "incomparable";

export interface Named { id: string; name: string }
export interface Item extends Named { w: number; h: number; group: string | null }
export interface Tile extends Named { similarity: number | null; relation: string }
export interface Pair<T extends Named = Named> { a: T; b: T }

// ---- review ------------------------------------------------------------------------------

export interface Card extends Pair<Item> {
  key: string; kind: string; strategy: string; score: number; reason: string; summary: string;
  cosine: number; cosine_before: number; generation: number; near_a: Tile[]; near_b: Tile[];
}
export type Counts = Record<string, number>;
export interface CardsAnswer { cards: Card[]; counts: Counts; done: boolean; message: string }

/** What a reviewer said of a pair; ids of both items. */
export interface Decision {
  id: string; a: string; b: string; verdict: Verdict; kind: string | null; strategy: string;
  score: number | null; generation: number; milliseconds: number | null; batch_id: string | null;
  supersedes: string | null;
}
export type NewDecision = Omit<Decision, "id" | "generation"> & { generation?: number };
/** A decision on its way: with its items for lists, and whether the server has it. */
export interface Decided extends Decision { items: Pair | null; stored?: boolean }

export interface DecisionRow extends Pair<Item> {
  id: string; verdict: Verdict; reviewer: string; strategy: string; kind: string | null;
  generation: number | null; time: string; effective: boolean; conflict: boolean; effect: string;
}
export interface Receipt { id: string; effect: string; conflict: boolean }
export interface Session { decisions: number; per_minute: number | null }
export interface Recorded {
  receipts: Receipt[]; void: string[]; counts: Counts; version: number; decisions: number;
  session: Session;
}
/** Answers that came in: all that the server said, or at least that something changed. */
export type Receipts = Partial<Recorded> & {
  receipts: Receipt[]; criterion?: string; reviewer?: string;
};
export interface Conflict { decision: DecisionRow; path: DecisionRow[]; items: Item[] }
export interface Cover extends Item { size: number; chance: number }
export interface Question { item: Item; covers: Cover[] }
export interface QuestionAnswer { question: Question | null; message?: string }

// ---- where things stand ------------------------------------------------------------------

export interface Auc { value: number; low: number; high: number; n: number }
export interface Offer {
  generation: number; auc: number; low: number; high: number; current_auc: number;
}
export interface Worker { state: string; message: string }
export interface Trial { number: number; drawing: number[]; since: number }
export interface Status {
  version: number; items: number; embedded: number; stage: string; progress: number; message: string;
  unreadable: number; generation: number; generation_decisions: number; latest: number;
  map_ready: boolean; map_generation: number; mapped: number; map_key: string; pinned: boolean;
  training: { progress: number; decisions: number; trial: string | null } | null;
  trial: Trial | null; taught: boolean; worker: Worker; counts: Counts; decisions: number;
  new_decisions: number; conflicts: number; offer: Offer | null; auc: Auc | null;
  change_chance: number | null; session: Session;
}
export interface Criterion { name: string; question: string }
export interface Objective {
  id: string; summary: string; needs: string[]; live: boolean; absent: string; paper: string;
}
export interface Overview {
  name: string; path: string; source: string; encoder: string; device: string; n_items: number;
  criteria: Criterion[]; attributes: string[]; colours: string[]; has_images: boolean;
  has_text: boolean; can_embed: boolean; unreadable: { path: string; reason: string }[];
  objectives: Objective[];
}
export interface Settings {
  blind?: boolean; strategy?: string; objective?: string; every_decisions?: number | null;
  idle_seconds?: number | null; n_groups?: number | null; overlap?: number | null;
}
export interface Strategy {
  id: string; kind: string; family: string; summary: string; when: string; paper: string;
  needs: string[]; defaults: Record<string, unknown>; absent: string; shown: number;
  accepted: number | null; information: number | null; seconds: number | null;
}
export interface Generation {
  number: number; decisions: number; objective: string; created: string; auc: Auc | null;
  auc_random: Auc | null; adopted: boolean; rival: number | null; trial: boolean;
}
export interface Side {
  number: number; objective: string; decisions: number; auc: Auc | null;
  places: [number[], number[]] | null;
}
export interface Comparison { sides: Side[]; drawing: number[]; colours: Colours | null }

// ---- map, groups, gallery ----------------------------------------------------------------

export interface Points { key: string; generation: number; ids: string[]; x: number[]; y: number[] }
export interface Places { x: number[]; y: number[] }
/** A value for every point, in the order of the points of the same `key`. */
export interface Colours {
  key?: string; by: string; kind: string; values: (number | null)[]; names: string[];
  tints?: Record<string, number[] | null>; pending?: boolean;
}
export interface LegendEntry { colour: string; name: string; count: number | null }
export interface Group { id: string; name: string | null; size: number; cover: string; items: Item[] }
export interface Predicted {
  k: number | null; estimated: boolean; groups: Group[]; pending: boolean; generation: number | null;
}
export interface Neighbours { item: Item; generation: number; tiles: Tile[]; before: Tile[] }
export type GalleryRequest =
  | { mode: "neighbours"; item: string }
  | { mode: "lasso"; ids: string[] }
  | { mode: "find"; title: string; tiles: Tile[] };

// ---- teaching ----------------------------------------------------------------------------

export interface Bin { name: string; taught: number; robot: number; items: string[] }
export interface Teaching {
  session: string; name: string; mode: "pick" | "sort"; status: "active" | "paused" | "ended";
  started: string; ended: string | null; ask_share: number; bins: Bin[]; picks: number; taught: number;
  learnt: number; observed: number; asks: number; confident_share: number | null;
  agreement: number | null; generation: number; learning: boolean; robots: string[]; trouble: string;
  contradictions: { item: string; bins: Record<string, string> }[];
  refused: { item: string; bin: string }[]; disputes: number;
}
export interface BeltItem extends Named { bin: string | null; confidence: number; action: string }
export interface TeachView {
  belt: BeltItem[]; state: Teaching; all_seen: boolean; sorted: Record<string, Record<string, string>>;
}
export interface TeachSession { session: string; name: string }
export interface Curve { agreement: [number, number][]; confident: [number, number][] }
/** The item in the hand and what is on its way to the server. */
export interface Hand { chosen: string; sent: Map<string, string> }
/** What the server says to a pick or an undo. */
export interface Delivery { bin?: string | null; conflict?: boolean; undone?: string | null }

// ---- calls -------------------------------------------------------------------------------

/** Server functions by name, with what each answers. */
export interface Calls {
  header_overview: Overview;
  header_status: Status;
  header_add_criterion: Overview;
  guide_welcome: { first: boolean };
  review_cards: CardsAnswer;
  review_decide: Recorded;
  review_skip: object;
  review_undo: { undone: DecisionRow[]; cards: Card[]; counts: Counts };
  review_release: object;
  review_exclude: object;
  question_next: QuestionAnswer;
  question_answer: Recorded;
  question_skip: object;
  recent_decisions: { rows: DecisionRow[]; total: number };
  decisions_page: { rows: DecisionRow[]; total: number };
  decisions_conflicts: { conflicts: Conflict[] };
  decisions_excluded: { items: Item[] };
  map_points: Points;
  map_colours: Colours;
  gallery_neighbours: Neighbours;
  gallery_verdict: Recorded;
  gallery_find: { tiles: Tile[] };
  gallery_find_text: { tiles: Tile[] };
  gallery_find_image: { tiles: Tile[] };
  groups_list: { groups: Group[] };
  groups_predicted: Predicted;
  groups_split: object;
  groups_merge: object;
  groups_rename: object;
  groups_adopt_folders: object;
  strategies_list: { strategies: Strategy[] };
  training_settings: Settings;
  training_set_settings: Settings;
  training_generations: { generations: Generation[] };
  training_start: { started: boolean };
  training_restore: object;
  training_resume: object;
  training_offer: object;
  training_try: { started: boolean };
  training_trial: { trial: Comparison | null };
  export_write: { rows: number | null; file: string };
  teach_sessions: { sessions: TeachSession[] };
  teach_open: { session: string };
  teach_view: TeachView;
  teach_pick: Delivery;
  teach_undo: Delivery;
  teach_step: object;
  teach_bin: object;
  teach_bin_items: { bin: string; items: string[] };
  teach_curve: Curve;
  teach_asks: object;
  teach_export: { file: string; files: string[]; encoder: string };
  teach_grant: { robot: string; token: string; robots: string[] };
  teach_revoke: { robots: string[] };
}
export type CallName = keyof Calls;
export type Values = Record<string, unknown>;
/** A panel's server functions, as Gradio hands them in. */
export type Server = Record<string, (values: Values) => Promise<any>>;

// ---- building DOM ------------------------------------------------------------------------

type TagOf<S extends string> = S extends `${infer T}.${string}` ? T : S;
export type Built<S extends string> = TagOf<S> extends keyof HTMLElementTagNameMap
  ? HTMLElementTagNameMap[TagOf<S>] : HTMLElement;
export type Child = Node | string | null | undefined | false;
type Handlers<E> = {
  [K in keyof GlobalEventHandlersEventMap as `on${K}`]?:
    (event: GlobalEventHandlersEventMap[K] & { currentTarget: E }) => unknown;
};
export type Props<E = HTMLElement> = Handlers<E> & {
  dataset?: Record<string, string | number | boolean | null | undefined>;
} & { [name: string]: unknown };

// ---- the parts of the plotting library that the map uses ---------------------------------

export interface PlotAxis { range: [number, number]; _length: number; _offset: number }
export interface PlotPoint { pointIndex: number }
export interface Plot extends HTMLDivElement {
  _fullLayout?: { xaxis: PlotAxis; yaxis: PlotAxis };
  layout: { selections?: unknown[] };
  on(name: string, listener: (event: any) => void): void;
}
export interface Plotly {
  react(plot: Plot, data: object[], layout: object, config: object): Promise<unknown>;
  update(plot: Plot, data: object, layout: object): Promise<unknown>;
  relayout(plot: Plot, layout: object): Promise<unknown>;
  Plots: { resize(plot: Plot): Promise<unknown> };
}

declare global {
  interface Window {
    Plotly?: Plotly;
    curation: { state: object; rpc: Function; show: Function };
  }
}
