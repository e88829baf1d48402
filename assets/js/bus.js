// @ts-check
// A bus of events whose listeners cannot harm each other. It knows neither page nor server.

/**
 * A bus. Events in `standing` are told again to a listener that arrives after them. What a listener
 * throws, or what its promise is rejected with, goes to `failed(error, event)`; the others are called.
 * @template {Record<string, any>} E
 * @param {Iterable<keyof E & string>} standing
 * @param {(error: unknown, event: string) => void} failed
 */
export function makeBus(standing, failed) {
  const remembered = new Set(/** @type {Iterable<string>} */ (standing));
  /** @type {Map<string, ((value: any) => unknown)[]>} */
  const listeners = new Map();
  /** @type {Map<string, unknown>} */
  const last = new Map();

  /** @type {(event: string, listener: (value: any) => unknown, value: unknown) => Promise<void>} */
  async function tell(event, listener, value) {
    try {
      await listener(value);
    } catch (error) {
      failed(error, event);
    }
  }

  return {
    /**
     * @template {keyof E & string} K
     * @param {K} event
     * @param {(value: E[K]) => unknown} listener
     */
    on(event, listener) {
      listeners.set(event, [...(listeners.get(event) ?? []), listener]);
      if (last.has(event)) queueMicrotask(() => { void tell(event, listener, last.get(event)); });
    },

    /**
     * @template {keyof E & string} K
     * @param {K} event
     * @param {E[K] extends undefined ? [] : [value: E[K]]} told
     */
    emit(event, ...told) {
      const [value] = told;
      if (remembered.has(event)) last.set(event, value);
      for (const listener of listeners.get(event) ?? []) void tell(event, listener, value);
    },
  };
}
