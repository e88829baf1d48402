// The bins: a card for each, which stays the same element while the bin keeps its name.

import { h } from "./dom.js";
import { lying, showLying } from "./teach_items.js";
import { keyOfBin } from "./teach_keys.js";

/** The bins in `host`: `paint(told, { chosen, sent })`. `tapped(bin)`, `opened(bin)` for all that
 *  lies in it, `changed(bin)`, `dropped(bin)`, `lifted(item, bin)` and `dragged(item, bin)` for one that
 *  lies in a bin, and `fresh()` for a new bin hear what is done to them. */
export function makeBins(host, { tapped, opened, changed, lifted, dragged, dropped, fresh }) {
  const onto = (then) => ({ ondragover: (event) => event.preventDefault(), ondrop: (event) => { event.preventDefault(); then(); } });
  const more = h("button.bin.new", { onclick: fresh, ...onto(fresh) }, "+ new bin ", h("kbd", {}, "N"));
  let cards = new Map();

  const card = (name) => h("article.bin", { dataset: { bin: name }, ...onto(() => dropped(name)) },
    h("button.bin-name", { onclick: () => tapped(name), title: "Put the chosen item here" }, h("b", {}, name)),
    h("div.bin-told", {}, h("kbd"), h("span.soft", {}, h("button.bin-taught", { onclick: () => opened(name) }), h("span.bin-robot"))),
    h("div.bin-items"),
    h("button.bin-change", { onclick: () => changed(name), title: "Rename or merge this bin", "aria-label": `Rename or merge ${name}` }, "⋯"));

  const picture = (id, name) => lying(id, {
    onclick: () => lifted(id, name),
    ondragstart: (event) => { event.dataTransfer.setData("text/plain", id); dragged(id, name); },
  });

  function paint(told, hand) {
    cards = new Map(told.bins.map(({ name }) => [name, cards.get(name) ?? card(name)]));
    told.bins.forEach((bin, number) => show(cards.get(bin.name), bin, number, told, hand));
    more.disabled = told.status !== "active";
    const wanted = [...cards.values()];
    if (told.mode === "sort" && told.status !== "ended") wanted.push(more);
    const same = wanted.length === host.children.length && wanted.every((node, place) => node === host.children[place]);
    if (!same) host.replaceChildren(...wanted);
  }

  function show(node, bin, number, told, hand) {
    const active = told.status === "active";
    node.querySelector(".bin-change").hidden = !active || told.mode !== "sort";
    node.querySelector(".bin-name").disabled = !active;
    node.querySelector("kbd").textContent = keyOfBin(number).toUpperCase();
    const all = node.querySelector(".bin-taught");
    all.textContent = `${bin.taught} taught`;
    all.title = `All that was put into ${bin.name}`;
    all.disabled = bin.taught === 0;
    node.querySelector(".bin-robot").textContent = ` · robot ${bin.robot}`;
    node.querySelector(".bin-robot").title = `The robot put ${bin.robot} more here`;
    const items = node.querySelector(".bin-items");
    const shown = bin.items.join(" ");
    if (items.dataset.shown !== shown) {
      items.dataset.shown = shown;
      items.replaceChildren(...bin.items.map((id) => picture(id, bin.name)));
    }
    for (const one of items.children) {
      one.draggable = told.mode === "sort";
      showLying(one, told, hand);
    }
  }

  return { paint };
}
