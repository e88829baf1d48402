// One call of the server: an operation of api.js, its values, and what comes back.

import { OPERATIONS } from "./api.js";
import { Away } from "./trouble.js";


/** Address and options for fetch, of an operation's name and values. `key` makes a call happen once,
 *  however often it is sent; `teacher` is the reviewer where none is named. */
export function requestOf(name, values, client, base) {
  const { method, path, query, body } = OPERATIONS[name];
  const all = { teacher: values.reviewer, ...values };
  const url = new URL(path.replace(/\{(\w+)\}/g, (_, part) => encodeURIComponent(all[part])), base);
  url.username = url.password = ""; // fetch refuses an address with a login; the browser sends it
  for (const part of query) {
    if (all[part] !== undefined && all[part] !== null) url.searchParams.set(part, all[part]);
  }
  const headers = { "X-Client": client };
  if (all.key) headers["Idempotency-Key"] = all.key;
  const init = { method, headers };
  if (body === "data") {
    headers["Content-Type"] = all.data.type.startsWith("image/") ? all.data.type : "application/octet-stream";
    init.body = all.data;
  } else if (body) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(Object.fromEntries(body.map((part) => [part, all[part]])));
  }
  return { url: url.href, init };
}

/** What the server answers; throws Away when unreachable, Error with its text, kind and status
 *  otherwise. */
export async function call(name, values, client) {
  const { url, init } = requestOf(name, values, client, document.baseURI);
  let answer;
  let told;
  try {
    answer = await fetch(url, init);
    told = await answer.json();
  } catch {
    throw new Away("The server cannot be reached.");
  }
  if (answer.ok) return told;
  throw Object.assign(new Error(told.message), { kind: told.error, status: answer.status });
}
