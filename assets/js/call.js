// @ts-check
// One call of the server: an operation of api.js, its values, and what comes back.

import { OPERATIONS } from "./api.js";
import { Away } from "./trouble.js";

/** @import { Answer, CallName } from "./types.js" */

/**
 * Address and options for fetch, of an operation's name and values. `key` makes a call happen once,
 * however often it is sent; `teacher` is the reviewer where none is named.
 * @param {CallName} name
 * @param {Record<string, any>} values
 * @param {string} client
 * @param {string} base
 */
export function requestOf(name, values, client, base) {
  const { method, path, query, body } = OPERATIONS[name];
  /** @type {Record<string, any>} */
  const all = { teacher: values.reviewer, ...values };
  const url = new URL(path.replace(/\{(\w+)\}/g, (_, part) => encodeURIComponent(all[part])), base);
  url.username = url.password = ""; // fetch refuses an address with a login; the browser sends it
  for (const part of query) {
    if (all[part] !== undefined && all[part] !== null) url.searchParams.set(part, all[part]);
  }
  /** @type {Record<string, string>} */
  const headers = { "X-Client": client };
  if (all.key) headers["Idempotency-Key"] = all.key;
  const content = contentOf(body, all);
  if (content) headers["Content-Type"] = content.type;
  return { url: url.href, init: { method, headers, body: content?.body } };
}

/**
 * A request's body and its type: a file as it is, or the fields named as JSON.
 * @param {string[] | "data" | null} fields
 * @param {Record<string, any>} all
 */
function contentOf(fields, all) {
  if (fields === null) return null;
  if (fields === "data") {
    const isImage = all.data.type.startsWith("image/");
    return { type: isImage ? all.data.type : "application/octet-stream", body: all.data };
  }
  const body = JSON.stringify(Object.fromEntries(fields.map((part) => [part, all[part]])));
  return { type: "application/json", body };
}

/**
 * What the server answers; throws Away when unreachable, Error with its text, kind and status
 * otherwise. An answer that is no JSON is not the server's: a proxy's page that says what it lacks.
 * @template {CallName} K
 * @param {K} name
 * @param {Record<string, any>} values
 * @param {string} client
 * @returns {Promise<Answer<K>>}
 */
export async function call(name, values, client) {
  const { url, init } = requestOf(name, values, client, document.baseURI);
  const { ok, status, text } = await sent(url, init);
  const told = parsed(text);
  if (ok && told !== undefined) return told;
  const message = told?.message ?? `Expected an answer of the server at ${url}, got status ${status} `
    + "without one; a proxy in front must pass on everything below the page's address, and answer "
    + "itself only where the server is not running.";
  throw Object.assign(new Error(message), { kind: told?.error ?? "", status });
}

/** @param {string} url @param {RequestInit} init */
async function sent(url, init) {
  try {
    const answer = await fetch(url, init);
    return { ok: answer.ok, status: answer.status, text: await answer.text() };
  } catch {
    throw new Away("The server cannot be reached.");
  }
}

/**
 * The value of a JSON text, undefined where it is none.
 * @param {string} text
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
