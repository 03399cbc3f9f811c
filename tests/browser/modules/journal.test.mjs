import assert from "node:assert/strict";
import { test } from "node:test";

import { JournalReader, MAX_SEGMENT } from "../../../src/zhilu/browser/lib/journal.js";

const ID = "019ab4ad-5c00-7c11-8a52-3c1f00000001";
const HASH = "ab".repeat(32);
const KID = "A".repeat(43);
const SEALED = "A".repeat(151); // 113 bytes

const common = (n, type) => ({ n, prev: HASH, at: "2026-11-24T10:40:03.123Z", mono_us: 5, type });
const open = (change = {}) => ({
  ...common(0, "open"), id: ID, suite: "zhilu-1", origin: "camera", drill: false, officer: null, policy: 1,
  shares: [{ hash: HASH, envelopes: [{ to: KID, sealed: SEALED }, { to: KID, sealed: SEALED }] }],
  text: { to: KID, sealed: SEALED }, key_commitment: HASH, codec: "avc1.42c01e", media: "video/mp4", width: 1280, height: 720,
  ...change,
});
const segment = (n, i, change = {}) => ({
  ...common(n, "segment"), i, offset: i * 100, length: 100, sha256: HASH,
  pts_us: i ? (i - 1) * 2_000_000 : 0, duration_us: i ? 2_000_000 : 0, ...change,
});
const close = (n, segments, change = {}) => ({ ...common(n, "close"), reason: "power-off", segments, length: segments * 100, ...change });

/** Reads the lines; the code of the first defect and the line it is at, or null. */
function read(lines, id = ID) {
  const reader = new JournalReader(id);
  for (const [at, line] of lines.entries()) {
    try {
      reader.feed(line);
    } catch (error) {
      return `${error.code} at ${at}`;
    }
  }
  return reader;
}

const SOUND = [open(), segment(1, 0), segment(2, 1), close(3, 2)];
const changed = (n, change) => SOUND.map((line, at) => (at === n ? { ...line, ...change } : line));

test("a sound journal", () => {
  const reader = read(SOUND);
  assert.deepEqual(reader.finish(), []);
  assert.equal(reader.segments.length, 2);
  assert.equal(reader.endUs, 2_000_000);
});

test("a journal without close says so", () => assert.deepEqual(read(SOUND.slice(0, 3)).finish(), ["unclosed"]));

const CASES = [
  ["another recording", changed(0, { id: ID.replace(/1$/, "2") }), "id at 0"],
  ["another suite", changed(0, { suite: "zhilu-gm" }), "suite at 0"],
  ["not beginning with open", [segment(0, 0)], "open-first at 0"],
  ["two opens", [open(), open({ n: 1 })], "open-first at 1"],
  ["a segment skipped", [open(), segment(1, 0), segment(2, 2)], "segment-order at 2"],
  ["offset not the sum", changed(2, { offset: 99 }), "segment-order at 2"],
  ["too large", changed(1, { length: MAX_SEGMENT + 17 }), "segment-size at 1"],
  ["pts back by more than a second", [open(), segment(1, 0), segment(2, 1), segment(3, 2, { pts_us: 999_999 })], "pts at 3"],
  ["pts in segment 0", changed(1, { pts_us: 1 }), "field at 1"],
  ["after close", [...SOUND, segment(4, 2)], "after-close at 4"],
  ["close with other segments", changed(3, { segments: 3 }), "close-counts at 3"],
  ["close with another length", changed(3, { length: 201 }), "close-counts at 3"],
  ["unknown reason", changed(3, { reason: "bored" }), "field at 3"],
  ["unknown type", changed(2, { type: "note" }), "type at 2"],
  ["unknown origin", changed(0, { origin: "dream" }), "field at 0"],
  ["three shares", changed(0, { shares: [1, 2, 3].map(() => SOUND[0].shares[0]) }), "field at 0"],
  ["a share without its hash", changed(0, { shares: [{ envelopes: [] }] }), "field at 0"],
  ["text instead of a number", changed(2, { length: "100" }), "field at 2"],
  ["a negative number", changed(2, { duration_us: -1 }), "field at 2"],
  ["upper-case hash", changed(2, { sha256: HASH.toUpperCase() }), "field at 2"],
  ["a time without decimals", changed(2, { at: "2026-11-24T10:40:03Z" }), "field at 2"],
  ["no prev", changed(2, { prev: undefined }), "field at 2"],
  ["private that is no b64u", changed(2, { private: "+" }), "field at 2"],
  ["a mark without private", [open(), { ...common(1, "mark"), pts_us: 0 }], "field at 1"],
  ["a gap without reason", [open(), { ...common(1, "gap"), from_us: 0, to_us: 1 }], "field at 1"],
];
for (const [what, lines, verdict] of CASES) test(what, () => assert.equal(read(lines), verdict));

test("pts may go back by a second, and unknown fields are ignored", () => {
  const lines = [open({ colour: "blue" }), segment(1, 0), segment(2, 1), segment(3, 2, { pts_us: 1_000_000 })];
  assert.equal(read(lines).segments.length, 3);
});

test("gaps and marks are counted", () => {
  const lines = [open(), { ...common(1, "mark"), pts_us: 0, private: "AAAA" }, { ...common(2, "gap"), from_us: 0, to_us: 9, reason: "camera" }];
  const reader = read(lines);
  assert.equal(reader.marks, 1);
  assert.deepEqual(reader.gaps, [{ fromUs: 0, toUs: 9, reason: "camera" }]);
});
