// The bins: a card for each, which stays the same element while the bin keeps its name.

import { h, thumb } from "./dom.js";
import { keyOfBin } from "./teach_keys.js";

/** The bins in `host`: `paint(told)`. `tapped(bin)`, `changed(bin)`, `dropped(bin, event)` and
 *  `fresh(event)`, the last for a new bin, hear what is done to them. */
export function makeBins(host, { tapped, changed, dropped, fresh }) {
  const more = h("button.bin.new", { onclick: fresh, ondragover: over, ondrop: fresh }, "+ new bin ", h("kbd", {}, "N"));
  let cards = new Map();

  const card = (name) => h("article.bin", { dataset: { bin: name }, ondragover: over, ondrop: (event) => dropped(name, event) },
    h("button.bin-name", { onclick: () => tapped(name), title: "Put the chosen item here" }, h("b", {}, name), h("kbd")),
    h("button.bin-change", { onclick: () => changed(name), title: "Rename or merge this bin", "aria-label": `Rename or merge ${name}` }, "⋯"),
    h("span.soft"), h("div.bin-items"));

  function paint(told) {
    cards = new Map(told.bins.map(({ name }) => [name, cards.get(name) ?? card(name)]));
    told.bins.forEach((bin, number) => show(cards.get(bin.name), bin, number, told));
    const wanted = [...cards.values()];
    if (told.mode === "sort" && told.status !== "ended") wanted.push(more);
    const same = wanted.length === host.children.length && wanted.every((node, place) => node === host.children[place]);
    if (!same) host.replaceChildren(...wanted);
  }

  return { paint };
}

const over = (event) => event.preventDefault();

function show(node, bin, number, { status, mode }) {
  node.querySelector(".bin-change").hidden = status !== "active" || mode !== "sort";
  node.querySelector(".bin-name").disabled = status === "ended";
  node.querySelector("kbd").textContent = keyOfBin(number).toUpperCase();
  node.querySelector(":scope > .soft").textContent = `${bin.taught} taught · robot put ${bin.robot} more here`;
  const items = node.querySelector(".bin-items");
  const shown = bin.items.join(" ");
  if (items.dataset.shown === shown) return;
  items.dataset.shown = shown;
  items.replaceChildren(...bin.items.map((id) => thumb({ id, name: id })));
}
