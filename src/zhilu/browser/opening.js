// Opens one recording for a viewer (spec/viewing.md §5, §6): asks for the release with the security key, opens the
// share, and verifies the journal in the order of §6. What comes of it is a `Session`, or the first defect.

import { ApiError, call, fetchBytes } from "./api.js";
import { noPrf } from "./credentials.js";
import { Defect } from "./lib/defect.js";
import { H, idBytes, u64, unb64u, utf8 } from "./lib/encoding.js";
import { checkShare, deriveViewerKey, openRelease, prfInput } from "./lib/envelopes.js";
import { IMPORT, JOURNAL, MAX_SEGMENT, TAG } from "./lib/journal.js";
import { loadKey, payload, splitCompact } from "./lib/lines.js";
import { checkCommitment, recordingKey } from "./lib/segments.js";
import { JournalFile, MAX_JOURNAL } from "./lib/verify.js";
import { Progress } from "./progress.js";
import { Session } from "./session.js";

/** @typedef {import("./credentials.js").Credentials} Credentials */
/** @typedef {import("./progress.js").Report} Report */
/** @typedef {import("./api.js").Fetch} Fetch */
/** @typedef {import("./lib/journal.js").JournalReader} JournalReader */
/** @typedef {import("./session.js").Grant} Grant */
/**
 * @typedef {object} Wish
 * @property {string} api  origin of the viewing room, "" in its own page
 * @property {string} ciphertext  origin of the ciphertext
 * @property {Credentials} credentials
 * @property {string} viewing
 * @property {string} recording
 * @property {boolean} [ahead] whether the first pictures may come before it is known that all is sound
 * @property {string} [credential] b64u id of the security key to ask; any where absent
 * @property {Fetch} [fetch]
 * @property {() => number} [now] unix milliseconds
 * @property {(report: Report) => void} [onReport]
 */

/** Signs in with a security key. @param {{api: string, credentials: Credentials, fetch?: Fetch}} wish */
export async function signIn({ api, credentials, fetch = globalThis.fetch.bind(globalThis) }) {
  const { challenge } = await call(fetch, `${api}/api/session/begin`, {});
  const { assertion } = await credentials.assert({ challenge: unb64u(challenge) });
  return call(fetch, `${api}/api/session`, { assertion });
}

/** @param {string} viewing @param {string} recording @param {number} atMs */
export function releaseChallenge(viewing, recording, atMs) {
  return H("zhilu/release-ask/v1", idBytes(viewing), idBytes(recording), u64(atMs));
}

/**
 * @param {Wish} wish
 * @returns {Promise<Session>}
 */
export async function openRecording(wish) {
  const fetch = wish.fetch ?? globalThis.fetch.bind(globalThis);
  const progress = new Progress(wish.onReport ?? (() => {}));
  progress.listener(progress.report);
  const { answer, viewer } = await askRelease(wish, fetch);
  const grant = readGrant(answer, wish);
  const url = `${wish.ciphertext}/media/${wish.recording}`;
  const isPlayed = wish.ahead && answer.journal_typ === JOURNAL;
  const ahead = isPlayed ? fetchAhead(fetch, url, grant) : new Map();
  const bytes = await fetchBytes(fetch, `${url}/journal`, grant.token, MAX_JOURNAL);
  const sealed = { jwk: answer.journal_key, typ: readTyp(answer.journal_typ) };
  const file = await openJournal(bytes, sealed, progress);
  const rest = () => checkJournal(file, wish.recording, progress);
  const early = isPlayed ? await progress.run("signatures", () => file.readAhead(wish.recording, Math.max(1, grant.from))) : null;
  const journal = early ?? await rest();
  const K = await progress.run("commitment", () => openKey(answer.release, wish.recording, journal, viewer));
  progress.set("commitment", { state: "passed", done: 1, total: 1 });
  return new Session({ fetch, url, grant, journal, file, K, progress, ahead, rest: early ? rest : null });
}

/**
 * Header and first segment come while the journal does; they are looked at only when their own lines are verified.
 * @param {Fetch} fetch @param {string} url @param {Grant} grant @returns {Map<number, Promise<Uint8Array<ArrayBuffer>|null>>}
 */
function fetchAhead(fetch, url, grant) {
  const numbers = [...new Set([0, Math.max(1, grant.from)])].filter((i) => i <= grant.to || i === 0);
  const get = (/** @type {number} */ i) => fetchBytes(fetch, `${url}/segments/${i}`, grant.token, MAX_SEGMENT + TAG);
  return new Map(numbers.map((i) => [i, get(i).catch(() => null)]));
}

/** Who sealed, by the keyholder's word: a recorder, or a station that imported. @param {unknown} typ */
function readTyp(typ) {
  if (typ !== JOURNAL && typ !== IMPORT) throw new Defect("release", "header");
  return typ;
}

/**
 * Its last line is verified.
 * @param {Uint8Array} bytes @param {{jwk: JsonWebKey, typ: string}} sealed @param {Progress} progress
 */
async function openJournal(bytes, { jwk, typ }, progress) {
  const file = await progress.run("last-line", async () => {
    const verifier = await loadKey(jwk);
    progress.report.kid = verifier.kid;
    const opened = new JournalFile(bytes, verifier, typ);
    await opened.checkLastLine();
    return opened;
  });
  progress.set("last-line", { state: "passed", done: 1, total: 1 });
  progress.set("signatures", { total: file.count });
  return file;
}

/** Hash chain and rules. @param {JournalFile} file @param {string} id @param {Progress} progress */
async function checkJournal(file, id, progress) {
  const total = file.count;
  await progress.run("chain", () => file.checkChain((done) => progress.set("chain", { done, total })));
  progress.set("chain", { state: "passed", done: total, total });
  const journal = await progress.run("rules", () => file.checkRules(id));
  progress.report.findings.push(...file.findings);
  progress.set("rules", { state: "passed", done: total, total });
  return journal;
}

/** @param {Wish} wish @param {Fetch} fetch */
async function askRelease(wish, fetch) {
  const { api, credentials, viewing, recording, credential } = wish;
  const atMs = (wish.now ?? Date.now)();
  const { assertion, prf } = await credentials.assert({
    challenge: await releaseChallenge(viewing, recording, atMs),
    prf: await prfInput(),
    allow: credential ? [credential] : [],
  });
  if (!prf) throw noPrf();
  const viewer = await deriveViewerKey(prf);
  const answer = await call(fetch, `${api}/api/viewings/${viewing}/release`, { recording, at_ms: atMs, assertion });
  return { answer, viewer };
}

/**
 * What the grant allows. Its signature is the ciphertext server's affair: the page only reads which segments it may ask.
 * @param {any} answer @param {Wish} wish
 */
function readGrant(answer, wish) {
  const token = String(answer.grant);
  const { recording, from, to, expires } = payload(splitCompact(utf8(token)));
  if (recording !== wish.recording || typeof from !== "number" || typeof to !== "number") {
    throw new ApiError(200, "grant", "The grant is not for this recording.");
  }
  return { token, from, to, expires: String(expires) };
}

/**
 * Each share once and in its order: one that came twice stands for no other.
 * @param {{recording: string, leaf: string, shares: {share: number, sealed: string}[]}} release
 * @param {string} id @param {JournalReader} journal @param {import("./lib/envelopes.js").ViewerKey} viewer
 */
async function openKey({ recording, leaf, shares }, id, journal, viewer) {
  const open = /** @type {import("./lib/journal.js").Open} */ (journal.open);
  if (recording !== id) throw new Defect("release", "id");
  if (shares?.length !== open.shares.length || shares.some(({ share }, at) => share !== at + 1)) throw new Defect("release", "shares-missing");
  const opened = [];
  for (const { share, sealed } of shares) {
    const secret = await openRelease(id, unb64u(leaf), unb64u(sealed), viewer);
    await checkShare(id, share, secret, open.shares[share - 1].hash);
    opened.push(secret);
  }
  const K = await recordingKey(opened, id);
  await checkCommitment(K, id, open.keyCommitment);
  return K;
}
