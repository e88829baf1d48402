// @ts-check
// Swipe on touch screens: right same, left different. Up and down scroll the page.

const FAR = 70;

/**
 * Call `answer(action)` when a finger drags `node` far enough; `node` follows the finger.
 * @param {HTMLElement} node
 * @param {(action: "same" | "different") => void} answer
 */
export function swipe(node, answer) {
  /** @type {{ x: number, y: number } | null} */
  let from = null;
  let moved = { x: 0, y: 0 };
  const rest = () => {
    node.style.transform = "";
    node.removeAttribute("data-swipe");
    from = null;
  };
  node.addEventListener("touchstart", (event) => {
    if (event.touches.length !== 1) { rest(); return; }
    const [touch] = event.touches;
    from = { x: touch.clientX, y: touch.clientY };
    moved = { x: 0, y: 0 };
  }, { passive: true });
  node.addEventListener("touchmove", (event) => {
    if (!from) return;
    const [touch] = event.touches;
    moved = { x: touch.clientX - from.x, y: touch.clientY - from.y };
    const sideways = Math.abs(moved.x) > Math.abs(moved.y);
    if (sideways) node.style.transform = `translateX(${moved.x * 0.6}px) rotate(${moved.x * 0.01}deg)`;
    node.dataset.swipe = swiped(moved);
  }, { passive: true });
  node.addEventListener("touchend", () => {
    const done = from && swiped(moved);
    rest();
    if (done) answer(done);
  });
  node.addEventListener("touchcancel", rest);
}

/**
 * What a finger that moved so many pixels says, "" for nothing yet: far, and more sideways than not.
 * @param {{ x: number, y: number }} moved
 */
export function swiped({ x, y }) {
  if (Math.abs(x) < FAR || Math.abs(x) < 1.5 * Math.abs(y)) return "";
  return x > 0 ? "same" : "different";
}
