// @ts-check
// The pairs fetched ahead of the person, the one on screen first. Every start anew is an epoch: what
// was asked for in an older one is not taken.

/** @import { Pair } from "./types.js" */

/** Cards held, the shown one included. */
const AHEAD = 8;
const REFILL_BELOW = 6;

/**
 * What came of an answer: cards to show, none left to ask, or wait and ask again.
 * @typedef {"cards" | "done" | "wait"} Came
 */

/**
 * Cards of one epoch, each made ready by `prepare` as soon as it is here.
 * @template {Pair & { key: string }} C
 * @template {C} P
 */
export class Buffer {
  /** @param {(card: C) => P} prepare */
  constructor(prepare) {
    this.prepare = prepare;
    /** @type {P[]} */
    this.cards = [];
    this.epoch = 0;
    /** Why nothing is left to ask, null where something may be. @type {string | null} */
    this.finished = null;
  }

  /** The pair on screen. */
  get shown() {
    return this.cards.at(0);
  }

  get keys() {
    return this.cards.map((card) => card.key);
  }

  /** How many cards to ask for now, 0 for none. */
  wanted() {
    return this.finished !== null || this.cards.length >= REFILL_BELOW ? 0 : AHEAD - this.cards.length;
  }

  /** Begin anew: another criterion, reviewer or queue. */
  restart() {
    this.epoch += 1;
    this.cards = [];
    this.finished = null;
  }

  /** Ask again after nothing was left. */
  reopen() {
    this.finished = null;
  }

  /**
   * Take cards asked for in `epoch`, without those held or whose answers wait (`unsaved` keys);
   * null where the epoch is over.
   * @param {number} epoch
   * @param {{ cards: C[], done: boolean, message?: string }} answer
   * @param {string[]} [unsaved]
   * @returns {Came | null}
   */
  take(epoch, { cards, done, message }, unsaved = []) {
    if (epoch !== this.epoch) return null;
    const taken = new Set([...this.keys, ...unsaved]);
    this.cards.push(...cards.filter((card) => !taken.has(card.key)).map(this.prepare));
    const none = this.cards.length === 0;
    this.finished = none && done ? message || "Every proposed pair is answered." : null;
    if (!none) return "cards";
    return done ? "done" : "wait";
  }

  /** The card on screen leaves. */
  shift() {
    return this.cards.shift();
  }

  /**
   * Pairs that an answer has meanwhile implied are not shown, except the one on screen; whether any went.
   * @param {string[]} keys
   */
  drop(keys) {
    const gone = new Set(keys);
    return this.keep((card, place) => place === 0 || !gone.has(card.key));
  }

  /**
   * Items that were excluded are in no pair, not even the one on screen; whether any went.
   * @param {string[]} items
   */
  exclude(items) {
    const gone = new Set(items);
    return this.keep((card) => !gone.has(card.a.id) && !gone.has(card.b.id));
  }

  /**
   * What was taken back is asked again, first.
   * @param {C[]} cards
   */
  putBack(cards) {
    const back = new Set(cards.map((card) => card.key));
    this.cards = [...cards.map(this.prepare), ...this.cards.filter((card) => !back.has(card.key))];
    this.finished = null;
  }

  /** Make all anew, by other settings. */
  refresh() {
    this.cards = this.cards.map(this.prepare);
  }

  /** @param {(card: P, place: number) => boolean} stays */
  keep(stays) {
    const before = this.cards.length;
    this.cards = this.cards.filter(stays);
    return this.cards.length < before;
  }
}
