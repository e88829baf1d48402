import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { call, requestOf } from "../../assets/js/call.js";
import { Queue } from "../../assets/js/outbox_queue.js";
import { Away } from "../../assets/js/trouble.js";

const BASE = "http://host.example/below/";
const asked = (name, values, base = BASE) => requestOf(name, values, "tab", base);
const bodyOf = (name, values) => JSON.parse(asked(name, values).init.body);

// ---- what is asked -------------------------------------------------------------------------

test("an address is of the page's own, and says whose screen asks", () => {
  const { url, init } = asked("header_overview", {});
  assert.equal(url, "http://host.example/below/api/overview");
  assert.deepEqual(init, { method: "GET", headers: { "X-Client": "tab" }, body: undefined });
});

test("what a path names is escaped", () => {
  const { url, init } = asked("teach_state", { session: "hall/a b?#ä" });
  assert.equal(url, "http://host.example/below/api/teach/sessions/hall%2Fa%20b%3F%23%C3%A4/state");
  assert.equal(init.method, "GET");
});

test("a robot may be called as a folder is", () => {
  const { url, init } = asked("teach_revoke", { session: "bins", robot: ".." });
  assert.equal(url, "http://host.example/below/api/teach/sessions/bins/robots?robot=..");
  assert.equal(init.method, "DELETE");
});

test("a query holds what the operation takes and the caller gives", () => {
  const given = {
    criterion: "c & d", query: "é+", limit: 10, reviewer: null, offset: undefined, items: ["x"],
  };
  const { searchParams } = new URL(asked("decisions_page", given).url);
  assert.deepEqual([...searchParams].sort(), [["criterion", "c & d"], ["limit", "10"], ["query", "é+"]]);
  const nothing = asked("decisions_page", { limit: 0, query: "" }).url;
  assert.equal(nothing, "http://host.example/below/api/decisions?limit=0&query=");
});

test("a body holds the operation's fields: null is said, what is not given is left out", () => {
  const given = { criterion: "c", reviewer: "me", item: "i", group: null, session: "other" };
  assert.deepEqual(bodyOf("sort_name", given), { criterion: "c", reviewer: "me", item: "i", group: null });
  assert.equal(asked("sort_name", given).init.headers["Content-Type"], "application/json");
});

test("what the path names is not said again in the body, and the reviewer teaches", () => {
  assert.deepEqual(bodyOf("teach_undo", { session: "s", reviewer: "me" }), { teacher: "me" });
  assert.deepEqual(bodyOf("teach_undo", { session: "s", reviewer: "me", teacher: "ann" }),
    { teacher: "ann" });
});

test("a key makes it happen once; without one none is sent", () => {
  const headers = (values) => asked("teach_pick", { session: "s", item: "i", ...values }).init.headers;
  assert.equal(headers({ key: "k1" })["Idempotency-Key"], "k1");
  assert.ok(!("Idempotency-Key" in headers({})));
});

test("a file goes as it is, and one that is no image as bytes", () => {
  const typeOf = (data) => {
    const { init } = asked("gallery_find_image", { data, criterion: "c" });
    assert.equal(init.body, data);
    return init.headers["Content-Type"];
  };
  assert.equal(typeOf(new Blob(["x"], { type: "image/png" })), "image/png");
  assert.equal(typeOf(new Blob(["x"], { type: "text/html" })), "application/octet-stream");
  assert.equal(typeOf(new Blob(["x"])), "application/octet-stream");
});

test("a login in the page's address is not in a call's", () => {
  assert.equal(asked("header_overview", {}, "http://me:secret@host.example/").url,
    "http://host.example/api/overview");
});

// ---- what comes back -----------------------------------------------------------------------

let answers = [];
const server = createServer((request, response) => {
  const { status = 200, headers = {}, text } = answers.shift();
  request.resume();
  if (text === undefined) { response.destroy(); return; }
  response.writeHead(status, headers).end(text);
});
before(async () => {
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  globalThis.document = { baseURI: `http://127.0.0.1:${server.address().port}/` };
});
after(() => server.close());

/** What the call comes to where the server says this. */
function over(...said) {
  answers = said;
  return call("header_status", { criterion: "c", reviewer: "me" }, "tab");
}

const PROXY = "<html><h1>502 Bad Gateway</h1></html>";

test("an answer is told as it is, null too", async () => {
  assert.deepEqual(await over({ text: "{\"version\": 3}" }), { version: 3 });
  assert.equal(await over({ text: "null" }), null);
});

test("a refusal has the server's words, kind and status", async () => {
  const text = JSON.stringify({ error: "UnknownName", message: "Expected a criterion" });
  await assert.rejects(over({ status: 404, text }),
    { message: "Expected a criterion", kind: "UnknownName", status: 404 });
});

test("an answer that is not the server's is told, and is not the server being away", async () => {
  for (const said of [
    { status: 502, text: PROXY }, { status: 200, text: PROXY }, { status: 504, text: "" },
    { status: 502, text: "{\"detail\": \"upstream\"}" }, { status: 500, text: "null" },
  ]) {
    await assert.rejects(over(said), (error) => {
      assert.ok(!(error instanceof Away));
      assert.match(error.message, new RegExp(`got status ${said.status} without one`));
      assert.deepEqual([error.kind, error.status], ["", said.status]);
      return true;
    });
  }
});

test("a connection that breaks is the server being away", async () => {
  await assert.rejects(over({}), Away);
});

test("a busy database and a proxy's page hold an answer back; it is sent again, and taken", async () => {
  const busy = JSON.stringify({ error: "StorageBusy", message: "Another process writes" });
  answers = [
    { status: 503, headers: { "Retry-After": "1" }, text: busy }, { status: 502, text: PROXY },
    { text: "{\"receipts\": []}" },
  ];
  const told = { taken: [], refused: [], trouble: [] };
  const queue = new Queue({
    post: ([entry]) => call("review_decide", { ...entry, decisions: [entry.decision] }, "tab"),
    changed: () => {},
    taken: (_, answer) => told.taken.push(answer),
    refused: (entry) => told.refused.push(entry),
    trouble: (error) => told.trouble.push(error.message),
  });
  await queue.add({ criterion: "c", reviewer: "me", decision: { id: "1", a: "a", b: "b", verdict: "same" } });
  assert.equal(queue.entries.length, 1);
  await queue.hurry();
  assert.equal(queue.entries.length, 1);
  await queue.hurry();
  clearTimeout(queue.timer);
  assert.deepEqual([queue.entries.length, told.refused, told.taken], [0, [], [{ receipts: [] }]]);
  assert.match(told.trouble[0], /Another process writes/);
  assert.match(told.trouble[1], /got status 502/);
});
