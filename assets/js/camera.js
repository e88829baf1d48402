// @ts-check
// The camera of this machine: while it is aimed at a session, what it sees goes there, at most one
// frame a second. The server keeps those frames that show something new.

import { rpc } from "./core.js";
import { h } from "./dom.js";
import { messageOf } from "./trouble.js";

const EVERY_MS = 1000;
const LONGEST_SIDE = 1280;
const QUALITY = 0.9;

let session = "";
/** @type {HTMLElement | null} */
let panel = null;
/** @type {ReturnType<typeof camera> | null} */
let seeing = null;

/** The session that the camera looks for, "" while it is off. */
export const aimed = () => session;

/**
 * Point the camera at a session's belt; "" turns it off.
 * @param {string} name
 */
export function aim(name) {
  if (name === session) return;
  session = name;
  document.body.toggleAttribute("data-camera", name !== "");
  look();
}

/** @param {HTMLElement} element */
export function mount(element) {
  panel = element;
  look();
}

function look() {
  seeing?.stop();
  seeing = null;
  if (!panel) return;
  if (!session) { panel.replaceChildren(); return; }
  seeing = camera(session);
  panel.replaceChildren(h("section.card.camera", {}, seeing.video, seeing.told));
  seeing.start();
}

/**
 * A camera's picture, a line that says how it goes, and what starts and stops it.
 * @param {string} name
 */
function camera(name) {
  const video = h("video", { autoplay: true, muted: true, playsInline: true, "aria-label": "Camera" });
  const told = h("p.soft", { role: "status" }, "Waiting for the camera…");
  /** @type {MediaStream | null} */
  let stream = null;
  let timer = 0;
  let stopped = false;

  async function start() {
    if (!navigator.mediaDevices) {
      told.textContent = "The browser gives a camera to https and localhost only; open the page there.";
      return;
    }
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: LONGEST_SIDE } } });
      if (stopped) { close(); return; }
      video.srcObject = stream;
      await video.play();
      again();
    } catch (error) {
      if (stopped) return;
      told.textContent = `No camera: ${messageOf(error)} Allow it, then turn the camera off and on.`;
    }
  }

  async function again() {
    if (stopped) return;
    try {
      const seen = await rpc("teach_frame", { session: name, data: await frame(video) });
      told.textContent = seen ? "Took what lies there." : "Looking.";
    } catch (error) {
      told.textContent = messageOf(error);
    }
    if (!stopped) timer = setTimeout(again, EVERY_MS);
  }

  function stop() {
    stopped = true;
    clearTimeout(timer);
    close();
  }

  function close() {
    stream?.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  }

  return { video, told, start, stop };
}

/**
 * What the video shows now, as a JPEG file.
 * @param {HTMLVideoElement} video
 * @returns {Promise<Blob>}
 */
function frame(video) {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
  const canvas = h("canvas", {
    width: Math.round(video.videoWidth * scale), height: Math.round(video.videoHeight * scale),
  });
  canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((file) => {
      if (file) resolve(file);
      else reject(new Error("The browser made no picture of what the camera sees; it tries again."));
    }, "image/jpeg", QUALITY);
  });
}
