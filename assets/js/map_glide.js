// @ts-check
// Time for points that glide from old to new places.

const MS = 600;
const LATEST_MS = 3 * MS; // hidden tabs get no frames

/** @param {number} t */
export const ease = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (-2 * t + 2) ** 3 / 2);

/**
 * Call `paint(t)` frame by frame while t goes from 0 to 1; resolves at the end.
 * @param {(t: number) => void} paint
 * @returns {Promise<void>}
 */
export function glide(paint) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (still || document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    const begin = performance.now();
    let over = false;
    const end = () => { over = true; resolve(); };
    /** @param {number} now */
    const frame = (now) => {
      if (over) return;
      const done = Math.min(1, Math.max(0, (now - begin) / MS));
      paint(ease(done));
      if (done < 1) requestAnimationFrame(frame);
      else end();
    };
    requestAnimationFrame(frame);
    setTimeout(() => { if (!over) { paint(1); end(); } }, LATEST_MS);
  });
}
