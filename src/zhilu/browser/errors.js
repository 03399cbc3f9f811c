// What went wrong, for people: defects of evidence, refusals of the keyholder or the server, the security key.

import { ApiError } from "./api.js";
import { KeyError } from "./credentials.js";
import { beijing, t } from "./i18n.js";
import { Defect } from "./lib/defect.js";
import { defectWords, placeWords } from "./words.js";

/** @returns {Record<string, string>} by code */
function keyWords() {
  return {
    "key-refused": t("The security key did not confirm: it was absent, cancelled, or did not verify you."),
    "key-known": t("This security key is registered already."),
    "key-place": t("Security keys do not work at this address."),
    "key-no-prf": t("This security key cannot derive a viewing key (PRF). Use another one."),
    "key-kind": t("This security key made a key of a kind that is not accepted."),
  };
}

/** Who may do what. @returns {Record<string, string>} by code */
function refusalWords() {
  return {
    "session": t("Please sign in again."),
    "challenge": t("This took too long. Please try again."),
    "taken": t("This confirmation was used already. Please try again."),
    "assertion": t("The keyholder did not accept the security key's confirmation."),
    "sign-count": t("The security key's counter went back: the key may have been copied. Tell a security administrator."),
    "credential": t("Another security key confirmed than the one that should have."),
    "credential-unknown": t("This security key is not registered here."),
    "credential-known": t("This security key is registered already."),
    "credential-revoked": t("This security key was revoked."),
    "binding": t("The security key did not confirm its viewing key."),
    "role": t("This security key is not registered for that."),
    "witness-self": t("Nobody witnesses his own registration."),
    "witness-twice": t("The two witnesses must be two persons."),
    "witnesses": t("A registration needs two witnesses."),
    "registration-unknown": t("This registration does not wait any more."),
    "registration": t("The registration is not complete."),
    "person-unknown": t("No such person."),
    "recording-unknown": t("No such recording is in the ledger."),
    "recorder-unknown": t("The recorder of this recording is not enrolled in the ledger."),
    "station-unknown": t("The station of this import is not enrolled in the ledger."),
    "origin": t("The origin does not fit what sealed this recording."),
    "station": t("The station's name is not the one of its key."),
    "station-known": t("This station is enrolled already."),
    "open-line": t("The server gave another recording than the one asked for."),
    "share-hash": t("The released share is not the one that was committed to at sealing."),
    "envelope": t("The keyholder cannot open the key of this recording."),
    "not-a-recipient": t("The key of this recording was not sealed to this bureau."),
    ...viewingWords(),
  };
}

/** Requests, decisions, releases. @returns {Record<string, string>} by code */
function viewingWords() {
  return {
    "viewing-unknown": t("No such viewing."),
    "viewing-known": t("This request was made already."),
    "request": t("The request is not complete."),
    "decision": t("The decision is not complete."),
    "bureau": t("This request is for another bureau."),
    "viewer": t("The request names another person than the one who signed it."),
    "viewer-key": t("The request was made with another security key."),
    "approver": t("The decision names another person than the one who signed it."),
    "approver-is-viewer": t("Nobody decides about his own request."),
    "decided": t("This request is decided already."),
    "decision-expires": t("An approval cannot outlast its request."),
    "reason": t("The reason must have 1 to 500 characters."),
    "reason-digest": t("The reason shown is not the one that was signed."),
    "request-time": t("The clock of this computer is wrong."),
    "ask-time": t("The clock of this computer is wrong."),
    "not-yet": t("The clock of this computer is wrong."),
    "segments": t("The recording does not have so many segments."),
    "not-the-viewer": t("Only the person who asked may watch."),
    "not-requested": t("This recording is not part of the request."),
    "not-approved": t("This viewing has not been approved."),
    "not-drawn": t("For a review only that is viewed which was drawn and waits for a review of yours. For anything else choose another purpose."),
    "not-granted": t("You have no role that covers this recording."),
    "refused": t("This viewing was refused."),
    "expired": t("This viewing has expired."),
    "approver-twice": t("You have decided already; another person must too."),
    "side-decided": t("Your bureau has decided already; the other bureau must too."),
    "report-overdue": t("A report on an earlier urgent viewing is overdue; file it first."),
    "report-not-owed": t("No report is owed on this viewing."),
    "report": t("The report is not complete."),
    "report-text": t("The report must have 1 to 2000 characters."),
    "report-digest": t("The report is not the one that was signed."),
    "not-released": t("No key is released for this at the moment. Open the viewing again."),
    "recipient-other": t("The copy is sealed to another recipient than the one approved."),
    "recipient-key": t("This is no recipient's key: 87 characters of a P-256 key."),
    "kind": t("This viewing is for something else."),
    "log-timeout": t("The ledger did not take the entry in time. Nothing is handed out; try again."),
    "release-timeout": t("The ledger did not confirm the release in time. Nothing was released; try again."),
    "release-differs": t("The ledger holds another release than the one asked for. Nothing was released."),
    "grant": t("The permission to fetch this recording is not valid or has run out. Open the viewing again."),
  };
}

/** @returns {Record<string, string>} by code */
function worldWords() {
  return {
    "unreachable": t("The server cannot be reached. Check the network and try again."),
    "answer-unreadable": t("The answer of the server cannot be read."),
    "city-unknown": t("This recording opens with two keyholders only, and no city's keyholder is set up here. Tell the system administrator."),
    "city-differs": t("The ledger shows the city's keyholder something else than this one. Nothing was released; tell the audit administrator."),
    "server-away": t("The county server does not answer. Please try again."),
    "server-refused": t("The county server refused the entry."),
    "entries-missing": t("The county server did not send the ledger's entries. Please try again."),
    "answer-too-long": t("The answer of the server cannot be read."),
    "entries": t("The answer of the server cannot be read."),
    "mirror-differs": t("The county shows the city's server another ledger than the city's keyholder. Tell the audit administrators of both."),
    "mirror-behind": t("The city's server has not seen yet what the city's keyholder read of this ledger. Until it has, no key is given; if it stays so, tell the system administrators of both."),
    "fork": t("The ledger contradicts itself. The viewing room has stopped; tell the audit administrator."),
    "busy": t("Too much at one time. Please try again."),
    "rate": t("Too much at one time. Please try again."),
    "too-many": t("Too many registrations wait. Please try again later."),
    "too-large": t("This is too large."),
    "content-type": t("The request is not JSON."),
    "json": t("The request is not JSON."),
    "too-slow": t("The server cannot be reached. Check the network and try again."),
    "internal": t("The viewing room failed. Please try again."),
    "copy-busy": t("Another copy is being made in this browser. Finish or cancel it first."),
    "copy-part": t("Only a part of this file was released; an import is copied whole or not at all."),
    "recipient": t("The recipient shown is not the one that was signed."),
    "watermark": t("The watermark was taken off the picture. The showing has ended; this is a matter for the log."),
    "decode": t("This browser cannot play the video of this recording."),
  };
}

/** @param {string} reason */
function reasonWords(reason) {
  return refusalWords()[reason] ?? worldWords()[reason];
}

/** Under which address the room is. @param {string} code @param {Record<string, string>} fields @returns {string|undefined} */
function placeOfRoom(code, { origin = "" }) {
  if (code === "host") return t("This place is {origin}.", { origin });
  return code === "foreign-page" ? t("The viewing room takes what its own pages send: those of {origin}.", { origin }) : undefined;
}

/** What the city's keyholder has to do with it. @param {string} code @param {Record<string, string>} fields @returns {string|undefined} */
function cityWords(code, { name = "", since = "", reason = "" }) {
  if (code === "city-away") return cityAway(name, since, reason);
  return code === "city-refused" ? t("The city's keyholder gives no key: {reason}", { reason: reasonWords(reason) ?? reason }) : undefined;
}

/** @param {string} name @param {string} since @param {string} reason a code */
export function cityAway(name, since, reason) {
  const why = reasonWords(reason) ?? t("It does not answer.");
  return t("The city's keyholder ({name}) has been away since {since}. {why} Until it is back, recordings that open with two keyholders cannot be watched.", { name, since: since && beijing(since), why });
}

/** @param {unknown} error */
export function explain(error) {
  if (error instanceof Defect) return `${defectWords(error.code)} ${error.place && placeWords(error.place)}`.trim();
  const { code = "", message = "", fields = {} } = /** @type {any} */ (error ?? {});
  if (error instanceof KeyError) return keyWords()[code] ?? code;
  const refused = code === "server-refused" && refusalWords()[fields.reason];
  const known = refused || (reasonWords(String(code)) ?? cityWords(String(code), fields) ?? placeOfRoom(String(code), fields));
  if (known) return known;
  return error instanceof ApiError ? t("Refused: {code}", { code }) : String(message);
}
