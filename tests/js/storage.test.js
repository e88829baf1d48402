import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { forget, keep, stored, storedNames } from "../../assets/js/storage.js";

/** The browser's storage in the place where the page looks for it. */
function browser(get) {
  Object.defineProperty(globalThis, "localStorage", { configurable: true, get });
}

class Box {
  setItem(name, value) { this[name] = String(value); }
  getItem(name) { return Object.hasOwn(this, name) ? this[name] : null; }
  removeItem(name) { delete this[name]; }
}

const forbidden = () => { throw new DOMException("denied", "SecurityError"); };

afterEach(() => { delete globalThis.localStorage; });

test("what is kept is found again under its name", () => {
  const box = new Box();
  browser(() => box);
  assert.equal(keep("local", "theme", "dark"), true);
  assert.equal(stored("local", "theme", "light"), "dark");
  assert.equal(box["curation.theme"], "dark");
  assert.equal(stored("local", "other", null), null);
});

test("an empty text is a value", () => {
  const box = new Box();
  browser(() => box);
  keep("local", "name", "");
  assert.equal(stored("local", "name", "otherwise"), "");
});

test("names are those of the page that begin so", () => {
  const box = Object.assign(new Box(), { "curation.outbox.1": "", "curation.theme": "", "outbox.2": "" });
  browser(() => box);
  assert.deepEqual(storedNames("local", "outbox."), ["outbox.1"]);
  forget("local", "outbox.1");
  assert.deepEqual(storedNames("local", "outbox."), []);
});

test("where storage is forbidden nothing throws, and keep says that nothing is kept", () => {
  browser(forbidden);
  assert.equal(keep("local", "theme", "dark"), false);
  assert.equal(stored("local", "theme", "light"), "light");
  assert.deepEqual(storedNames("local", ""), []);
  forget("local", "theme");
});

test("a full storage is said too", () => {
  const full = new Box();
  full.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
  browser(() => full);
  assert.equal(keep("local", "theme", "dark"), false);
});
