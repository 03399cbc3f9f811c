// Making a copy (spec/copies.md §1): verified, sealed to the recipient, entered in the ledger, and only then handed out.
//
// Plaintext is in this page's memory only, a few segments at a time; what is written anywhere is sealed. Cancelling, a
// defect, a refusal, a full disk: nothing stays.

import { prepareFilm } from "./copy-film.js";
import { beijing } from "./i18n.js";
import { Package, clipFile, disclosed, plainLength, recipientThumbprint } from "./lib/copies.js";
import { Defect } from "./lib/defect.js";
import { formatTime } from "./lib/encoding.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./lib/encoding.js").Bytes} Bytes */
/** @typedef {"signatures"|"clip"|"film"|"ledger"} Step */
/** @typedef {{recording: string, from: number, to: number, recipient: string, sha256: string, length: number}} Made */
/**
 * @typedef {object} Wish
 * @property {Session} session
 * @property {{bureau: string, viewing: string, viewer: string, recipient: {key: Uint8Array, name: string}}} of
 * @property {{write: (bytes: Bytes) => Promise<void>}} store
 * @property {(made: Made) => Promise<void>} enter asserts with the security key and posts; resolves when the ledger holds it
 * @property {AbortSignal} signal
 * @property {(step: Step, done: number) => void} progress done: 0 to 1
 * @property {() => number} [now]
 */

const KEPT = 3;
const MAX_RECEIPT = 1 << 20;
const MAX_LOGBOOK = 256 << 20;

/** Resolves when the package lies whole in the store and the ledger holds its entry. @param {Wish} wish */
export async function makeCopy(wish) {
  const { session, of, signal, progress } = wish;
  const made = (wish.now ?? Date.now)();
  progress("signatures", 0);
  await session.verifySignatures();
  refuseDefect(session);
  const { from, to } = copied(session);
  const recipient = await recipientThumbprint(of.recipient.key);
  const head = { bureau: of.bureau, viewing: of.viewing, recording: session.journal.id, from, to, recipient, made: formatTime(made) };
  const sealing = await Package.begin(head, of.recipient.key, async (bytes) => {
    signal.throwIfAborted();
    await wish.store.write(bytes);
  });
  await writeProofs(session, sealing, from, to);
  const plain = new ClipPlain(session, from, to);
  await writeClip(plain, sealing, wish);
  await writeFilm(plain, sealing, wish, made);
  const { sha256, length } = await sealing.end();
  refuseDefect(session);
  signal.throwIfAborted();
  progress("ledger", 0);
  await wish.enter({ recording: session.journal.id, from, to, recipient, sha256, length });
}

/** What is released, which is what is copied. @param {Session} session */
function copied(session) {
  const imported = session.journal.open?.origin === "import";
  if (imported && !session.isWhole) throw Object.assign(new Error("part"), { code: "copy-part" });
  return { from: imported ? 0 : session.from, to: session.to };
}

/** @param {Session} session */
function refuseDefect(session) {
  const { defect } = session.report;
  if (defect) throw new Defect(/** @type {any} */ (defect.layer), defect.code, defect.place, defect.detail);
}

/** @param {Session} session @param {Package} sealing @param {number} from @param {number} to */
async function writeProofs(session, sealing, from, to) {
  const { id, open } = session.journal;
  const keys = await Promise.all(disclosed(from, to).map((i) => session.keyOf(i)));
  await sealing.part(clipFile({ recording: id, from, to, media: open?.media ?? "", keys }));
  for (const key of keys) key.fill(0);
  await sealing.part(session.lines);
  await sealing.part(await session.proof("receipt.json", MAX_RECEIPT));
  const imported = open?.origin === "import";
  await sealing.part(imported ? new Uint8Array(0) : await session.proof("logbook.jws", MAX_LOGBOOK));
}

/** @param {ClipPlain} plain @param {Package} sealing @param {Wish} wish */
async function writeClip(plain, sealing, { signal, progress }) {
  await sealing.begin(plain.size);
  for (const [place, i] of plain.numbers.entries()) {
    signal.throwIfAborted();
    await sealing.write(await plain.segment(i));
    progress("clip", (place + 1) / plain.numbers.length);
  }
}

/** @param {ClipPlain} plain @param {Package} sealing @param {Wish} wish @param {number} made */
async function writeFilm(plain, sealing, { of, session, signal, progress }, made) {
  progress("film", 0);
  const film = await prepareFilm(plain, markOf(of, session.journal.id, made));
  await film?.write((bytes) => sealing.write(bytes), { signal, progress: (done) => progress("film", done) });
}

/** @param {Wish["of"]} of @param {string} recording @param {number} made */
export function markOf({ viewer, viewing, recipient }, recording, made) {
  const line = `非证据 not evidence · ${recipient.name} · ${viewer} · ${beijing(made)} · ${viewing.slice(-8)}`;
  return { line, comment: `Not evidence. Copy of recording ${recording} under viewing ${viewing}.` };
}

/** The clip's plaintext as one file, of which any part can be read; a few segments are kept. */
export class ClipPlain {
  /** @type {Map<number, Bytes>} */
  #kept = new Map();

  /** @param {Session} session @param {number} from @param {number} to */
  constructor(session, from, to) {
    this.session = session;
    this.numbers = disclosed(from, to);
    /** Where each begins. @type {number[]} */
    this.starts = [];
    this.size = 0;
    for (const i of this.numbers) {
      this.starts.push(this.size);
      this.size += plainLength(session.journal.segments[i]);
    }
  }

  /** @param {number} i */
  async segment(i) {
    const known = this.#kept.get(i);
    if (known) return known;
    const plaintext = await this.session.segment(i);
    this.#kept.set(i, plaintext);
    if (this.#kept.size > KEPT) this.#kept.delete(/** @type {number} */ (this.#kept.keys().next().value));
    return plaintext;
  }

  /** @param {number} start @param {number} end */
  async read(start, end) {
    const whole = new Uint8Array(end - start);
    for (let place = this.#placeOf(start); place < this.numbers.length && this.starts[place] < end; place++) {
      const bytes = await this.segment(this.numbers[place]);
      const from = Math.max(0, start - this.starts[place]);
      const piece = bytes.subarray(from, Math.min(bytes.length, end - this.starts[place]));
      whole.set(piece, this.starts[place] + from - start);
    }
    return whole;
  }

  /** @param {number} offset */
  #placeOf(offset) {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
