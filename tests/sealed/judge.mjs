// What the page's modules say of vectors: JSON in on stdin, a list of codes out ("ok" where nothing is refused).
import { readFileSync } from "node:fs";

import { Defect } from "../../src/zhilu/browser/lib/defect.js";
import { hex } from "../../src/zhilu/browser/lib/encoding.js";
import { loadKey, openLine } from "../../src/zhilu/browser/lib/lines.js";
import { checkCommitment, openSegment } from "../../src/zhilu/browser/lib/segments.js";
import { JournalFile } from "../../src/zhilu/browser/lib/verify.js";

const bytes = (text) => Uint8Array.from(Buffer.from(text, "hex"));

async function verifier({ key, kid }) {
  const point = Buffer.from(key, "hex");
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString("base64url"));
  const loaded = await loadKey({ kty: "EC", crv: "P-256", x, y });
  if (loaded.kid !== kid) throw new Error("the vector's kid is not its key's");
  return loaded;
}

/** A line as it stands in a file: without its LF. */
function lineOf(body) {
  const data = bytes(body);
  return data[data.length - 1] === 10 ? data.subarray(0, -1) : data;
}

async function judgeJournal(vector) {
  const file = new JournalFile(bytes(vector.body), await verifier(vector), vector.typ);
  await file.checkLastLine();
  await file.checkChain();
  await file.checkRules(vector.recording);
  await file.checkSignatures();
  return file.findings[0] ?? "ok";
}

const JUDGES = {
  line: async (vector) => {
    await openLine(lineOf(vector.body), vector.typ, await verifier(vector));
    return "ok";
  },
  journal: judgeJournal,
  segment: async (vector) => {
    await openSegment(bytes(vector.secret), vector.recording, Number(vector.number), bytes(vector.body));
    return "ok";
  },
  commitment: async (vector) => {
    await checkCommitment(bytes(vector.secret), vector.recording, hex(bytes(vector.body)));
    return "ok";
  },
};

const answers = [];
for (const vector of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    answers.push(await JUDGES[vector.input](vector));
  } catch (error) {
    if (!(error instanceof Defect)) throw error;
    answers.push(error.code);
  }
}
process.stdout.write(JSON.stringify(answers));
