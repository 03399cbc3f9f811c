import assert from "node:assert/strict";
import { test } from "node:test";

import * as encoding from "../../../src/zhilu/browser/lib/encoding.js";

const { H, b64u, concat, equal, hex, idBytes, isId, isTime, newId, nonce96, sha256, u16, u32, u64, unb64u, unhex, utf8 } = encoding;

/** @param {string} text */
const refuses = (text) => assert.throws(() => unb64u(text), (error) => error.code === "base64");

test("b64u goes there and back at every length", () => {
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 255);
    assert.deepEqual(unb64u(b64u(bytes)), bytes);
    assert.equal(b64u(bytes), Buffer.from(bytes).toString("base64url"));
  }
});

test("b64u has one spelling only", () => {
  for (const text of ["A", "AA=", "AA==", "AB", "AAB", "AA A", "AA\n", "A+AA", "A/AA", "AAAAé", "AAAAA"]) refuses(text);
});

test("H is SHA-256 over label, zero byte and parts", async () => {
  assert.deepEqual(await H("zhilu/x/v1", utf8("a"), utf8("b")), await sha256(utf8("zhilu/x/v1\0ab")));
});

test("integers are big-endian", () => {
  assert.equal(hex(concat(u16(258), u32(1), u64(2 ** 40))), "0102" + "00000001" + "0000010000000000");
  assert.equal(hex(nonce96(1)), "000000000000000000000001");
});

test("hex is lower case and whole", () => {
  assert.equal(hex(unhex("00ff")), "00ff");
  for (const text of ["0", "0F", "zz"]) assert.throws(() => unhex(text));
});

test("ids are UUIDv7 in lower case", () => {
  const id = newId(1_795_000_000_000);
  assert.ok(isId(id));
  assert.equal(hex(idBytes(id)), id.replaceAll("-", ""));
  for (const bad of [id.toUpperCase(), id.replaceAll("-", ""), id.replace(/-7/, "-4"), `${id} `, null]) assert.ok(!isId(bad));
});

test("newId carries the clock", () => {
  assert.equal(parseInt(newId(1_795_000_000_123).replace("-", "").slice(0, 12), 16), 1_795_000_000_123);
});

test("times have exactly three decimals and exist", () => {
  assert.ok(isTime("2026-11-24T10:40:03.123Z"));
  for (const bad of ["2026-11-24T10:40:03Z", "2026-11-24T10:40:03.1230Z", "2026-02-30T00:00:00.000Z", "2026-11-24T10:40:03.123+00:00", "2026-11-24 10:40:03.123Z", "1969-12-31T23:59:59.999Z", "9999-01-01T00:00:00.000Z", 5]) {
    assert.ok(!isTime(bad), String(bad));
  }
});

test("equal compares bytes", () => {
  assert.ok(equal(utf8("ab"), utf8("ab")));
  assert.ok(!equal(utf8("ab"), utf8("ac")));
  assert.ok(!equal(utf8("ab"), utf8("abc")));
});
