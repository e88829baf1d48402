// @ts-check
// The questions fetched ahead of the person, the one on screen first. The one or two that come next
// stay; what is further behind is asked for anew after every answer, for each answer moves the guesses.

/** @import { SortQuestions } from "./api.js" */

/** @typedef {SortQuestions["questions"][number]} Question */

/** Of names two are kept, and as many more asked for. A grid holds many images and takes its time. */
const AHEAD = { name: 2, merge: 2, sweep: 1 };

/**
 * Items that a question is about; two questions about one item are not held at once.
 * @param {Question} question
 */
export function itemsOf(question) {
  if (question.form === "name") return [question.item.id];
  return question.form === "sweep" ? question.tiles.map(({ id }) => id) : [question.one, question.other];
}

/** @param {Question} question */
export const keyOf = (question) => `${question.form} ${itemsOf(question).join(" ")}`;

/**
 * The group whose grid a question is, null for none: where it is gone the grid cannot be answered.
 * @param {Question} question
 */
export const groupOf = (question) => (question.form === "sweep" ? question.group : null);

/**
 * Pairs that a question is about, as the server counts what is put off.
 * @param {Question} question @returns {[string, string][]}
 */
export function pairsOf(question) {
  if (question.form === "merge") return [[question.one, question.other]];
  if (question.form === "name") {
    return question.guesses.slice(0, 1).map(({ group }) => [question.item.id, group]);
  }
  const { group } = question;
  return question.tiles.filter(({ id }) => id !== group).map(({ id }) => [id, group]);
}

/**
 * Questions of one epoch, each made ready by `prepare` as soon as it is here.
 * @template {object} P
 */
export class Questions {
  /** @param {(question: Question) => P} prepare */
  constructor(prepare) {
    this.prepare = prepare;
    /** @type {(P & Question)[]} */
    this.list = [];
    this.epoch = 0;
    /** Why nothing is left to ask, null where something may be. @type {string | null} */
    this.finished = null;
    /** Keys and items that were put off: they come back when nothing else is left. @type {Set<string>} */
    this.putOff = new Set();
    /** Items of questions that left since the last ones were asked for. @type {Set<string>} */
    this.left = new Set();
  }

  /** Questions are asked for now; the epoch that their answer is of. */
  asking() {
    this.left = new Set();
    return this.epoch;
  }

  /** The question on screen. */
  get shown() {
    return this.list.at(0);
  }

  /** How many questions stay, and how many more to ask for. */
  get ahead() {
    return AHEAD[this.shown?.form ?? "name"];
  }

  /** Items to ask nothing else about: of those kept, and those put off. */
  get have() {
    return [...new Set([...this.list.slice(0, this.ahead).flatMap(itemsOf), ...this.putOff])];
  }

  /** Begin anew: another criterion, reviewer or form. */
  restart() {
    this.epoch += 1;
    this.list = [];
    this.putOff = new Set();
    this.finished = null;
  }

  /**
   * Take questions asked for in `epoch` in place of those behind the kept ones, without any about
   * items whose answers wait (`unsaved`) or were given meanwhile; false where the epoch is over.
   * @param {number} epoch
   * @param {Pick<SortQuestions, "questions" | "message">} answer
   * @param {Iterable<string>} [unsaved]
   */
  take(epoch, { questions, message }, unsaved = []) {
    if (epoch !== this.epoch) return false;
    const kept = this.list.slice(0, this.ahead);
    const taken = new Set([...kept.flatMap(itemsOf), ...this.putOff, ...this.left, ...unsaved]);
    const fresh = [];
    for (const question of questions) {
      const items = itemsOf(question);
      if (items.some((item) => taken.has(item))) continue;
      items.forEach((item) => taken.add(item));
      fresh.push({ ...question, ...this.prepare(question) });
    }
    this.list = [...kept, ...fresh];
    this.finished = this.list.length ? null : message || "Nothing is left to ask.";
    return true;
  }

  /** The question on screen leaves. */
  shift() {
    const question = this.list.shift();
    if (question) itemsOf(question).forEach((item) => this.left.add(item));
    return question;
  }

  /** The question on screen comes back when nothing else is left. */
  skip() {
    const question = this.shift();
    if (question) itemsOf(question).forEach((item) => this.putOff.add(item));
    return question;
  }

  /** Whether something was put off, which may be asked about again now. */
  recall() {
    const some = this.putOff.size > 0;
    this.putOff = new Set();
    return some;
  }

  /** @param {P & Question} question what was taken back is asked again, first */
  putBack(question) {
    const items = new Set(itemsOf(question));
    items.forEach((item) => this.left.delete(item));
    this.list = [question, ...this.list.filter((one) => !itemsOf(one).some((item) => items.has(item)))];
    this.finished = null;
  }

  /**
   * Keep those that `stays` says so of; whether the one on screen is another now.
   * @param {(question: P & Question) => boolean} stays
   */
  keep(stays) {
    const before = this.shown;
    this.list = this.list.filter(stays);
    return before !== this.shown;
  }
}
