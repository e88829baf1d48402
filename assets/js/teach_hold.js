// @ts-check
// While a finger is down nothing on the screen may change: what it presses must be what it saw.

const CLICK_MS = 300; // a touch's click comes a little after the finger has left

/**
 * A function that says whether `element` is pressed; `after` runs once the press has had its effect.
 * @param {HTMLElement} element
 * @param {() => void} after
 */
export function holding(element, after) {
  let down = false;
  let timer = 0;
  const free = () => {
    clearTimeout(timer);
    if (!down) return;
    down = false;
    after();
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(free, CLICK_MS); };
  element.addEventListener("pointerdown", () => { clearTimeout(timer); down = true; });
  element.addEventListener("click", free);
  for (const event of ["pointerup", "pointercancel", "blur"]) window.addEventListener(event, soon);
  return () => down;
}
