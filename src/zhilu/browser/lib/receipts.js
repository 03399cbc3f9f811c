// A receipt as a recorder checks it at the dock (spec/ledger.md §5), in this order: the message's form; the proved entry;
// its checkpoint extends the newest one that was stored (consistency), and is not older (rollback); it is this recorder's
// (receipt-recorder); the recording is its own and as it was closed (receipt-recording), and closed at all (receipt-open).

import { checkEntry, readEntry } from "./entries.js";
import { Defect, withinLater } from "./defect.js";
import { unhex32 } from "./encoding.js";
import { OF_RECORDER } from "./evidence.js";
import { checkConsistency } from "./merkle.js";
import { integer, object, text, texts } from "./strictjson.js";

/** @typedef {import("./strictjson.js").JsonObject} JsonObject */
/** @typedef {import("./merkle.js").Tree} Tree */
/** @typedef {{lines: number, last: string, segments: number, length: number}} Closed */

/**
 * @param {JsonObject} message @param {import("./checkpoint.js").LedgerKeys} keys @param {Tree|null} newest stored
 * @param {string} kid @param {{[recording: string]: Closed|null}} own null: still open
 */
export function checkReceipt(message, keys, newest, kid, own) {
  return withinLater("receipt", async () => {
    const sent = readEntry(object(message, "receipt"));
    if (texts(message, "consistency").some((each) => !/^[0-9a-f]{64}$/.test(each))) {
      throw new Defect("receipt", "field", "", "consistency");
    }
    const entry = await checkEntry(sent, keys, OF_RECORDER.receipt);
    if (newest && entry.checkpoint.size < newest.size) throw new Defect("receipt", "rollback");
    if (newest) await checkConsistency(newest, entry.checkpoint, texts(message, "consistency").map(unhex32));
    const { core } = entry;
    if (text(core, "recorder") !== kid) throw new Defect("receipt", "receipt-recorder");
    const recording = text(core, "recording");
    if (!Object.hasOwn(own, recording)) throw new Defect("receipt", "receipt-recording", "", "unknown");
    const closed = own[recording];
    if (closed === null) throw new Defect("receipt", "receipt-open");
    if (!storedAs(core, closed)) throw new Defect("receipt", "receipt-recording");
    return entry;
  });
}

/** @param {JsonObject} core @param {Closed} closed */
export function storedAs(core, closed) {
  return (
    integer(core, "lines") === closed.lines &&
    text(core, "last") === closed.last &&
    integer(core, "segments") === closed.segments &&
    integer(core, "length") === closed.length
  );
}
