import assert from "node:assert/strict";
import { test } from "node:test";

import { colourer, NONE, OTHER, PALETTE } from "../../assets/js/map_colours.js";
import { layoutOf, traceOf } from "../../assets/js/map_figure.js";
import { letThrough, pruned, toggled } from "../../assets/js/map_filter.js";
import { ease } from "../../assets/js/map_glide.js";
import { arrange, FEW, side } from "../../assets/js/map_places.js";
import { drawOrder, fitting, sameColours, valueOf } from "../../assets/js/map_points.js";

const GREEN = "#3f9e58";
const groups = (values, more = {}) => ({
  key: "k", by: "predicted", kind: "category", values,
  names: Array.from({ length: 20 }, (_, n) => `group ${n + 1}`), ...more,
});

/** Fifteen groups, the first the largest, and the colour of each. */
const VALUES = Array.from({ length: 15 }, (_, group) => new Array(20 - group).fill(group)).flat();
function ofGroups(worn, more = {}) {
  const { colours, legend } = colourer(groups(VALUES, more), VALUES.length, worn);
  return { of: Array.from({ length: 15 }, (_, group) => colours[VALUES.indexOf(group)]), legend };
}

// ---- colours -------------------------------------------------------------------------------

test("without an answer all points have the first colour and there is no legend", () => {
  const { colours, legend, scale } = colourer(null, 3);
  assert.deepEqual([colours, legend, scale], [[PALETTE[0], PALETTE[0], PALETTE[0]], [], null]);
});

test("the ten largest groups have colours of their own, the others one", () => {
  const { of, legend } = ofGroups();
  assert.equal(new Set(of.slice(0, 10)).size, 10);
  assert.deepEqual([...new Set(of.slice(10))], [OTHER]);
  assert.deepEqual(legend[0], { key: "=group 1", colour: of[0], name: "group 1", count: 20 });
  assert.deepEqual(legend.slice(10), [{ key: "others", colour: OTHER, name: "5 other groups", count: 40 }]);
});

test("a group keeps the colour that most of it wore", () => {
  const before = ofGroups().of;
  const { of } = ofGroups(VALUES.map((group) => before[(group + 3) % 10]));
  assert.equal(of[0], before[3]);
  assert.equal(new Set(of.slice(0, 10)).size, 10);
});

test("of two green groups the more vivid one is painted green", () => {
  const { of } = ofGroups([], { tints: { 1: [-0.1, 0.2, -0.1], 7: [-0.3, 0.6, -0.3] } });
  assert.equal(of[7], GREEN);
  assert.equal(new Set(of.slice(0, 10)).size, 10);
});

test("what most wore goes before what a tint says; half is not most", () => {
  const tints = { 7: [-0.3, 0.6, -0.3] };
  assert.equal(ofGroups(VALUES.map((g) => (g === 4 ? GREEN : "")), { tints }).of[4], GREEN);
  const three = ["#d9534f", "#4279c4", "#d3a21f"];
  const torn = ofGroups(VALUES.map((g, n) => (g === 7 ? three[n % 3] : "")), { tints });
  assert.equal(torn.of[7], GREEN);
});

test("points without a group are grey and counted as none", () => {
  const { colours, legend } = colourer(groups([0, -1, null, 0], { by: "group" }), 4);
  assert.deepEqual(colours, [colours[0], NONE, NONE, colours[0]]);
  assert.deepEqual(legend.at(-1), { key: "none", colour: NONE, name: "none", count: 2 });
});

test("the larger group comes first, whatever it is called", () => {
  const { legend } = colourer(groups([0, 1, 1]), 3);
  assert.deepEqual(legend.map((e) => [e.name, e.count]), [["group 2", 2], ["group 1", 1]]);
});

test("exactly half of a group is not most of it", () => {
  const worn = [PALETTE[5], PALETTE[6]];
  assert.equal(colourer(groups([0, 0]), 2, worn).colours[0], PALETTE[0]);
  assert.equal(colourer(groups([0, 0, 0]), 3, [...worn, PALETTE[6]]).colours[0], PALETTE[6]);
});

test("groups of one size are in the order of their names, numbers by value", () => {
  const names = ["group 10", "group 2"];
  assert.deepEqual(colourer(groups([0, 1], { names }), 2).legend.map((e) => e.name), ["group 2", "group 10"]);
});

const numbers = (values, kind = "number") => ({ key: "k", by: "x", kind, values, names: [] });

for (const dark of [false, true]) {
  const theme = dark ? "dark" : "light";
  test(`numbers have a gradient from the lowest to the highest; none is none (${theme})`, () => {
    const { colours, legend, scale } = colourer(numbers([0, 10, null, 5]), 4, [], dark);
    assert.equal(new Set(colours).size, 4);
    assert.deepEqual(legend, [{ key: "none", colour: NONE, name: "without a value", count: 1 }]);
    assert.deepEqual([scale.low, scale.middle, scale.high], ["0", "5", "10"]);
    assert.deepEqual([scale.colours[0], NONE, scale.colours.at(-1)], [colours[0], colours[2], colours[1]]);
  });

  test(`the gradient grows lighter at every step and stands out on its sheet (${theme})`, () => {
    const shades = colourer(numbers(Array.from({ length: 60 }, (_, n) => n)), 60, [], dark).colours;
    const light = shades.map(luminance);
    assert.deepEqual(light, [...light].sort((a, b) => a - b));
    assert.equal(new Set(shades).size, 60);
    const sheet = luminance(dark ? "#1c1f25" : "#ffffff");
    for (const one of light) assert.ok((Math.max(one, sheet) + 0.05) / (Math.min(one, sheet) + 0.05) >= 3);
  });
}

/** Relative luminance of WCAG 2. */
function luminance(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

test("numbers that are all the same, or none at all, do not divide by nothing", () => {
  const one = colourer(numbers([2, 2]), 2);
  assert.deepEqual(one.colours, [one.scale.colours[0], one.scale.colours[0]]);
  assert.deepEqual([one.scale.low, one.scale.high], ["2", "2"]);
  const none = colourer(numbers([null]), 1);
  assert.deepEqual([none.colours, none.scale, none.legend[0].count], [[NONE], null, 1]);
});

test("a range is told with the digits that it needs, times with day or clock", () => {
  const range = (values, kind) => {
    const { scale } = colourer(numbers(values, kind), 2);
    return [scale.low, scale.high];
  };
  assert.deepEqual(range([1234.5, 98765.4]), ["1,235", "98,765"]);
  assert.deepEqual(range([0.1234, 0.1278]), ["0.1234", "0.1278"]);
  const day = 86_400;
  const times = (...values) => range(values, "time");
  assert.deepEqual(times(0, 400 * day), ["1970-01-01", "1971-02-05"]);
  assert.deepEqual(times(0, day), ["1970-01-01 00:00", "1970-01-02 00:00"]);
  assert.deepEqual(times(0, 90), ["1970-01-01 00:00:00", "1970-01-01 00:01:30"]);
});

// ---- what the legend lets through ----------------------------------------------------------

test("pressed entries let their points through, none pressed all", () => {
  const painted = colourer(groups([0, 1, -1, ...VALUES]), 3 + VALUES.length);
  const through = (...keys) => {
    const shown = letThrough(new Set(keys), painted);
    return [0, 1, 2, VALUES.length + 2].filter(shown); // groups 1, 2, none and 15
  };
  assert.deepEqual(through(), [0, 1, 2, VALUES.length + 2]);
  assert.deepEqual(through("=group 2"), [1]);
  assert.deepEqual(through("=group 1", "none"), [0, 2]);
  assert.deepEqual(through("others"), [VALUES.length + 2]);
});

test("of numbers those without a value can be let through alone", () => {
  const painted = colourer(numbers([1, null, 3]), 3);
  assert.deepEqual([0, 1, 2].filter(letThrough(new Set(["none"]), painted)), [1]);
});

test("an entry is pressed and let go, and one that the legend lost is no filter", () => {
  const one = toggled(new Set(), "=a");
  assert.deepEqual([[...one], [...toggled(one, "=a")]], [["=a"], []]);
  const { legend } = colourer(groups([0, 1]), 2);
  assert.deepEqual([...pruned(new Set(["=group 1", "=gone"]), legend)], ["=group 1"]);
});

// ---- which answers go together -------------------------------------------------------------

test("colours fit the points of their key and no others, however many there are", () => {
  const told = groups([0, 1]);
  assert.equal(fitting("k", told), told);
  assert.equal(fitting("other", told), null);
});

test("without a new answer what is painted goes on, if it is of these points", () => {
  const before = groups([0, 1]);
  assert.equal(fitting("k", null, before), before);
  assert.equal(fitting("k", undefined, before), before);
  assert.equal(fitting("other", null, before), null);
  assert.equal(fitting("k", null, null), null);
});

test("an answer of other points is not replaced by the one before", () => {
  assert.equal(fitting("k", groups([0], { key: "new" }), groups([1])), null);
});

test("colours are the same if nothing that is painted differs", () => {
  const one = groups([0, 1, null]);
  assert.ok(sameColours(one, structuredClone(one)));
  for (const other of [null, groups([0, 1]), groups([0, 1, 2]), groups([0, 1, null], { by: "group" }),
    groups([0, 1, null], { key: "l" }), groups([0, 1, null], { names: ["a", "b"] })]) {
    assert.ok(!sameColours(one, other), JSON.stringify(other));
  }
});

test("coloured by group, those in one lie on top", () => {
  assert.deepEqual(drawOrder(4, groups([2, -1, 0, null], { by: "group" })), [1, 3, 0, 2]);
  assert.deepEqual(drawOrder(3, groups([0, -1, 0])), [0, 1, 2]);
  assert.deepEqual(drawOrder(2, null), [0, 1]);
  assert.deepEqual(drawOrder(4, groups([2, -1, 0, null], { by: "group" }), (n) => n > 0), [1, 3, 2]);
});

test("a point tells its group or its number", () => {
  assert.equal(valueOf(groups([1, -1]), 0), "group 2");
  assert.equal(valueOf(groups([1, -1]), 1), "");
  assert.equal(valueOf({ by: "x", kind: "number", values: [0.12345, null], names: [] }, 0), "0.123");
  assert.equal(valueOf({ by: "x", kind: "number", values: [0.12345, null], names: [] }, 1), "");
  assert.equal(valueOf(numbers([60], "time"), 0), "1970-01-01 00:01");
  assert.equal(valueOf(null, 0), "");
});

test("the figure draws points in their order; those in a group are larger", () => {
  const colours = groups([0, -1], { by: "group" });
  const at = { x: [0.1, 0.2], y: [0.3, 0.4] };
  const trace = traceOf({ order: [1, 0], at, chosen: new Set([0]) }, colours, ["red", "grey"]);
  assert.deepEqual([trace.x, trace.y, trace.marker.color], [[0.2, 0.1], [0.4, 0.3], ["grey", "red"]]);
  assert.ok(trace.marker.size[1] > trace.marker.size[0]);
  assert.deepEqual(trace.selectedpoints, [1]); // the place of item 0 in the order
});

test("another criterion has a view of its own, the same one keeps it", () => {
  assert.notEqual(layoutOf("a", "pan", 12).uirevision, layoutOf("b", "pan", 12).uirevision);
  const changed = { dragmode: "lasso", hoverdistance: 20 };
  assert.deepEqual(layoutOf("a", "lasso", 20), { ...layoutOf("a", "pan", 12), ...changed });
});

// ---- places --------------------------------------------------------------------------------

test("many points are stretched over the frame and nothing else", () => {
  const many = { x: Array.from({ length: FEW + 1 }, (_, n) => n % 2), y: new Array(FEW + 1).fill(7) };
  const { x, y } = arrange(many, 900, 500);
  assert.deepEqual([Math.min(...x), Math.max(...x)], [0, 1]);
  assert.deepEqual([...new Set(y)], [0.5]); // no spread: the middle
});

for (const [what, x] of [["in one place", new Array(80).fill(0)],
  ["at two edges", Array.from({ length: 80 }, (_, n) => n % 2)],
  ["in a row", Array.from({ length: 80 }, (_, n) => Math.sin(n))]]) {
  test(`few points ${what} are set apart, inside the frame`, () => {
    const put = arrange({ x, y: new Array(80).fill(0) }, 900, 500);
    const places = put.x.map((left, n) => [left * 900, put.y[n] * 500]);
    const nearest = places.map(([px, py], n) => Math.min(...places.map(([qx, qy], m) =>
      (n === m ? Infinity : Math.max(Math.abs(px - qx), Math.abs(py - qy))))));
    nearest.sort((a, b) => a - b);
    assert.ok(nearest[40] > side(80, 900, 500) / 2, String(nearest[40]));
    for (const [left, top] of places) assert.ok(left >= 0 && left <= 900 && top >= 0 && top <= 500);
  });
}

test("places do not hang together with what is drawn twice", () => {
  const points = { x: [3, 1, 2], y: [1, 2, 3] };
  assert.deepEqual(arrange(points, 900, 500), arrange(points, 900, 500));
  assert.deepEqual(points, { x: [3, 1, 2], y: [1, 2, 3] }); // the layout itself stays as it is
});

test("order from left to right is kept", () => {
  const { x } = arrange({ x: [5, 1, 3], y: [0, 0, 0] }, 900, 500);
  assert.ok(x[1] < x[2] && x[2] < x[0], String(x));
});

test("before the frame has a size points are only stretched", () => {
  assert.deepEqual(arrange({ x: [2, 4], y: [1, 1] }, 0, 0), { x: [0, 1], y: [0.5, 0.5] });
});

test("pictures shrink with their number, within bounds", () => {
  const sides = [1, 20, 100, 500].map((count) => side(count, 900, 500));
  assert.deepEqual(sides, [...sides].sort((a, b) => b - a));
  assert.deepEqual([side(1, 900, 500), side(100_000, 900, 500), side(0, 900, 500)], [58, 17, 58]);
});

test("gliding starts and ends at rest, and never goes back", () => {
  const times = Array.from({ length: 21 }, (_, n) => ease(n / 20));
  assert.deepEqual([times[0], times[10], times[20]], [0, 0.5, 1]);
  times.forEach((time, n) => assert.ok(Math.abs(time + times[20 - n] - 1) < 1e-9)); // slow, fast, slow
  assert.deepEqual(times, [...times].sort((a, b) => a - b));
});
