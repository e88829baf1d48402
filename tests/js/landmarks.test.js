import assert from "node:assert/strict";
import { test } from "node:test";

import { anchors, landmarks, levelOf, pictureSide, uncovered } from "../../assets/js/map_landmarks.js";
import { labelsOf } from "../../assets/js/map_names.js";
import { caption, middle } from "../../assets/js/names.js";

const [WIDTH, HEIGHT, SIDE] = [900, 500, 40];
const how = (level, more = {}) => ({ level, width: WIDTH, height: HEIGHT, side: SIDE, ...more });

/** 3,000 points in three clusters, and one far from them. */
function clusters() {
  const at = { x: [0.5], y: [0.98] };
  for (let n = 0; n < 3000; n += 1) {
    const [x, y] = [[0.2, 0.2], [0.5, 0.5], [0.8, 0.3]][n % 3];
    at.x.push(x + 0.05 * Math.sin(n * 12.9898));
    at.y.push(y + 0.05 * Math.sin(n * 78.233));
  }
  return { at, order: [...at.x.keys()] };
}

test("the view's level is how often it was doubled", () => {
  const whole = [-0.02, 1.02];
  assert.deepEqual([[-0.02, 1.02], [0, 0.52], [0, 0.27], [0.5, 0.5], [-3, 4]].map((v) => levelOf(v, whole)),
    [0, 1, 1.5, 10, 0]);
});

test("pictures lie in the clusters, the fullest cells first, and a lonely point stays a point", () => {
  const { at, order } = clusters();
  const { indices, counts } = landmarks(order, at, how(0));
  assert.ok(indices.length >= 3 && indices.length < 40, String(indices.length));
  assert.deepEqual(counts, [...counts].sort((a, b) => b - a));
  assert.ok(!indices.includes(0));
  assert.ok(landmarks(order, at, how(0, { all: true })).indices.includes(0));
});

test("no two pictures cover each other, and the next level has more", () => {
  const { at, order } = clusters();
  const numbers = [0, 1, 2, 3].map((level) => {
    const { indices } = landmarks(order, at, how(level));
    indices.forEach((one, n) => indices.slice(n + 1).forEach((other) => {
      const dx = Math.abs(at.x[one] - at.x[other]) * WIDTH * 2 ** level;
      const dy = Math.abs(at.y[one] - at.y[other]) * HEIGHT * 2 ** level;
      assert.ok(dx >= SIDE || dy >= SIDE, `${dx} ${dy}`);
    }));
    return indices.length;
  });
  assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
  assert.ok(numbers[3] > 3 * numbers[0], String(numbers));
});

test("only what is drawn has a picture", () => {
  const { at } = clusters();
  const some = [...at.x.keys()].filter((n) => n % 3 === 1);
  for (const index of landmarks(some, at, how(2)).indices) assert.equal(index % 3, 1);
  assert.deepEqual(landmarks([], at, how(0)).indices, []);
});

test("a name lies where most of its group does, the largest first", () => {
  const { at, order } = clusters();
  const groupOf = (index) => (index === 0 || index % 7 === 0 ? -1 : (index - 1) % 3);
  const found = anchors(order, at, groupOf, 3);
  assert.deepEqual(found.map((one) => one.category).sort(), [0, 1, 2]);
  for (const { category, x, y } of found) {
    const [cx, cy] = [[0.2, 0.2], [0.5, 0.5], [0.8, 0.3]][category];
    assert.ok(Math.abs(x - cx) < 0.06 && Math.abs(y - cy) < 0.06, `${category} ${x} ${y}`);
  }
});

test("groups have names, numbers and single items have none", () => {
  const { at, order } = clusters();
  const values = order.map((index) => (index === 0 ? 3 : (index - 1) % 3));
  const colours = { key: "k", by: "species", kind: "category", values, names: ["fox", "hare", "owl", "cat"] };
  const fills = values.map((value) => `colour ${value}`);
  const labels = labelsOf(order, at, colours, fills);
  assert.deepEqual(labels.map((one) => [one.name, one.colour]).sort(),
    [["fox", "colour 0"], ["hare", "colour 1"], ["owl", "colour 2"]]);
  assert.deepEqual(labelsOf(order, at, { ...colours, kind: "number" }, fills), []);
  assert.deepEqual(labelsOf(order, at, null, fills), []);
});

test("of labels that would cover each other the first stays", () => {
  const [a, b, c] = [{ x: 50, y: 50, width: 40 }, { x: 80, y: 55, width: 40 }, { x: 80, y: 75, width: 40 }];
  assert.deepEqual(uncovered([a, b, c], 20), [a, c]);
});

test("pictures of clusters fit the frame", () => {
  assert.deepEqual([[900, 500], [300, 200], [2000, 1500]].map(([w, h]) => pictureSide(w, h)), [50, 30, 52]);
});

// ---- names ---------------------------------------------------------------------------------

test("a long name loses its middle, in letters and not in halves of them", () => {
  assert.equal(middle("IMG_20240512_083015_0007.JPG", 15), "IMG_202…007.JPG");
  assert.equal(middle("short.png", 15), "short.png");
  assert.equal(middle("🦊🦊🦊🦊🦊🦊", 5), "🦊🦊…🦊🦊");
});

test("a title goes before the file's name", () => {
  assert.equal(caption({ name: "a/b/fox.jpg", title: "" }), "fox.jpg");
  assert.equal(caption({ name: "a/b/fox.jpg", title: "A fox at dawn" }), "A fox at dawn");
});
