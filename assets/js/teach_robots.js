// @ts-check
// Robots that may talk to a session: a token is shown once, and can be revoked.

import { rpc } from "./core.js";
import { address, dialog, h } from "./dom.js";
import { attempt } from "./trouble.js";

const MEANING = "A robot shows objects and reports picks over HTTP with a token of its own. It opens this "
  + "session and nothing else, past the login too. Where the server was started without a login (--auth), a "
  + "token keeps nobody out: whoever reaches the server can do the same without one.";

/**
 * The dialog for the `robots` (names) of a `session`.
 * @param {string} session
 * @param {string[]} robots
 */
export function askRobots(session, robots) {
  const list = h("div.robots");
  const token = h("div.token", { hidden: true });
  const name = h("input", {
    required: true, maxLength: 80, placeholder: "arm", "aria-label": "Name of the robot",
  });
  /** @param {string[]} names */
  const paint = (names) => list.replaceChildren(
    ...(names.length ? names.map(row) : [h("p.soft", {}, "No robot has a token yet.")]));
  /** @param {string} robot */
  const row = (robot) => h("div.row", { dataset: { robot } }, h("b", {}, robot), h("span.spacer"),
    h("button.small", { onclick: () => revoke(robot) }, "Revoke"));

  /** @param {string} robot */
  async function revoke(robot) {
    const left = await attempt(() => rpc("teach_revoke", { session, robot }));
    if (left) paint(left.robots);
  }

  /** @param {Event} event */
  async function grant(event) {
    event.preventDefault();
    const made = await attempt(() => rpc("teach_grant", { session, robot: name.value.trim() }));
    if (!made) return;
    name.value = "";
    paint(made.robots);
    const line = h("textarea", {
      readOnly: true, rows: 3, "aria-label": "Token", onclick: () => { line.select(); },
      value: `RobotClient("${address("").replace(/\/$/, "")}", "${made.token}", session="${session}")`,
    });
    token.replaceChildren(
      h("p", {}, `Token of ${made.robot}. It is shown this once; only its hash is kept:`), line);
    token.hidden = false;
  }

  paint(robots);
  dialog("Robots of this session", h("p.soft", {}, MEANING), list,
    h("form.fields", { onsubmit: grant }, h("label", {}, "Name of another robot", name),
      h("div.box-foot", {}, h("button.primary", { type: "submit" }, "Create token"))), token);
  name.focus();
}
