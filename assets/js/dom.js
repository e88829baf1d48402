// Small helpers to build DOM. Text always goes through text nodes: file names are not markup.

/** h("div.card", {onclick}, child, "text") -> element; null and false children are left out. */
export function h(spec, props = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(props || {})) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("aria-")) node.setAttribute(name, String(value));
    else if (value === false) continue;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(node.dataset, value);
    else if (name in node && name !== "list") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(2).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

// Works behind a proxy that adds a path: addresses are relative to the page.
export const address = (path) => new URL(path, document.baseURI).href;
export const thumbUrl = (id) => address(`thumb/${id}`);
export const imageUrl = (id) => address(`image/${id}`);

let pictures = true;
/** Items of a source of vectors have no pictures: show names from the start. */
export const showPictures = (there) => { pictures = there; };

/** A small picture of an item; an item without image shows its name instead. */
export function thumb(item, props = {}) {
  if (!pictures) return nameplate(item);
  const image = h("img", {
    src: thumbUrl(item.id), alt: item.name, title: item.name, loading: "lazy", decoding: "async",
    draggable: false, ...props,
  });
  image.addEventListener("error", () => image.replaceWith(nameplate(item)), { once: true });
  return image;
}

export const nameplate = (item) => h("span.nameplate", { title: item.name }, item.name);

export const baseName = (path) => path.split("/").pop();

export const plural = (n, word) =>
  `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;

export const percent = (value) => `${Math.round(value * 100)} %`;

/** Fixed-point number without a leading zero: 0.93 -> ".93". */
export const short = (value) =>
  value === null || value === undefined ? "" : value.toFixed(2).replace(/^(-?)0\./, "$1.");

export function clock(iso) {
  const time = new Date(iso);
  return Number.isNaN(time.getTime())
    ? ""
    : time.toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

/** A message that leaves by itself, with at most one action. */
export function toast(text, { action, run, bad = false } = {}) {
  let shelf = document.getElementById("toasts");
  if (!shelf) {
    shelf = h("div", { id: "toasts", role: "status", "aria-live": "polite" });
    document.body.append(shelf);
  }
  const note = h(bad ? "div.toast.bad" : "div.toast", {}, h("span", {}, text));
  const leave = () => note.remove();
  if (action) note.append(h("button.link", { onclick: () => { leave(); run(); } }, action));
  shelf.append(note);
  while (shelf.children.length > 3) shelf.firstChild.remove();
  setTimeout(leave, bad ? 9000 : 5000);
}

/** A modal dialog; review keys are dead while one is open. Returns the <dialog>. */
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

/** Ask before something large; resolves to true or false. */
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

/** Run `action` and show a failure as a toast; resolves to its result or undefined. */
export async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    toast(error.message, { bad: true });
    return undefined;
  }
}
