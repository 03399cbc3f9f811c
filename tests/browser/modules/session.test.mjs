import assert from "node:assert/strict";
import { test } from "node:test";

import { concat, hex, idBytes, nonce96, sha256, u32, u8, utf8 } from "../../../src/zhilu/browser/lib/encoding.js";
import { segmentKey } from "../../../src/zhilu/browser/lib/segments.js";
import { Progress } from "../../../src/zhilu/browser/progress.js";
import { Session } from "../../../src/zhilu/browser/session.js";

const ID = "019ab4ad-5c00-7c11-8a52-3c1f00000001";
const K = new Uint8Array(32).fill(7);

/** @param {number} i */
async function seal(i) {
  const key = await crypto.subtle.importKey("raw", await segmentKey(K, ID, i), "AES-GCM", false, ["encrypt"]);
  const additionalData = concat(utf8("zhilu/segment/v1"), u8(0), idBytes(ID), u32(i));
  const parameters = { name: "AES-GCM", iv: nonce96(i), additionalData };
  return new Uint8Array(await crypto.subtle.encrypt(parameters, key, utf8(`plaintext ${i}`)));
}

/** Five segments, of which 2 and 3 are released; `store` is what the other side serves. */
async function opened() {
  const store = await Promise.all([0, 1, 2, 3, 4].map(seal));
  const segments = await Promise.all(store.map(async (sealed, i) => ({ i, offset: 0, length: sealed.length, sha256: hex(await sha256(sealed)), ptsUs: 0, durationUs: 0 })));
  const asked = [];
  const delays = new Map();
  const fetch = async (url, init) => {
    const i = Number(url.split("/").pop());
    asked.push(i);
    assert.equal(init.headers.Authorization, "Bearer grant");
    await delays.get(i);
    return new Response(store[i]);
  };
  const reports = [];
  const progress = new Progress((report) => reports.push(structuredClone(report)));
  const session = new Session({
    fetch, url: "http://x/media/y", grant: { token: "grant", from: 2, to: 3, expires: "" },
    journal: /** @type {any} */ ({ id: ID, segments }), file: /** @type {any} */ ({}), K: K.slice(), progress,
  });
  return { session, store, asked, delays, reports };
}

const text = (bytes) => Buffer.from(bytes).toString();

test("gives what was released, and says how much of it was verified", async () => {
  const { session } = await opened();
  for (const i of [0, 2, 3]) assert.equal(text(await session.segment(i)), `plaintext ${i}`);
  const check = session.report.checks.find(({ name }) => name === "segments");
  assert.deepEqual({ ...check }, { name: "segments", state: "passed", done: 3, total: 3 });
});

test("does not even ask for what was not released", async () => {
  const { session, asked } = await opened();
  for (const i of [1, 4, 5, -1]) await assert.rejects(session.segment(i), RangeError);
  assert.deepEqual(asked, []);
});

test("the first defect is the last word", async () => {
  const { session, store, asked } = await opened();
  const sound = store[2];
  store[2] = await seal(3);
  await assert.rejects(session.segment(2), (error) => error.code === "segment-hash" && error.place === "segment 2");
  store[2] = sound;
  await assert.rejects(session.segment(2), (error) => error.code === "segment-hash");
  await assert.rejects(session.segment(3), (error) => error.code === "segment-hash" && error.place === "segment 2");
  assert.deepEqual(asked, [2]);
  assert.equal(session.report.defect.place, "segment 2");
});

test("what is on its way when a defect is found is not given out", async () => {
  const { session, store, delays } = await opened();
  let arrive = () => {};
  delays.set(3, new Promise((resolve) => { arrive = resolve; }));
  const late = session.segment(3);
  store[2] = store[2].slice(1);
  await assert.rejects(session.segment(2), (error) => error.code === "media-short");
  arrive();
  await assert.rejects(late, (error) => error.code === "media-short");
});

test("a closed session gives nothing", async () => {
  const { session } = await opened();
  session.close();
  await assert.rejects(session.segment(2), RangeError);
});

test("an answer with more bytes than the signed line tells is not read", async () => {
  const { session, store } = await opened();
  store[2] = concat(store[2], new Uint8Array(1_000_000));
  await assert.rejects(session.segment(2), (error) => error.code === "media-long" && error.place === "segment 2");
});

test("a fault of the network is no defect", async () => {
  const { session, delays } = await opened();
  delays.set(2, Promise.reject(new TypeError("network")));
  await assert.rejects(session.segment(2), (error) => error.code === "unreachable");
  delays.delete(2);
  assert.equal(session.report.defect, null);
  assert.equal(text(await session.segment(2)), "plaintext 2");
});
