// @ts-check
// The bar of the Teach tab: which session, how far it is, and what can be done with the whole of it.

import { state } from "./core.js";
import { h } from "./dom.js";
import { aimed } from "./camera.js";

/** @import { SessionRow, State } from "./api.js" */

/**
 * What hears of what is asked for.
 * @typedef {object} Asked
 * @property {(session: string) => unknown} turned
 * @property {() => unknown} open
 * @property {() => unknown} watch
 * @property {(name: "pause" | "resume") => unknown} step
 * @property {() => unknown} save
 * @property {() => unknown} robots
 * @property {() => unknown} end
 * @property {() => unknown} review
 */

const EXPORTS = "Picks as groups and pairs, what the robot learnt, and the timeline";

/**
 * The bar in `host`: `paint(sessions, session, told)`.
 * @param {HTMLElement} host
 * @param {Asked} asked
 */
export function makeBar(host, asked) {
  let painted = "";

  /**
   * Left as it is while it says the same, and while a session is being chosen.
   * @param {SessionRow[]} sessions
   * @param {string} session
   * @param {Partial<State>} told
   */
  function paint(sessions, session, { generation, learning, status, picks = 0 }) {
    const now = JSON.stringify([sessions, session, generation, learning, status, picks > 0, aimed(),
      state.overview?.can_embed]);
    if (now === painted || document.activeElement?.closest(".teach-bar select")) return;
    painted = now;
    const ended = status === "ended";
    host.replaceChildren(...[
      sessions.length > 0 && h("label.soft", {}, "session ", picker(sessions, session)),
      h("button", { class: "teach-open", onclick: asked.open }, "New session"), h("span.spacer"),
      learning && h("span.chip", {}, "learning …"),
      status && h("span.soft", {}, `generation ${generation}`),
      ...(ended ? [] : going(session, status)),
      picks > 0 && h(`button.teach-export${ended ? ".primary" : ""}`, { onclick: asked.save, title: EXPORTS },
        "Export"),
      ...(status ? closing(status) : []),
    ].filter((one) => one instanceof Node));
  }

  /** @param {SessionRow[]} sessions @param {string} session */
  function picker(sessions, session) {
    const select = h("select", {
      "aria-label": "Session", onchange: () => { select.blur(); asked.turned(select.value); },
    }, ...sessions.map((one) =>
      h("option", { value: one.session, selected: one.session === session }, one.name)));
    return select;
  }

  /** @param {string} session @param {string | undefined} status */
  const going = (session, status) => [
    status === "active" && state.overview?.can_embed && h("button.teach-camera", {
      onclick: asked.watch, title: "Show objects to this machine's camera",
    }, aimed() === session ? "Camera off" : "Camera"),
    status === "active" && h("button.teach-pause", { onclick: () => asked.step("pause") }, "Pause"),
    status === "paused" && h("span.chip.grey", {}, "paused"),
    status === "paused" && h("button.primary", { onclick: () => asked.step("resume") }, "Resume"),
  ];

  /** @param {string} status */
  const closing = (status) => (status === "ended" ? [
    h("button.teach-review", { onclick: asked.review, title: "The session's decisions, in pair review" },
      "Review pairs"),
    h("span.chip.grey", {}, "ended"),
  ] : [
    h("button.teach-robots", { onclick: asked.robots, title: "Who may talk to this session over HTTP" },
      "Robots"),
    h("button.teach-end", { onclick: asked.end }, "End session"),
  ]);

  return { paint };
}
