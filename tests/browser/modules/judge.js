// Evaluated in a page of the viewing room: what its modules say of vectors, a code each ("ok" where nothing is refused).
async (vectors) => {
  const { Defect } = await import("/browser/lib/defect.js");
  const { b64u, hex, unhex } = await import("/browser/lib/encoding.js");
  const { loadKey, openLine } = await import("/browser/lib/lines.js");
  const { checkCommitment, openSegment } = await import("/browser/lib/segments.js");
  const { JournalFile } = await import("/browser/lib/verify.js");

  const verifier = (key) => {
    const point = unhex(key);
    return loadKey({ kty: "EC", crv: "P-256", x: b64u(point.subarray(1, 33)), y: b64u(point.subarray(33)) });
  };
  const judges = {
    line: async ({ body, typ, key }) => {
      const data = unhex(body);
      await openLine(data.at(-1) === 10 ? data.subarray(0, -1) : data, typ, await verifier(key));
    },
    journal: async ({ body, typ, key, recording }) => {
      const file = new JournalFile(unhex(body), await verifier(key), typ);
      await file.checkLastLine();
      await file.checkChain();
      await file.checkRules(recording);
      await file.checkSignatures();
      return file.findings[0];
    },
    segment: ({ body, secret, recording, number }) => openSegment(unhex(secret), recording, Number(number), unhex(body)),
    commitment: ({ body, secret, recording }) => checkCommitment(unhex(secret), recording, hex(unhex(body))),
  };
  const answers = [];
  for (const vector of vectors) {
    try {
      const found = await judges[vector.input](vector);
      answers.push(typeof found === "string" ? found : "ok");
    } catch (error) {
      if (!(error instanceof Defect)) throw error;
      answers.push(error.code);
    }
  }
  return answers;
}
