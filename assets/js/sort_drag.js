// @ts-check
// A tile is dragged onto a group, by mouse or finger. A finger that moves up or down scrolls the page;
// one that moves sideways, or rests first, takes the tile along.

const FAR = 8;
const REST_MS = 250;

/**
 * Let tiles in `grid` be dragged onto what has `data-group`, wherever it is.
 * @param {HTMLElement} grid
 * @param {{ picked: (tile: HTMLElement) => void, dropped: (tile: HTMLElement, group: string) => void,
 *   ended: () => void }} ways
 */
export function draggable(grid, { picked, dropped, ended }) {
  /** @type {{ tile: HTMLElement, x: number, y: number, id: number } | null} */
  let from = null;
  /** @type {HTMLElement | null} */
  let ghost = null;
  /** @type {Element | null} */
  let over = null;
  let rest = 0;
  let dragged = false;

  /** @param {PointerEvent} event */
  const down = (event) => {
    const tile = /** @type {Element} */ (event.target).closest(".sort-tile");
    if (!(tile instanceof HTMLElement) || event.button !== 0 || !event.isPrimary) return;
    from = { tile, x: event.clientX, y: event.clientY, id: event.pointerId };
    dragged = false;
    for (const [name, run] of heardWhileDown) window.addEventListener(name, run);
    if (event.pointerType === "touch") rest = setTimeout(() => lift(from?.x ?? 0, from?.y ?? 0), REST_MS);
  };

  /** @param {number} x @param {number} y */
  const lift = (x, y) => {
    if (!from) return;
    dragged = true;
    ghost = /** @type {HTMLElement} */ (from.tile.cloneNode(true));
    ghost.className = "sort-tile sort-ghost";
    document.body.append(ghost);
    document.body.classList.add("sort-dragging");
    picked(from.tile);
    follow(x, y);
  };

  /** @param {number} x @param {number} y */
  const follow = (x, y) => {
    if (ghost) ghost.style.transform = `translate(${x}px, ${y}px)`;
    const found = document.elementFromPoint(x, y)?.closest("[data-group]") ?? null;
    if (found === over) return;
    over?.classList.remove("sort-over");
    over = found;
    over?.classList.add("sort-over");
  };

  /** @param {PointerEvent} event */
  const move = (event) => {
    if (!from || event.pointerId !== from.id) return;
    const [x, y] = [event.clientX - from.x, event.clientY - from.y];
    if (ghost) { follow(event.clientX, event.clientY); return; }
    if (Math.hypot(x, y) < FAR) return;
    if (event.pointerType !== "touch" || Math.abs(x) > Math.abs(y)) lift(event.clientX, event.clientY);
    else clearTimeout(rest);
  };

  const end = () => {
    clearTimeout(rest);
    for (const [name, run] of heardWhileDown) window.removeEventListener(name, run);
    ghost?.remove();
    over?.classList.remove("sort-over");
    document.body.classList.remove("sort-dragging");
    if (ghost) ended();
    [from, ghost, over] = [null, null, null];
  };

  const up = () => {
    const group = over instanceof HTMLElement ? over.dataset.group : undefined;
    const tile = from?.tile;
    end();
    if (tile && group) dropped(tile, group);
  };

  // Of the window while a button or finger is down: a fast one leaves the grid at its first move.
  const heardWhileDown = /** @type {[string, (event: any) => void][]} */ (
    [["pointermove", move], ["pointerup", up], ["pointercancel", end]]);
  grid.addEventListener("pointerdown", down);
  // Once a tile is in the hand the page stays where it is, and the click that follows toggles nothing.
  grid.addEventListener("touchmove", (event) => { if (ghost) event.preventDefault(); }, { passive: false });
  grid.addEventListener("click", (event) => { if (dragged) event.stopPropagation(); dragged = false; }, true);
  grid.addEventListener("dragstart", (event) => event.preventDefault()); // the browser's own, of a picture
  grid.addEventListener("contextmenu", (event) => { if (ghost) event.preventDefault(); });
}
