// The bins: a card for each, which stays the same element while the bin keeps its name.

import { h, thumb } from "./dom.js";
import { keyOfBin } from "./teach_keys.js";

/** The bins in `host`: `paint(told, { chosen, sent })`. `tapped(bin)`, `changed(bin)`, `dropped(bin)`,
 *  `lifted(item)` and `dragged(item)` for one that lies in a bin, and `fresh()` for a new bin hear what
 *  is done to them. */
export function makeBins(host, { tapped, changed, lifted, dragged, dropped, fresh }) {
  const onto = (then) => ({ ondragover: (event) => event.preventDefault(), ondrop: (event) => { event.preventDefault(); then(); } });
  const more = h("button.bin.new", { onclick: fresh, ...onto(fresh) }, "+ new bin ", h("kbd", {}, "N"));
  let cards = new Map();

  const card = (name) => h("article.bin", { dataset: { bin: name }, ...onto(() => dropped(name)) },
    h("button.bin-name", { onclick: () => tapped(name), title: "Put the chosen item here" }, h("b", {}, name), h("span", {}, h("kbd"), h("span.soft"))),
    h("div.bin-items"),
    h("button.bin-change", { onclick: () => changed(name), title: "Rename or merge this bin", "aria-label": `Rename or merge ${name}` }, "⋯"));

  const lying = (id) => h("button.lying", {
    dataset: { id }, onclick: () => lifted(id),
    ondragstart: (event) => { event.dataTransfer.setData("text/plain", id); dragged(id); },
  }, thumb({ id, name: id }));

  function paint(told, hand) {
    cards = new Map(told.bins.map(({ name }) => [name, cards.get(name) ?? card(name)]));
    told.bins.forEach((bin, number) => show(cards.get(bin.name), bin, number, told, hand));
    more.disabled = told.status !== "active";
    const wanted = [...cards.values()];
    if (told.mode === "sort" && told.status !== "ended") wanted.push(more);
    const same = wanted.length === host.children.length && wanted.every((node, place) => node === host.children[place]);
    if (!same) host.replaceChildren(...wanted);
  }

  function show(node, bin, number, { status, mode }, { chosen, sent }) {
    const active = status === "active";
    node.querySelector(".bin-change").hidden = !active || mode !== "sort";
    node.querySelector(".bin-name").disabled = !active;
    node.querySelector("kbd").textContent = keyOfBin(number).toUpperCase();
    node.querySelector(".soft").textContent = `${bin.taught} taught · robot ${bin.robot}`;
    node.querySelector(".soft").title = `The robot put ${bin.robot} more here`;
    const items = node.querySelector(".bin-items");
    const shown = bin.items.join(" ");
    if (items.dataset.shown !== shown) {
      items.dataset.shown = shown;
      items.replaceChildren(...bin.items.map(lying));
    }
    for (const one of items.children) {
      one.disabled = !active || sent.has(one.dataset.id);
      one.draggable = mode === "sort";
      one.title = mode === "sort" ? "Put it into another bin" : "Take it out again";
      one.setAttribute("aria-pressed", one.dataset.id === chosen);
    }
  }

  return { paint };
}
