// What the panels hand to each other. Types only: no browser fetches this file. What the server takes
// and answers is in api.d.ts.

import type { Card, Item, Operations, Receipt, Recorded, Tile, VerdictIn } from "./api.js";

// ---- calls -------------------------------------------------------------------------------

export type CallName = keyof Operations;
/** What an operation is given. The page adds its criterion and its reviewer where none is named; the
 *  reviewer is the teacher, too. */
export type Values<K extends CallName> = Operations[K]["values"] & { reviewer?: string };
export type Answer<K extends CallName> = Operations[K]["answer"];
/** Values, which may be left out where none is needed. */
export type Given<K extends CallName> =
  {} extends Values<K> ? [values?: Values<K>] : [values: Values<K>];

/** What the outbox keeps beside decisions: picks and undos of a session, and answers of Sort. */
export type TeachName = "teach_pick" | "teach_undo";
export type SortName = "sort_name" | "sort_sweep" | "sort_merge";
type Kept = TeachName | SortName;
export type Call<K extends Kept = Kept> =
  { [N in K]: { call: N; values: Values<N> } }[K];
/** A call that has left the outbox; `answer` is null where the server refused it. */
export type Delivered = { [N in TeachName]: Call<N> & { answer: Answer<N> | null } }[TeachName];
export type SortDelivered = { [N in SortName]: Call<N> & { answer: Answer<N> | null } }[SortName];

// ---- items and decisions -----------------------------------------------------------------

export type Verdict = VerdictIn["verdict"];
export type Kind = Card["kind"];
export type Named = Pick<Item, "id" | "name">;
export interface Pair<T extends Named = Named> { a: T; b: T }
/** What a reviewer said of a pair; ids of both items. */
export type Decision = VerdictIn & { id: string; generation: number };
export type NewDecision = Omit<VerdictIn, "id">;
/** A decision on its way: with its items for lists, and whether the server has it. */
export interface Decided extends Decision { items: Pair | null; stored?: boolean }
/** Answers that came in: all that the server said, or at least that something changed. */
export type Receipts = Partial<Recorded> & {
  receipts: Receipt[]; criterion?: string; reviewer?: string;
};

// ---- map, gallery, teaching --------------------------------------------------------------

export interface Places { x: number[]; y: number[] }
/** `key` names what its points have in common; null where they cannot be picked. */
export interface LegendEntry { key: string | null; colour: string; name: string; count: number | null }
export type GalleryRequest =
  | { mode: "neighbours"; item: string }
  | { mode: "lasso"; ids: string[] }
  | { mode: "find"; title: string; tiles: Tile[]; total: number };
/** The item in the hand and what is on its way to the server. */
export interface Hand { chosen: string; sent: Map<string, string> }

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
