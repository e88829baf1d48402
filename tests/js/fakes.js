// What stands around the pure modules in their tests.

/** A promise that the test settles. */
export function deferred() {
  let resolve;
  let reject;
  const promise = new Promise((...ways) => { [resolve, reject] = ways; });
  return { promise, resolve, reject };
}

/** Let everything that waits in microtasks happen. */
export const settled = () => new Promise((resolve) => { setImmediate(resolve); });

/** An error as a server function's answer makes it. */
export const serverError = (kind, text = kind) => Object.assign(new Error(text), { kind });

/** A key event without page: only what it says of itself. */
export const key = (name, more = {}) => ({
  key: name, code: "", repeat: false, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more,
});
