// What the modules say of vectors (spec/vectors/README.md): [code, layer] each, ["ok", "none"] where nothing is refused.
// One text for Node and for a page: it is given the address of the modules.

/** @param {string} base ends with / @param {{input: string, body: string, [header: string]: any}[]} vectors body in hex */
export async function judge(base, vectors) {
  const load = (name) => import(`${base}lib/${name}.js`);
  const { Defect, within } = await load("defect");
  const { b64u, hex, unb64u, unhex, unhex32 } = await load("encoding");
  const { checkEntry, readEntry } = await load("entries");
  const { openCheckpoint, readLedgerKeys } = await load("checkpoint");
  const { IMPORT, JournalReader } = await load("journal");
  const { LineFile, ZEROS, memory } = await load("linefile");
  const { common, loadKey, openLine, thumbprint } = await load("lines");
  const { LOGBOOK, Logbook } = await load("logbook");
  const { checkConsistency } = await load("merkle");
  const { openPrivate, openShare } = await load("private");
  const { checkReceipt } = await load("receipts");
  const { verifyRecording } = await load("recording");
  const { Report } = await load("report");
  const { checkCommitment, openSegment } = await load("segments");
  const { parseObject, integer, text, texts } = await load("strictjson");
  const { readTrust } = await load("trust");

  const keyOf = (point) => {
    const bytes = unhex(point);
    return loadKey({ kty: "EC", crv: "P-256", x: b64u(bytes.subarray(1, 33)), y: b64u(bytes.subarray(33)) });
  };
  // The prefix of a PKCS#8 key of P-256 without its public half, which the import computes.
  const pairOf = async (scalar) => {
    const der = unhex(`3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420${scalar.padStart(64, "0")}`);
    const algorithm = { name: "ECDH", namedCurve: "P-256" };
    const privateKey = await crypto.subtle.importKey("pkcs8", der, algorithm, true, ["deriveBits"]);
    const { x, y } = await crypto.subtle.exportKey("jwk", privateKey);
    const publicKey = await crypto.subtle.importKey("jwk", { kty: "EC", crv: "P-256", x, y }, algorithm, true, []);
    return { pair: { privateKey, publicKey }, kid: await thumbprint({ x, y }) };
  };
  const ledgerOf = ({ ledger, cosigner, quorum }) => readLedgerKeys(ledger, [cosigner].flat(), Number(quorum));
  const first = (report) => {
    const [found] = report.defects;
    return found ? [found.code, found.layer] : ["ok", "none"];
  };
  const whole = async (vector) => {
    const files = Object.fromEntries(Object.entries(parseObject(vector.body, 2 ** 26)).map(([k, v]) => [k, unb64u(v)]));
    const at = (name) => (files[name] ? memory(files[name]) : null);
    const trust = files["trust.json"] ? await readTrust(files["trust.json"]) : null;
    const parts = { journal: at("journal.jws") ?? memory(new Uint8Array(0)), media: at("media.sealed"), logbook: at("logbook.jws") };
    const receipt = files["receipt.json"] ?? null;
    const report = await verifyRecording({ ...parts, receipt, id: vector.folder ?? "" }, trust);
    return report.sound && !report.anchored ? ["not-anchored", "none"] : first(report);
  };
  const judges = {
    line: async ({ body, typ, key }) => {
      const line = await openLine(body.at(-1) === 10 ? body.subarray(0, -1) : body, typ, await keyOf(key));
      within("journal", () => common(line));
    },
    journal: async ({ body, typ, key, "opened-by": prev = "" }) => {
      const report = new Report();
      const reader = new JournalReader("", typ, (code) => report.defect("journal", code));
      const firstCode = typ === IMPORT ? "import-chain" : "opened-by";
      const options = { typ, layer: "journal", verifier: await keyOf(key), report, name: "journal.jws" };
      await new LineFile({ ...options, first: prev, firstCode }).read(memory(body), reader);
      for (const code of reader.finish()) report.defect("journal", code);
      return first(report);
    },
    logbook: async ({ body, key }) => {
      const report = new Report();
      const verifier = await keyOf(key);
      const logbook = new Logbook(verifier.kid, report);
      const options = { typ: LOGBOOK, layer: "logbook", verifier, report, name: "logbook.jws", first: ZEROS };
      await new LineFile(options).read(memory(body), logbook);
      await logbook.checkEnrolled();
      return first(report);
    },
    segment: ({ body, secret, recording, number }) => openSegment(unhex(secret), recording, Number(number), body),
    commitment: ({ body, secret, recording }) => checkCommitment(unhex(secret), recording, hex(body)),
    private: ({ body, secret, recording, number }) =>
      openPrivate(unhex(secret), recording, Number(number), new TextDecoder().decode(body)),
    shares: async ({ body, secret, recording }) => {
      // The bytes are a list, which strict JSON is not by itself.
      const text = new TextDecoder().decode(body);
      const { shares } = parseObject(new TextEncoder().encode(`{"shares":${text}}`));
      const { pair, kid } = await pairOf(secret);
      await openShare(shares, recording, pair, kid);
    },
    receipt: async (vector) => {
      const { message, newest, own } = parseObject(vector.body, 2 ** 20);
      const stored = newest && { size: BigInt(newest.size), root: unhex32(newest.root) };
      await checkReceipt(message, await ledgerOf(vector), stored, vector.kid, own);
    },
    recording: whole,
    import: whole,
    trust: ({ body }) => readTrust(body),
    json: ({ body }) => parseObject(body),
    checkpoint: async (vector) => openCheckpoint(vector.body, await ledgerOf(vector)),
    entry: async (vector) => {
      const sent = readEntry(parseObject(vector.body));
      await checkEntry(sent, await ledgerOf(vector), vector.kind);
    },
    consistency: async ({ body }) => {
      const asked = parseObject(body);
      const tree = (size, root) => ({ size: BigInt(integer(asked, size)), root: unhex(text(asked, root)) });
      await checkConsistency(tree("old", "old_root"), tree("new", "new_root"), texts(asked, "path").map(unhex));
    },
  };
  const answers = [];
  for (const vector of vectors) {
    try {
      const found = await judges[vector.input]({ ...vector, body: unhex(vector.body) });
      answers.push(Array.isArray(found) ? found : ["ok", "none"]);
    } catch (error) {
      answers.push(error instanceof Defect ? [error.code, error.layer] : [`${error.name}: ${error.message}`, "thrown"]);
    }
  }
  return answers;
}
