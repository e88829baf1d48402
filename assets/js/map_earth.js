// @ts-check
// The geographic map: degrees to places in the frame, with the same scale in both directions where the
// items are (an equirectangular projection), and the lines and lengths that its ground shows.

/** @import { Coordinates } from "./api.js" */
/** @import { Places } from "./types.js" */

const MARGIN = 0.06; // of the frame, left free round the outermost items
const LEAST_DEGREES = 1e-4; // about ten metres: the view of items that all lie in one place
const METRES_A_DEGREE = 111_320;
const LINES = 5; // about so many of each direction in a view

/**
 * How degrees lie in the frame: `x = (lon - lon0) * acrossDegree + 0.5`, and so for `y` with latitude.
 * @typedef {{ lon0: number, lat0: number, across: number, up: number }} Projection
 */
/** @typedef {{ at: number, label: string }} Line */

/** @param {number | null} v @returns {v is number} */
const isReal = (v) => v !== null && Number.isFinite(v);

/** @param {(number | null)[]} values @returns {[low: number, high: number]} */
function extent(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const v of values) {
    if (!isReal(v)) continue;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return [low, high];
}

/**
 * Longitudes without the cut at 180 degrees going through the items: where east of it and west of it
 * lie near each other, those in the west go on past 180.
 * @param {(number | null)[]} lon
 */
export function unbroken(lon) {
  const [low, high] = extent(lon);
  if (high - low <= 180) return lon;
  const past = lon.map((v) => (isReal(v) && v < 0 ? v + 360 : v));
  const [from, to] = extent(past);
  return to - from < high - low ? past : lon;
}

/**
 * Places in [0, 1] of coordinates, in a frame of so many pixels; NaN for the unknown. Null where no
 * place is known.
 * @param {Pick<Coordinates, "lat" | "lon">} where @param {number} width @param {number} height
 * @returns {{ at: Places, projection: Projection } | null}
 */
export function project({ lat, lon: given }, width, height) {
  const lon = unbroken(given);
  const [west, east] = extent(lon);
  const [south, north] = extent(lat);
  if (east < west || !width || !height) return null;
  const lat0 = (south + north) / 2;
  const squeeze = Math.max(0.05, Math.cos((lat0 * Math.PI) / 180));
  const pixels = (1 - 2 * MARGIN) * Math.min(
    width / Math.max((east - west) * squeeze, LEAST_DEGREES),
    height / Math.max(north - south, LEAST_DEGREES));
  const projection = {
    lon0: (west + east) / 2, lat0, across: (pixels * squeeze) / width, up: pixels / height,
  };
  const at = {
    x: lon.map((v) => (isReal(v) ? (v - projection.lon0) * projection.across + 0.5 : NaN)),
    y: lat.map((v) => (isReal(v) ? (v - lat0) * projection.up + 0.5 : NaN)),
  };
  return { at, projection };
}

/**
 * The largest of 1, 2 or 5 times a power of ten that is not above `most`.
 * @param {number} most
 */
export function round125(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  const times = most / power;
  return (times >= 5 ? 5 : times >= 2 ? 2 : 1) * power;
}

/**
 * Round degrees in a view of one axis, as places in [0, 1], with what they are called.
 * @param {[number, number]} view of the axis @param {number} origin in degrees
 * @param {number} scale places a degree @param {[positive: string, negative: string]} sides
 * @param {number} [most] degrees that there are on each side
 * @returns {Line[]}
 */
export function lines([low, high], origin, scale, sides, most = Infinity) {
  const [from, to] = [low, high].map((place) => origin + (place - 0.5) / scale);
  const step = round125((to - from) / (LINES - 1));
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const found = [];
  for (let n = Math.ceil(from / step); n * step <= to && found.length < 4 * LINES; n += 1) {
    const degrees = n * step;
    if (Math.abs(degrees) > most) continue;
    const around = degrees > 180 ? degrees - 360 : degrees;
    const side = around > 0 ? sides[0] : around < 0 ? sides[1] : "";
    found.push({
      at: (degrees - origin) * scale + 0.5, label: `${Math.abs(around).toFixed(digits)}° ${side}`.trim(),
    });
  }
  return found;
}

/**
 * A round length that is at most `pixels` long on the map, in the middle of the items.
 * @param {Projection} projection @param {[number, number]} up view of the axis
 * @param {number} height of the frame @param {number} pixels
 * @returns {{ label: string, length: number }}
 */
export function scaleBar({ up }, [low, high], height, pixels) {
  const metresAPixel = ((high - low) / height / up) * METRES_A_DEGREE;
  const metres = round125(metresAPixel * pixels);
  const km = metres >= 1000;
  const label = `${(km ? metres / 1000 : metres).toLocaleString("en")} ${km ? "km" : "m"}`;
  return { label, length: metres / metresAPixel };
}

