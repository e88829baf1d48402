// The bar of the Teach tab: which session, how far it is, and what can be done with the whole of it.

import { state } from "./core.js";
import { h } from "./dom.js";
import { aimed } from "./teach_camera.js";

/** The bar in `host`: `paint(sessions, session, told)`. `turned(session)`, `open()`, `watch()`,
 *  `step(name)`, `save()`, `robots()`, `end()` and `review()` hear what is asked for. */
export function makeBar(host, asked) {
  let painted = "";

  // Left as it is while it says the same, and while a session is being chosen.
  function paint(sessions, session, { generation, learning, status, picks }) {
    const now = JSON.stringify([sessions, session, generation, learning, status, picks > 0, aimed(), state.overview?.can_embed]);
    if (now === painted || document.activeElement?.closest(".teach-bar select")) return;
    painted = now;
    host.replaceChildren(...[
      sessions.length > 0 && h("label.soft", {}, "session ", picker(sessions, session)),
      h("button", { class: "teach-open", onclick: asked.open }, "New session"), h("span.spacer"),
      learning && h("span.chip", {}, "learning …"),
      status && h("span.soft", {}, `generation ${generation}`),
      ...(status === "ended" ? [] : going(session, status)),
      picks > 0 && h(`button.teach-export${status === "ended" ? ".primary" : ""}`, { onclick: asked.save, title: "Picks as groups and pairs, what the robot learnt, and the timeline" }, "Export"),
      ...(status ? closing(status) : []),
    ].filter(Boolean));
  }

  function picker(sessions, session) {
    const select = h("select", { "aria-label": "Session", onchange: () => { select.blur(); asked.turned(select.value); } },
      ...sessions.map((one) => h("option", { value: one.session, selected: one.session === session }, one.name)));
    return select;
  }

  const going = (session, status) => [
    status === "active" && state.overview?.can_embed && h("button.teach-camera", { onclick: asked.watch, title: "Show objects to this machine's camera" }, aimed() === session ? "Camera off" : "Camera"),
    status === "active" && h("button.teach-pause", { onclick: () => asked.step("pause") }, "Pause"),
    status === "paused" && h("span.chip.grey", {}, "paused"),
    status === "paused" && h("button.primary", { onclick: () => asked.step("resume") }, "Resume"),
  ];

  const closing = (status) => (status === "ended" ? [
    h("button.teach-review", { onclick: asked.review, title: "The session's decisions, in pair review" }, "Review pairs"),
    h("span.chip.grey", {}, "ended"),
  ] : [
    h("button.teach-robots", { onclick: asked.robots, title: "Who may talk to this session over HTTP" }, "Robots"),
    h("button.teach-end", { onclick: asked.end }, "End session"),
  ]);

  return { paint };
}
