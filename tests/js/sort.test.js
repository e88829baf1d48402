import assert from "node:assert/strict";
import { test } from "node:test";

import { toldOf } from "../../assets/js/accept_words.js";
import { auc, said as howFar, stateOf } from "../../assets/js/progress_words.js";
import { culprits } from "../../assets/js/slips_culprits.js";
import {
  groupOf as groupOfGrid, itemsOf, keyOf as nameOf, pairsOf, Questions,
} from "../../assets/js/sort_buffer.js";
import {
  assigned, beingOf, calledAs, folded, groupOf, identity, inPlaces, keyOf, meant, offered, withMade,
} from "../../assets/js/sort_groups.js";
import { allWrong, answerOf, moved, stepped, toggled, toldAs } from "../../assets/js/sort_tiles.js";

// ---- tiles -------------------------------------------------------------------------------

const tiles = [..."abcd"].map((id) => ({ id, other: id === "d" ? null : "plastic" }));
const known = (group) => ["glass", "plastic", "metal"].includes(group);

test("clicks lead from the tick to the likely group, to none, and back", () => {
  let marks = new Map();
  const said = [0, 1, 2].map(() => {
    marks = toggled(marks, tiles[0], known);
    return marks.has("a") ? marks.get("a") : "ticked";
  });
  assert.deepEqual(said, ["plastic", null, "ticked"]);
});

test("where no group is likely, or it is gone, the first click says only that it is wrong", () => {
  assert.equal(toggled(new Map(), tiles[3], known).get("d"), null);
  assert.equal(toggled(new Map(), { id: "a", other: "gone" }, known).get("a"), null);
});

test("a tile put into a group by hand is clicked to none, then to a tick", () => {
  let marks = moved(new Map(), "a", "metal", "glass");
  assert.equal(marks.get("a"), "metal");
  marks = toggled(marks, tiles[0], known);
  assert.equal(marks.get("a"), null);
  assert.equal(toggled(marks, tiles[0], known).has("a"), false);
});

test("a tile put into the grid's own group is ticked", () => {
  const marks = moved(new Map([["a", null], ["b", null]]), "a", "glass", "glass");
  assert.deepEqual([...marks.keys()], ["b"]);
});

test("no marks are changed in place: what was sent stays as it was", () => {
  const marks = new Map([["a", null]]);
  toggled(marks, tiles[1], known);
  moved(marks, "c", "metal", "glass");
  allWrong(tiles, marks);
  assert.deepEqual([...marks], [["a", null]]);
});

test("a grid comes to its members and to the wrong ones with their groups", () => {
  const marks = new Map([["b", "plastic"], ["c", null]]);
  assert.deepEqual(answerOf(tiles, marks), { members: ["a", "d"], wrong: { b: "plastic", c: null } });
});

test("all wrong keeps where one was put", () => {
  const { members, wrong } = answerOf(tiles, allWrong(tiles, new Map([["b", "plastic"]])));
  assert.deepEqual([members, wrong], [[], { a: null, b: "plastic", c: null, d: null }]);
});

test("the button says what Enter would say", () => {
  const said = [0, 1, 21, 24].map((n) => toldAs(n, 24, "glass"));
  assert.deepEqual(said, ["None is glass", "One is glass", "These 21 are glass", "All 24 are glass"]);
});

test("arrows step over the grid, stay at its edge, and begin at the first tile", () => {
  const from = (at) => ["Left", "Right", "Up", "Down"].map((way) => stepped(`Arrow${way}`, at, 8, 20));
  assert.deepEqual(from(9), [8, 10, 1, 17]);
  assert.deepEqual(from(0), [0, 1, 0, 8]);
  assert.deepEqual(from(19), [18, 19, 11, 19]);
  assert.deepEqual(from(-1), [0, 0, 0, 0]);
  assert.equal(stepped("Enter", 3, 8, 20), null);
});

// ---- groups and their keys ---------------------------------------------------------------

const group = (name, id = `${name}-item`, size = 1) => ({ id, name, size });
const groups = (...names) => names.map((name) => group(name));

test("a name is the same however it is spaced and whatever its case", () => {
  assert.equal(folded("  Green   Glass "), folded("green glass"));
  assert.equal(identity(group("Glass", "1")), identity(group("glass", "2")));
  assert.equal(identity(group("", "1")), "1");
  assert.deepEqual([calledAs(group("", "1")), beingOf(group("", "1"))], ["unnamed", "like it"]);
});

test("a group keeps its key when sizes, order and the item that stands for it change", () => {
  const first = assigned([], groups("glass", "metal"));
  const later = assigned(first, [group("paper"), group("Metal", "another"), group("glass")]);
  assert.deepEqual(later, ["glass", "metal", "paper"]);
  assert.equal(keyOf(later, group("METAL", "third")), "2");
});

test("a group that is gone keeps its key until another one needs it", () => {
  const nine = assigned([], groups(..."abcdefghi"));
  assert.deepEqual(assigned(nine, groups(..."acdefghi")), nine);
  const ten = assigned(nine, groups(..."acdefghi", "j"));
  assert.equal(ten[1], "j");
  assert.equal(keyOf(assigned(nine, groups(..."abcdefghij")), group("j")), "");
});

test("a key means its group, no key none", () => {
  const all = groups("glass", "metal");
  const places = assigned([], all);
  assert.equal(groupOf(places, all, "2"), all[1]);
  for (const key of ["3", "0", "", "a"]) assert.equal(groupOf(places, all, key), undefined);
});

test("up to nine groups stand under their own keys, the best guess marked", () => {
  const all = groups("glass", "metal", "paper");
  const guesses = [{ group: "paper-item", chance: 0.7 }, { group: "glass-item", chance: 0.2 }];
  const shown = offered(all, guesses, assigned([], all));
  assert.deepEqual(shown.map((one) => [one.key, one.group.name, one.chance, one.best]), [
    ["1", "glass", 0.2, false], ["2", "metal", null, false], ["3", "paper", 0.7, true]]);
});

test("of more than nine the likeliest are offered, the best under 1", () => {
  const all = groups(..."abcdefghijkl");
  const guesses = [..."lkj"].map((name, n) => ({ group: `${name}-item`, chance: 0.5 - n / 10 }));
  const shown = offered(all, guesses, assigned([], all));
  assert.deepEqual(shown.map((one) => one.group.name), [..."lkjabcdef"]);
  assert.deepEqual(shown.map((one) => one.key), [..."123456789"]);
  assert.deepEqual(shown.filter((one) => one.best).map((one) => one.key), ["1"]);
});

test("a guess whose group is gone is none", () => {
  const all = groups("glass");
  const [one] = offered(all, [{ group: "merged away", chance: 0.9 }], assigned([], all));
  assert.deepEqual([one.best, one.chance], [false, null]);
});

test("groups without a key stand last", () => {
  const all = groups(..."jabcdefghi");
  assert.equal(inPlaces(all, assigned([], all.slice(1))).at(-1)?.name, "j");
});

test("what is typed finds groups that begin with it first, and whether it is a new name", () => {
  const all = groups("plastic", "Paper", "wallpaper");
  assert.deepEqual(meant(all, "pap").found.map(({ name }) => name), ["Paper", "wallpaper"]);
  assert.deepEqual(["pap", " PAPER ", ""].map((text) => meant(all, text).fresh), [true, false, false]);
  assert.equal(meant(all, "paper").found[0].name, "Paper");
  assert.equal(meant(all, "").found.length, 3);
  assert.deepEqual(meant([group("")], "").found, []);
});

test("a group whose first answer is on its way can be chosen already, once", () => {
  const told = groups("glass");
  const made = [{ item: "x", name: "metal" }, { item: "y", name: "GLASS" }];
  assert.deepEqual(withMade(told, made).map(({ id }) => id), ["glass-item", "x"]);
});

// ---- the questions ahead -------------------------------------------------------------------

const naming = (id, guesses = []) => ({ form: "name", item: { id }, guesses });
const sweeping = (name, items) =>
  ({ form: "sweep", group: name, supposed: 9, tiles: [...items].map((id) => ({ id })) });
const merging = (one, other) => ({ form: "merge", one, other, of_one: [], of_other: [] });
const told = (...questions) => ({ questions, message: "" });

function holding(...questions) {
  const buffer = new Questions(() => ({ ready: true }));
  buffer.take(0, told(...questions));
  return buffer;
}
const ids = (buffer) => buffer.list.map((one) => itemsOf(one).join(""));

test("the question on screen and the next stay, the others are those of the newest answer", () => {
  const buffer = holding(naming("a"), naming("b"), naming("c"));
  assert.deepEqual(buffer.have, ["a", "b"]);
  assert.equal(buffer.take(0, told(naming("d"), naming("e"))), true);
  assert.deepEqual(ids(buffer), ["a", "b", "d", "e"]);
});

test("of a grid only the one on screen stays: the images of others are somebody else's meanwhile", () => {
  const buffer = holding(sweeping("glass", "ab"), sweeping("metal", "cd"));
  assert.deepEqual([buffer.ahead, buffer.have], [1, ["a", "b"]]);
  buffer.take(buffer.asking(), told(sweeping("paper", "ef")));
  assert.deepEqual(ids(buffer), ["ab", "ef"]);
});

test("no image is in two questions held, nor in one whose answer waits", () => {
  const buffer = holding(naming("a"));
  const came = [sweeping("glass", "xay"), sweeping("glass", "uv"), sweeping("metal", "vw"), naming("z")];
  buffer.take(0, told(...came), ["z"]);
  assert.deepEqual(ids(buffer), ["a", "uv"]);
});

test("what was answered while the next questions were on their way is not asked again", () => {
  const buffer = holding(naming("a"), naming("b"), naming("c"), naming("d"));
  const epoch = buffer.asking();
  [1, 2, 3].forEach(() => buffer.shift());
  buffer.take(epoch, told(naming("c"), naming("e")));
  assert.deepEqual(ids(buffer), ["d", "e"]);
  buffer.take(buffer.asking(), told(sweeping("glass", "ac"))); // left out of one group, asked in another
  assert.deepEqual(ids(buffer), ["d", "e", "ac"]);
});

test("what was asked for before another criterion or form was chosen is not taken", () => {
  const buffer = holding(naming("a"));
  const { epoch } = buffer;
  buffer.restart();
  assert.equal(buffer.take(epoch, told(naming("b"))), false);
  assert.equal(buffer.shown, undefined);
});

test("what is put off is not asked again until nothing else is left", () => {
  const buffer = holding(naming("a"), naming("b"));
  assert.equal(buffer.skip()?.item.id, "a");
  buffer.take(0, told(naming("a"), naming("c")));
  assert.deepEqual(ids(buffer), ["b", "c"]);
  assert.ok(buffer.have.includes("a"));
  assert.equal(buffer.recall(), true);
  assert.equal(buffer.recall(), false);
  buffer.take(buffer.asking(), told(naming("a")));
  assert.deepEqual(ids(buffer), ["b", "c", "a"]);
});

test("nothing left is told with its reason", () => {
  const buffer = holding();
  buffer.take(0, { questions: [], message: "All are sorted." });
  assert.equal(buffer.finished, "All are sorted.");
  buffer.take(0, told(naming("a")));
  assert.equal(buffer.finished, null);
});

test("what was taken back comes first, in place of what asks about the same images", () => {
  const buffer = holding(naming("a"), naming("b"), naming("c"));
  buffer.putBack(sweeping("glass", "bx"));
  assert.deepEqual(ids(buffer), ["bx", "a", "c"]);
});

test("it is told when the question on screen cannot be answered any more and leaves", () => {
  const buffer = holding(sweeping("glass", "ab"), naming("c"));
  assert.equal(buffer.keep((one) => groupOfGrid(one) !== "metal"), false);
  assert.equal(buffer.keep((one) => groupOfGrid(one) !== "glass"), true);
  assert.deepEqual(ids(buffer), ["c"]);
});

test("a question is about pairs of its items with the group", () => {
  const guesses = [{ group: "g", chance: 1 }, { group: "h", chance: 0 }];
  assert.deepEqual(pairsOf(naming("a", guesses)), [["a", "g"]]);
  assert.deepEqual(pairsOf(naming("a")), []);
  assert.deepEqual(pairsOf(sweeping("g", "gab")), [["a", "g"], ["b", "g"]]);
  assert.deepEqual(pairsOf(merging("g", "h")), [["g", "h"]]);
  assert.equal(nameOf(merging("g", "h")), "merge g h");
});

// ---- look again ----------------------------------------------------------------------------

const row = (id, seq) => ({ id, seq });
const conflict = (decision, ...path) => ({ decision, path });

test("the answer that most contradictions hang on is the culprit, one card for all of them", () => {
  const slip = row("slip", 3);
  const found = culprits([
    conflict(row("x", 7), row("p", 1), slip), conflict(row("y", 8), slip, row("q", 2)),
    conflict(row("z", 9), row("r", 4)),
  ]);
  assert.deepEqual(found.map((one) => [one.decision.id, one.explains.length]), [["slip", 2], ["z", 1]]);
});

test("of equals the answer that came against earlier ones is looked at", () => {
  assert.equal(culprits([conflict(row("new", 5), row("old", 1), row("older", 0))])[0].decision.id, "new");
  assert.deepEqual(culprits([]), []);
});

// ---- how far one is ------------------------------------------------------------------------

const far = (more) => ({
  images: 1242, decided: 407, sure: 1071, agreement: { right: 46, of: 50, low: 0.81, high: 0.97 },
  next_minute: 80, good_enough: false, seconds: 112, pace: {}, groups: [{}], ...more,
});
const lines = (answer) => [howFar(answer).head, ...howFar(answer).rest].map(({ text }) => text);

test("how far one is stands in plain words", () => {
  assert.deepEqual(lines(far()), [
    "1,071 of 1,242 images sure", "You agreed with 46 of its last 50 guesses.",
    "Another minute would settle about 80 images.",
    "407 images decided in 112 s of your time."]);
  assert.match(howFar(far()).rest[0].exact, /92 %.*between 81 % and 97 %/);
});

test("how many groups there are is told with its range, once it can be", () => {
  const number = { about: 9, low: 8, high: 11, smallest: 0.03 };
  const [, , said] = [far({ number })].flatMap((one) => [howFar(one).head, ...howFar(one).rest]);
  assert.equal(said.text, "About 9 groups, 8 to 11.");
  assert.match(said.exact, /Chao.*less than 3 %/);
  assert.match(lines(far({ number: { ...number, low: 9, high: 9 } }))[2], /as far as one can tell/);
  assert.equal(lines(far({ number, decided: 1242 }))[2], "9 groups in all.");
});

test("images by their folder's name alone are told apart", () => {
  assert.equal(lines(far({ by_folder: 400 }))[3],
    "400 images by the folder’s name alone; 7 decided in 112 s of your time.");
});

test("what is not known yet is said, and what is good enough", () => {
  assert.match(lines(null)[0], /Nothing is sorted/);
  assert.match(lines(far({ groups: [] }))[0], /Nothing is sorted/);
  assert.match(lines(far({ agreement: null }))[1], /from 20 answers on/);
  assert.match(lines(far({ next_minute: null }))[2], /after more answers/);
  assert.match(lines(far({ next_minute: 0 }))[2], /change little/);
  assert.match(lines(far({ good_enough: true }))[2], /Good enough/);
  assert.match(lines(far({ decided: 1242, next_minute: null }))[2], /Every image/);
  assert.match(lines(far({ seconds: 600 }))[3], /10 min/);
});

test("a group says how it is known, worst news first", () => {
  const counts = { size: 10, guessed: 20, sure: 25, auto: 0, mixed_with: null, wrong: null };
  const one = { ...group("glass"), ...counts, state: "guessed" };
  const words = (more) => stateOf(group("glass"), { ...one, ...more }, (id) => `<${id}>`).text;
  assert.equal(words({}), "10 named, 20 guessed");
  assert.equal(words({ sure: 30 }), "10 named, 20 guessed, all sure");
  assert.equal(words({ guessed: 0, sure: 10, state: "named" }), "10 named");
  assert.equal(words({ wrong: [3, 24] }), "3 in 24 wrong: check it");
  assert.equal(words({ wrong: [3, 24], state: "mixed", mixed_with: "m" }), "mixed up with <m>");
  assert.equal(words({ wrong: [3, 24], guessed: 0 }), "10 named"); // all are checked
  assert.equal(words({ state: "certified", auto: 20 }), "certified: 20 accepted unseen");
  const { size, decided, sure } = stateOf(group("glass"), one, String);
  assert.deepEqual([size, decided, sure], [30, 10, 25]);
  assert.equal(stateOf(group("glass"), undefined, String).text, "1 named");
});

test("a claim says what is to be looked at, and what that shows", () => {
  const claim = {
    id: "c", group: null, target: 0.99, of: /** @type {"pairs"} */ ("pairs"), confidence: 0.95, images: 800,
    audited: 0, wrong: 0, needed: 350, seconds: 85, state: /** @type {"open"} */ ("open"), accepts: 0,
    left: null, reviewer: "me", time: "",
  };
  /** @param {object} more */
  const words = (more) => toldOf({ ...claim, ...more }).text;
  assert.match(words({}), /sure of 800 images. Look at 350 drawn at random \(about 85 s\)/);
  assert.match(words({}), /at least 99 % of their pairs true, with 95 % confidence/);
  assert.match(words({ audited: 350, wrong: 2, needed: 200, seconds: 240 }),
    /^2 of 350 looked at were wrong.*Look at 200 more \(about 4 min\)/);
  assert.match(words({ state: "holds", audited: 350, wrong: 1, accepts: 449 }), /^1 of 350.*449 images may/);
  assert.match(words({ state: "failed", audited: 700, wrong: 40 }), /^40 of 700.*too many/);
  assert.match(words({ state: "accepted", accepts: 1, target: 0.999, of: "images" }),
    /^1 image accepted unseen: at least 99.9 % of them true/);
  assert.match(words({ state: "shaken" }), /later answers do not bear that out/);
  assert.match(toldOf({ ...claim, audited: 350, wrong: 2 }).exact, /95 % confidence.*2 wrong of 350/);
});

test("the AUC says how many answers it still needs", () => {
  assert.match(auc(null).text, /about 200 more answers/);
  assert.match(auc({ value: 0.9, low: 0.8, high: 1, n: 15 }).text, /about 50 more answers/);
  const enough = { value: 0.9, low: 0.85, high: 0.95, n: 40 };
  assert.match(auc(enough).text, /^AUC 0.90, between 0.85 and 0.95, from 40/);
});
