// Says what the modules make of each case: JSON in on stdin, a list of answers out. See test_agreement.py.
import { readFileSync } from "node:fs";

import { Defect } from "../../../src/zhilu/browser/lib/defect.js";
import { hex, unb64u } from "../../../src/zhilu/browser/lib/encoding.js";
import * as envelopes from "../../../src/zhilu/browser/lib/envelopes.js";
import { loadKey } from "../../../src/zhilu/browser/lib/lines.js";
import * as segments from "../../../src/zhilu/browser/lib/segments.js";
import { parseObject } from "../../../src/zhilu/browser/lib/strictjson.js";
import { decisionChallenge, reasonHash, requestChallenge } from "../../../src/zhilu/browser/viewings.js";
import { witnessChallenge } from "../../../src/zhilu/browser/registrations.js";
import { releaseChallenge } from "../../../src/zhilu/browser/opening.js";

const bytes = (text) => Uint8Array.from(Buffer.from(text, "hex"));

const WAYS = {
  json: (data) => JSON.stringify(parseObject(bytes(data))),
  b64u: (text) => hex(unb64u(text)),
  kid: async (jwk) => (await loadKey(jwk)).kid,
  viewer: async (prf) => hex((await envelopes.deriveViewerKey(bytes(prf))).publicKey),
  prfInput: async () => hex(await envelopes.prfInput()),
  binding: async (credential, key) => hex(await envelopes.bindingChallenge(bytes(credential), bytes(key))),
  release: async (id, leaf, sealed, prf) =>
    hex(await envelopes.openRelease(id, bytes(leaf), bytes(sealed), await envelopes.deriveViewerKey(bytes(prf)))),
  shareHash: async (id, j, share) => hex(await envelopes.shareHash(id, j, bytes(share))),
  recordingKey: async (shares, id) => hex(await segments.recordingKey(shares.map(bytes), id)),
  segmentKey: async (K, id, i) => hex(await segments.segmentKey(bytes(K), id, i)),
  commitment: async (K, id) => hex(await segments.keyCommitment(bytes(K), id)),
  segment: async (K, id, i, sealed) => hex(await segments.openSegment(bytes(K), id, i, bytes(sealed))),
  askRelease: async (viewing, recording, ms) => hex(await releaseChallenge(viewing, recording, ms)),
  request: async (raw) => hex(await requestChallenge(bytes(raw))),
  decision: async (request, raw) => hex(await decisionChallenge(bytes(request), bytes(raw))),
  reason: async (salt, text) => hex(await reasonHash(bytes(salt), text)),
  witness: async (raw) => hex(await witnessChallenge(bytes(raw))),
};

const answers = [];
for (const [way, ...values] of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    answers.push(await WAYS[way](...values));
  } catch (error) {
    if (!(error instanceof Defect)) throw error;
    answers.push({ refused: error.code });
  }
}
process.stdout.write(JSON.stringify(answers));
