import assert from "node:assert/strict";
import { test } from "node:test";

import { readBody } from "../../../src/zhilu/browser/api.js";
import { b64u, unb64u } from "../../../src/zhilu/browser/lib/encoding.js";
import { coveringSegments, makeRequest, readRequest, reasonIsSigned } from "../../../src/zhilu/browser/viewings.js";

test("a span of time is covered by segments, with one more on each side", () => {
  assert.deepEqual(coveringSegments(13, 24, 10, 14), { from: 5, to: 8 });
  assert.deepEqual(coveringSegments(13, 24, 0, 24), { from: 1, to: 12 });
  assert.deepEqual(coveringSegments(2, 1, 0, 1), { from: 1, to: 1 });
  assert.deepEqual(coveringSegments(1, 0, 0, 0), { from: 1, to: 1 });
});

test("every second asked for lies in a segment that is asked for", () => {
  for (let n = 2; n < 40; n++) {
    for (let from = 0; from < 60; from += 7) {
      const { from: first, to: last } = coveringSegments(n, 60, from, from + 5);
      const each = 60 / (n - 1);
      assert.ok((first - 1) * each <= from + 1e-9 && last * each >= Math.min(60, from + 5) - 1e-9, `${n} ${from}`);
      assert.ok(first >= 1 && last <= n - 1 && first <= last);
    }
  }
});

test("a request says what was asked, and its reason is bound to it", async () => {
  const wish = {
    bureau: "julu", viewer: "019ab4ad-5c00-7c11-8a52-3c1f000000a1", viewerKey: "A".repeat(43),
    recordings: [{ id: "019ab4ad-5c00-7c11-8a52-3c1f00000001", from: 1, to: 4 }],
    purpose: "dispute", text: "核对", hours: 72, nowMs: Date.parse("2026-11-24T10:00:00.000Z"),
  };
  const { bytes, salt, viewing } = await makeRequest(wish);
  const shown = { viewing, request: b64u(bytes), salt: b64u(salt), reason: "核对" };
  const request = readRequest(/** @type {any} */ (shown));
  assert.equal(request.expires, "2026-11-27T10:00:00.000Z");
  assert.deepEqual(request.recordings.map((span) => ({ ...span })), wish.recordings);
  assert.ok(await reasonIsSigned(/** @type {any} */ (shown)));
  assert.ok(!(await reasonIsSigned(/** @type {any} */ ({ ...shown, reason: "核对。" }))));
  assert.equal(unb64u(shown.salt).length, 32);
});

test("a body longer than its limit is not read to its end", async () => {
  let pulled = 0;
  const endless = new ReadableStream({ pull: (out) => { pulled += 1; out.enqueue(new Uint8Array(1000)); } });
  await assert.rejects(readBody(new Response(endless), 5000), (error) => error.code === "media-long");
  assert.ok(pulled < 12, `${pulled}`);
  const honest = new Response(new Uint8Array(10), { headers: { "Content-Length": "10" } });
  assert.equal((await readBody(honest, 10)).length, 10);
  const told = new Response(new Uint8Array(10), { headers: { "Content-Length": "11" } });
  await assert.rejects(readBody(told, 10), (error) => error.code === "media-long");
});
