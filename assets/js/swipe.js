// Swipe on touch screens: right same, left different. Up and down scroll the page.

const FAR = 70;

/** Call `answer(action)` when a finger drags `node` far enough; `node` follows the finger. */
export function swipe(node, answer) {
  let from = null;
  let moved = { x: 0, y: 0 };
  const rest = () => {
    node.style.transform = "";
    node.removeAttribute("data-swipe");
    from = null;
  };
  node.addEventListener("touchstart", (event) => {
    if (event.touches.length !== 1) return rest();
    const touch = event.touches[0];
    from = { x: touch.clientX, y: touch.clientY };
    moved = { x: 0, y: 0 };
    return undefined;
  }, { passive: true });
  node.addEventListener("touchmove", (event) => {
    if (!from) return;
    const touch = event.touches[0];
    moved = { x: touch.clientX - from.x, y: touch.clientY - from.y };
    const sideways = Math.abs(moved.x) > Math.abs(moved.y);
    if (sideways) node.style.transform = `translateX(${moved.x * 0.6}px) rotate(${moved.x * 0.01}deg)`;
    node.dataset.swipe = action(moved);
  }, { passive: true });
  node.addEventListener("touchend", () => {
    const done = from && action(moved);
    rest();
    if (done) answer(done);
  });
  node.addEventListener("touchcancel", rest);
}

function action({ x, y }) {
  if (Math.abs(x) < FAR || Math.abs(x) < 1.5 * Math.abs(y)) return "";
  return x > 0 ? "same" : "different";
}
