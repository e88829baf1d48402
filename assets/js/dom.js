// @ts-check
// Small helpers to build DOM. Text always goes through text nodes: file names are not markup.

import { parted } from "./format.js";

/** @import { Built, Child, Named, Props } from "./types.js" */

/**
 * h("div.card", {onclick}, child, "text") -> element; null and false children are left out.
 * @template {string} S
 * @param {S} spec
 * @param {Props<Built<S>> | null} [props]
 * @param {...(Child | Child[])} children
 * @returns {Built<S>}
 */
export function h(spec, props = null, ...children) {
  const [tag, ...classes] = spec.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(props ?? {})) setProperty(node, name, value);
  const shown = children.flat(2).filter((c) => c !== null && c !== undefined && c !== false);
  node.append(.../** @type {(Node | string)[]} */ (shown));
  return /** @type {Built<S>} */ (node);
}

/** @param {HTMLElement} node @param {string} name @param {any} value */
function setProperty(node, name, value) {
  if (value === undefined || value === null) return;
  if (name.startsWith("aria-")) { node.setAttribute(name, String(value)); return; }
  if (value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "dataset") Object.assign(node.dataset, value);
  else if (name in node && name !== "list") Object.assign(node, { [name]: value });
  else node.setAttribute(name, value === true ? "" : value);
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * An SVG element with attributes and children.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, string | number>} [attributes]
 * @param {...Node} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}

/**
 * The one element that `selector` finds in `root`, where it always is.
 * @template {HTMLElement} [E=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {E}
 */
export function within(root, selector) {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`Expected ${selector} on the page, found none; reload the page.`);
  return /** @type {E} */ (found);
}

/** @returns {HTMLElement[]} @param {Element} host */
export const childrenOf = (host) => /** @type {HTMLElement[]} */ ([...host.children]);

/**
 * Make `wanted` the children of `host`; what is there already stays untouched, so that no press that
 * is under way in it is lost.
 * @param {Element} host @param {Element[]} wanted
 */
export function arrange(host, wanted) {
  const there = childrenOf(host);
  if (there.length === wanted.length && wanted.every((one, place) => one === there[place])) return;
  host.replaceChildren(...wanted);
}

/** Take the focus from whatever has it. */
export function blur() {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

// Works behind a proxy that adds a path: addresses are relative to the page.
/** @param {string} path */
export const address = (path) => new URL(path, document.baseURI).href;
/** @param {string} id */
export const thumbUrl = (id) => address(`thumb/${id}`);
/** @param {string} id */
export const imageUrl = (id) => address(`image/${id}`);

let pictures = true;
/**
 * Items of a source of vectors have no pictures: show names from the start.
 * @param {boolean} there
 */
export const showPictures = (there) => { pictures = there; };

/**
 * A small picture of an item; an item without image shows its name instead.
 * @param {Named} item
 * @param {Props<HTMLImageElement>} [props]
 * @returns {HTMLElement}
 */
export function thumb(item, props = {}) {
  if (!pictures) return nameplate(item);
  const image = h("img", {
    src: thumbUrl(item.id), alt: item.name, title: item.name, loading: "lazy", decoding: "async",
    draggable: false, ...props,
  });
  image.addEventListener("error", () => image.replaceWith(nameplate(item)), { once: true });
  return image;
}

/**
 * A name that loses its middle where there is no room for it.
 * @param {string} name
 */
export const middled = (name) =>
  h("span.middle", {}, ...parted(name).filter(Boolean).map((part) => h("span", {}, part)));

/** @param {Named} item */
export const nameplate = (item) => h("span.nameplate", { title: item.name }, item.name);

/**
 * A message that leaves by itself, with at most one action.
 * @param {string} text
 * @param {{ action?: string, run?: () => unknown, bad?: boolean }} [options]
 */
export function toast(text, { action, run, bad = false } = {}) {
  let shelf = document.getElementById("toasts");
  if (!shelf) {
    shelf = h("div", { id: "toasts", role: "status", "aria-live": "polite" });
    document.body.append(shelf);
  }
  const note = h(bad ? "div.toast.bad" : "div.toast", {}, h("span", {}, text));
  const leave = () => note.remove();
  if (action) note.append(h("button.link", { onclick: () => { leave(); run?.(); } }, action));
  shelf.append(note);
  while (shelf.children.length > 3) shelf.firstChild?.remove();
  setTimeout(leave, bad ? 9000 : 5000);
}

/**
 * A modal dialog; review keys are dead while one is open. Returns the <dialog>.
 * @param {string} title
 * @param {...Child} content
 */
export function dialog(title, ...content) {
  const box = h(
    "dialog.box",
    { "aria-label": title },
    h("form.box-head", { method: "dialog" }, h("h2", {}, title),
      h("button.icon", { "aria-label": "Close", title: "Close (Esc)" }, "✕")),
    ...content,
  );
  box.addEventListener("close", () => box.remove());
  box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
  document.body.append(box);
  box.showModal();
  return box;
}

/**
 * Ask before something large; resolves to true or false.
 * @param {string} title @param {string} text @param {string} verb
 * @returns {Promise<boolean>}
 */
export function confirmed(title, text, verb) {
  return new Promise((resolve) => {
    let answer = false;
    const yes = () => { answer = true; box.close(); };
    const box = dialog(title, h("p", {}, text),
      h("div.box-foot", {}, h("button", { onclick: () => box.close() }, "Cancel"),
        h("button.primary", { onclick: yes }, verb)));
    box.addEventListener("close", () => resolve(answer));
  });
}

export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
}
