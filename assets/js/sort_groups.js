// @ts-check
// The groups that answers name, and the keys that they have while one sorts.

/** @import { Guess, SortGroup } from "./api.js" */

/** @typedef {{ group: SortGroup, key: string, chance: number | null, best: boolean }} Offered */

const KEYS = 9;

/**
 * A name as it is compared: however it is spaced and whatever its case.
 * @param {string} name
 */
export const folded = (name) => name.trim().split(/\s+/).join(" ").toLowerCase();

/**
 * What a group keeps its key by: after a merge another image stands for it.
 * @param {Pick<SortGroup, "id" | "name">} group
 */
export const identity = ({ id, name }) => folded(name) || id;

/**
 * What a group is called; one that only answers made has no name.
 * @param {Pick<SortGroup, "name"> | undefined} group
 */
export const calledAs = (group) => group?.name || "unnamed";

/**
 * What its images are, after "these are": one without a name is known by its picture.
 * @param {Pick<SortGroup, "name"> | undefined} group
 */
export const beingOf = (group) => group?.name || "like it";

/**
 * Who has which key, the first place being 1: a group keeps its key as long as it is there, and as
 * long as nobody else needs it after that.
 * @param {string[]} places identities
 * @param {SortGroup[]} groups
 */
export function assigned(places, groups) {
  const here = new Set(groups.map(identity));
  const next = [...places];
  for (const one of [...here].filter((known) => !places.includes(known))) {
    const free = next.length < KEYS ? next.length : next.findIndex((place) => !here.has(place));
    if (free >= 0) next[free] = one;
  }
  return next;
}

/**
 * The key of a group, "" where it has none.
 * @param {string[]} places @param {SortGroup} group
 */
export const keyOf = (places, group) => String(places.indexOf(identity(group)) + 1 || "");

/**
 * The group of a key.
 * @param {string[]} places @param {SortGroup[]} groups @param {string} key
 */
export const groupOf = (places, groups, key) =>
  groups.find((group) => keyOf(places, group) === key && key !== "");

/**
 * What an image is offered: with nine groups or fewer all of them, each under its own key, whatever
 * is likely, so that the fingers learn it; with more the nine likeliest, the best under 1.
 * @param {SortGroup[]} groups
 * @param {Guess[]} guesses likeliest first
 * @param {string[]} places
 * @returns {Offered[]}
 */
export function offered(groups, guesses, places) {
  const chances = new Map(guesses.map(({ group, chance }) => [group, chance]));
  const known = guesses.map((guess) => groups.find(({ id }) => id === guess.group)).filter((one) => one);
  const best = known.at(0)?.id;
  const many = groups.length > KEYS;
  const shown = many ? [...new Set([...known, ...groups])].slice(0, KEYS) : inPlaces(groups, places);
  return shown.flatMap((group, place) => (group ? [{
    group, key: many ? String(place + 1) : keyOf(places, group),
    chance: chances.get(group.id) ?? null, best: group.id === best,
  }] : []));
}

/**
 * By key, those without one last.
 * @param {SortGroup[]} groups @param {string[]} places
 */
export function inPlaces(groups, places) {
  /** @param {SortGroup} group */
  const place = (group) => Number(keyOf(places, group)) || KEYS + 1;
  return [...groups].sort((a, b) => place(a) - place(b));
}

/**
 * The groups that a typed text may mean, those that begin with it first; and whether it is a name
 * that nobody has.
 * @param {SortGroup[]} groups @param {string} text
 */
export function meant(groups, text) {
  const wanted = folded(text);
  const named = groups.filter(({ name }) => folded(name).includes(wanted) && name);
  /** @param {SortGroup} group */
  const rank = ({ name }) => (folded(name) === wanted ? 0 : folded(name).startsWith(wanted) ? 1 : 2);
  const found = named.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  return { found, fresh: wanted !== "" && !named.some((group) => rank(group) === 0) };
}

/**
 * The groups with those that answers on their way make.
 * @param {SortGroup[]} groups @param {{ item: string, name: string }[]} made
 */
export function withMade(groups, made) {
  const names = new Set(groups.map(({ name }) => folded(name)));
  const fresh = made.filter(({ name }) => !names.has(folded(name)));
  return [...groups, ...fresh.map(({ item, name }) => ({ id: item, name, size: 1 }))];
}
