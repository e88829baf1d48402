// The belt: an item keeps its place while it lies there; a new one comes where an old one was.

import { baseName, h, percent, thumb } from "./dom.js";

/** The belt in `host`: `paint(items, told, { chosen, sent, held })`; a held belt keeps its items, and
 *  those `sent` (item -> bin) are in bins or on their way there. `items()`: what lies on it.
 *  `tapped(id)` and `dragged(id)` hear what is done to a tile. */
export function makeBelt(host, { tapped, dragged }) {
  let known = new Map(); // what was last told of the items, also of those that a held belt alone still has

  function tile(item) {
    return h("button.tile", {
      dataset: { id: item.id }, draggable: true, onclick: () => tapped(item.id),
      ondragstart: (event) => { event.dataTransfer.setData("text/plain", item.id); dragged(item.id); },
    }, thumb({ ...item, name: baseName(item.name) }), h("span.num"), h("b.said"), h("span.sure", {}, h("i")));
  }

  function settle(items) {
    const staying = new Set(items.map((one) => one.id));
    const lying = new Set([...host.children].map((node) => node.dataset.id));
    const coming = items.filter((one) => !lying.has(one.id)).map(tile);
    for (const node of [...host.children].filter((one) => !staying.has(one.dataset.id))) {
      const focused = node === document.activeElement;
      const next = coming.shift();
      if (next) node.replaceWith(next);
      else node.remove();
      if (focused) (next ?? host.firstChild)?.focus();
    }
    host.append(...coming);
  }

  function paint(items, told, { chosen, sent, held }) {
    if (!held) settle(items);
    known = new Map([...(held ? known : []), ...items.map((one) => [one.id, one])]);
    for (const node of host.children) {
      const item = known.get(node.dataset.id);
      show(node, item, told, sent.get(item.id));
      node.classList.toggle("chosen", node.dataset.id === chosen);
    }
  }

  return { paint, items: () => [...host.children].map((node) => node.dataset.id) };
}

function show(node, item, told, bin) {
  const asks = !bin && item.action === "ask" && item.confidence < 1;
  const said = bin ? `put in ${bin}` : saying(item, told, asks);
  const sure = told.picks && !bin ? percent(item.confidence) : "";
  node.classList.toggle("sent", Boolean(bin));
  node.setAttribute("aria-disabled", Boolean(bin) || told.status !== "active");
  node.classList.toggle("asks", asks);
  node.setAttribute("aria-label", `${baseName(item.name)}: ${said}`);
  node.querySelector(".said").textContent = said;
  node.querySelector(".num").textContent = sure;
  node.querySelector(".sure i").style.width = sure.replace(" ", "") || "0";
}

function saying(item, told, asks) {
  if (item.bin) return asks ? `${item.bin}?` : `→ ${item.bin}`;
  if (asks) return told.mode === "pick" ? "leave it?" : "which?";
  return told.picks ? "leave it" : "not taught";
}
