import assert from "node:assert/strict";
import { test } from "node:test";

import { b64u, concat, utf8 } from "../../../src/zhilu/browser/lib/encoding.js";
import { MAX_LINE, findLines, loadKey, openLine } from "../../../src/zhilu/browser/lib/lines.js";

const TYP = "zhilu-journal";
const N = BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
const jwk = await crypto.subtle.exportKey("jwk", pair.publicKey);
const verifier = await loadKey(jwk);

const big = (bytes) => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
const bytes32 = (value) => Uint8Array.from(Buffer.from(value.toString(16).padStart(64, "0"), "hex"));

/** A signature with s as asked: low, or its high twin. */
async function sign(text, high = false) {
  const raw = new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, utf8(text)));
  const s = big(raw.subarray(32));
  const low = s > N / 2n ? N - s : s;
  return concat(raw.subarray(0, 32), bytes32(high ? N - low : low));
}

async function line({ kid = verifier.kid, typ = TYP, header, payload = '{"n":0}', high = false } = {}) {
  const text = `${b64u(utf8(header ?? `{"alg":"ES256","kid":"${kid}","typ":"${typ}"}`))}.${b64u(utf8(payload))}`;
  return utf8(`${text}.${b64u(await sign(text, high))}`);
}

const refuses = async (bytes, code) =>
  assert.rejects(openLine(bytes, TYP, verifier), (error) => error.code === code || assert.fail(`${error.code}, not ${code}`));

test("a sound line gives its payload", async () => {
  assert.deepEqual({ ...(await openLine(await line({ payload: '{"n":7}' }), TYP, verifier)) }, { n: 7 });
});

test("the high twin of a sound signature is refused", async () => refuses(await line({ high: true }), "high-s"));

test("headers are exact", async () => {
  const kid = verifier.kid;
  for (const header of [
    `{"alg":"ES256","kid":"${kid}","typ":"zhilu-logbook"}`,
    `{"kid":"${kid}","alg":"ES256","typ":"${TYP}"}`,
    `{"alg":"ES256", "kid":"${kid}","typ":"${TYP}"}`,
    `{"alg":"none","kid":"${kid}","typ":"${TYP}"}`,
    `{"alg":"ES256","kid":"${kid}","typ":"${TYP}","jwk":{}}`,
    `{"alg":"ES256","kid":"${kid}","typ":"${TYP}"}\n`,
  ]) await refuses(await line({ header }), "header");
});

test("another device's line is named so", async () => refuses(await line({ kid: "A".repeat(43) }), "foreign-kid"));

test("bytes that are no line", async () => {
  const sound = await line();
  await refuses(utf8(""), "line-empty");
  await refuses(concat(sound, utf8("\r")), "line-bytes");
  await refuses(concat(Uint8Array.of(0xef, 0xbb, 0xbf), sound), "line-bytes");
  await refuses(utf8("a.b"), "line-shape");
  await refuses(concat(sound, utf8(".e30")), "line-shape");
  await refuses(concat(sound, utf8("=")), "base64");
  await refuses(new Uint8Array(MAX_LINE).fill(65), "line-too-long");
});

test("a changed payload is a wrong signature", async () => {
  const [header, , signature] = Buffer.from(await line()).toString().split(".");
  await refuses(utf8(`${header}.${b64u(utf8('{"n":1}'))}.${signature}`), "signature");
  await refuses(utf8(`${header}.${b64u(utf8('{"n":0}'))}.${signature.slice(0, 40)}`), "signature");
});

test("s of zero is refused", async () => {
  const [header, payload] = Buffer.from(await line()).toString().split(".");
  await refuses(utf8(`${header}.${payload}.${b64u(new Uint8Array(64))}`), "high-s");
});

test("a payload that is not strict JSON is refused", async () => refuses(await line({ payload: '{"n":0,"n":0}' }), "json"));

test("keys of another kind, or off the curve, are refused", async () => {
  for (const bad of [{ ...jwk, crv: "P-384" }, { ...jwk, kty: "RSA" }, { ...jwk, x: undefined }, { ...jwk, y: b64u(new Uint8Array(32)) }, { ...jwk, x: `${jwk.x}A` }]) {
    await assert.rejects(loadKey(bad), (error) => error.code === "jwk");
  }
});

test("what follows the last LF is torn", () => {
  assert.deepEqual(findLines(utf8("ab\ncd\nef")), { bounds: [[0, 2], [3, 5]], torn: 2 });
  assert.deepEqual(findLines(utf8("")), { bounds: [], torn: 0 });
});
