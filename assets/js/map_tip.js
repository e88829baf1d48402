// @ts-check
// What a point says where the pointer rests on it: its picture, and what its colour means.

import { h, thumbUrl } from "./dom.js";

/** The tip: its `element`, `show(id, text, event, frame)` and `hide()`. */
export function makeTip() {
  const element = h("div.tip", { hidden: true });

  /** @param {string} id @param {string} text @param {MouseEvent} event @param {Element} frame */
  function show(id, text, event, frame) {
    const box = frame.getBoundingClientRect();
    const image = h("img", { src: thumbUrl(id), alt: "", onerror: () => { image.remove(); } });
    element.replaceChildren(image, h("span", {}, text));
    const left = event.clientX - box.left;
    const top = event.clientY - box.top;
    element.style.left = `${left > box.width / 2 ? left - 132 : left + 14}px`;
    element.style.top = `${Math.max(4, Math.min(top - 40, box.height - 130))}px`;
    element.hidden = false;
  }

  return { element, show, hide: () => { element.hidden = true; } };
}
