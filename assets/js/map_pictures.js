// Pictures in the place of points: small bitmaps, fetched a few at a time behind all other traffic.

import { thumbUrl } from "./dom.js";

const HEIGHT = 96; // pixels of a bitmap
const AT_ONCE = 3;
const KEPT = 1500;
const FAINT = 0.18;

const bitmaps = new Map(); // item id -> ImageBitmap, null where there is none or it is on its way
let wanted = [];
let fetching = 0;

/** Fetch what is not here yet; `arrived()` follows every picture. */
export function fetchPictures(ids, arrived) {
  wanted = ids.filter((id) => !bitmaps.has(id));
  while (fetching < AT_ONCE && wanted.length) next(arrived);
}

async function next(arrived) {
  fetching += 1;
  while (wanted.length) {
    const id = wanted.shift();
    if (bitmaps.has(id)) continue;
    bitmaps.set(id, null);
    if (bitmaps.size > KEPT) bitmaps.delete(bitmaps.keys().next().value);
    const bitmap = await load(id);
    if (bitmap) { bitmaps.set(id, bitmap); arrived(); }
  }
  fetching -= 1;
}

async function load(id) {
  const answer = await fetch(thumbUrl(id), { priority: "low" }).catch(() => null);
  if (!answer) bitmaps.delete(id); // the server is away: ask again later
  if (!answer?.ok) return null;
  const options = { resizeHeight: HEIGHT, resizeQuality: "medium" };
  return answer.blob().then((blob) => createImageBitmap(blob, options)).catch(() => null);
}

/** Paint pictures of `side` pixels, framed in their colours, at `spots` [[x, y], ...] of `ids`. */
export function paintPictures(pen, ids, spots, fills, side, faint = () => false) {
  const edge = side < 24 ? 1.5 : 2;
  spots.forEach(([x, y], index) => {
    const bitmap = bitmaps.get(ids[index]);
    if (!bitmap) return;
    pen.globalAlpha = faint(index) ? FAINT : 1;
    pen.fillStyle = fills[index];
    const [left, top] = [Math.round(x - side / 2), Math.round(y - side / 2)];
    pen.fillRect(left, top, side, side);
    const cut = Math.min(bitmap.width, bitmap.height);
    pen.drawImage(bitmap, (bitmap.width - cut) / 2, (bitmap.height - cut) / 2, cut, cut,
      left + edge, top + edge, side - 2 * edge, side - 2 * edge);
  });
  pen.globalAlpha = 1;
}

/** Paint plain points. */
export function paintDots(pen, spots, fills, diameter) {
  const byFill = new Map();
  spots.forEach((spot, index) => {
    if (!byFill.has(fills[index])) byFill.set(fills[index], []);
    byFill.get(fills[index]).push(spot);
  });
  pen.globalAlpha = 0.8;
  for (const [fill, group] of byFill) {
    pen.fillStyle = fill;
    pen.beginPath();
    for (const [x, y] of group) {
      pen.moveTo(x + diameter / 2, y);
      pen.arc(x, y, diameter / 2, 0, 6.2832);
    }
    pen.fill();
  }
  pen.globalAlpha = 1;
}
