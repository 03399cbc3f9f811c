// @ts-check
/** What the page says of a bay: what it does, what the officer does next, whether he may take the recorder. */
import { reason } from "./reasons.js";
import { beijing, t } from "./words.js";

/**
 * @typedef {import("./store.js").Bay} Bay
 * @typedef {"calm" | "busy" | "go" | "wait" | "stop"} Tone
 * @typedef {{ title: string, short: string, next: string, may: string, tone: Tone }} Saying
 * `may`: may the officer take the recorder? `short`: the title of a tile. `tone` colours the card.
 */

/**
 * @param {Bay} bay
 * @returns {Saying}
 */
export function saying(bay) {
  const words = ofPhase(bay);
  if (locked(bay)) {
    const until = beijing(bay.officer_locked_until ?? "", false);
    return { ...words, tone: "stop", short: t("Locked"), next: t("Too many failures. Locked until {until}.", { until }) };
  }
  return words;
}

/**
 * @param {Bay} bay
 * @returns {Saying}
 */
function ofPhase(bay) {
  const officer = bay.officer?.name || t("the officer");
  switch (bay.phase) {
    case "greeting":
      return {
        title: t("Checking the recorder"),
        short: t("Checking"),
        next: t("One moment, please."),
        may: t("Leave it in"),
        tone: "busy",
      };
    case "waiting-officer":
      return {
        title: t("Waiting for {officer}", { officer }),
        short: t("Confirm"),
        next: checkWords(bay.check),
        may: t("Nothing has been copied yet"),
        tone: "wait",
      };
    case "collecting":
      if (bay.message === "spool-full") {
        return { title: t("Waiting for room"), short: t("Waiting"), next: "", may: t("Leave it in"), tone: "wait" };
      }
      return {
        title: t("Copying"),
        short: t("Copying"),
        next: bay.message ? "" : t("Please wait."),
        may: t("Leave it in"),
        tone: "busy",
      };
    case "uploading":
      return {
        title: t("Sending to county"),
        short: t("Sending"),
        next: t("Everything is copied. Left in, the recorder is cleared as well."),
        may: t("You may take it; not cleared yet"),
        tone: "wait",
      };
    case "stored":
      return {
        title: t("Stored, not yet clearable"),
        short: t("Stored"),
        next: t("The county has stored everything; the ledger's cosignature is missing."),
        may: t("You may take it; not cleared yet"),
        tone: "wait",
      };
    case "safe-to-take":
      return {
        title: t("Done"),
        short: t("Ready"),
        next: t("Everything is stored and the recorder is cleared."),
        may: t("You may take it"),
        tone: "go",
      };
    case "cleared":
      return {
        title: t("Handed over"),
        short: t("Handed over"),
        next: t("Finished. This bay is free."),
        may: "",
        tone: "go",
      };
    case "refused":
      return {
        title: t("Refused"),
        short: t("Refused"),
        next: t("Take it out and tell the administrator."),
        may: t("Take it out; nothing was copied"),
        tone: "stop",
      };
    case "fault":
      return {
        title: t("Trouble"),
        short: t("Trouble"),
        next: t("It is tried again. If this stays, call the administrator."),
        may: t("Leave it in"),
        tone: "stop",
      };
    default:
      if (bay.message === "interrupted") {
        return { title: t("Interrupted"), short: t("Cut off"), next: "", may: t("Not all of it is copied"), tone: "stop" };
      }
      return { title: t("Empty"), short: t("Empty"), next: t("Put a recorder into this bay."), may: "", tone: "calm" };
  }
}

/** @param {string | undefined} check */
function checkWords(check) {
  if (check === "fprintd") return t("Confirm the handover with your finger.");
  if (check === "fprintd+key") return t("Confirm the handover with your finger and your security key.");
  return t("Confirm the handover with your security key.");
}

/** @param {Bay} bay */
export function locked(bay) {
  return Boolean(bay.officer_locked_until) && new Date(bay.officer_locked_until ?? 0) > new Date();
}

/** @param {Bay} bay */
export function trouble(bay) {
  return bay.message ? reason(bay.message) : "";
}

/**
 * Does this bay still want a statement of what was done with its recordings?
 * @param {Bay} bay
 */
export function wantsStatement(bay) {
  return Boolean(bay.statement && bay.statement.recordings > 0 && bay.statement.filed === 0);
}

/**
 * How urgently a person is wanted; 0: not at all.
 * @param {Bay} bay
 */
export function urgency(bay) {
  if (bay.phase === "waiting-officer") return 5;
  if (bay.phase === "refused" || bay.phase === "fault") return 4;
  if (bay.message === "interrupted") return 4;
  if (bay.phase === "safe-to-take") return 3;
  if (wantsStatement(bay)) return 2;
  return bay.phase === "stored" ? 1 : 0;
}

/**
 * The way of a recorder through the station, and how far this one has come.
 * @param {Bay} bay
 * @returns {{ name: string, state: "done" | "now" | "open" }[]}
 */
export function steps(bay) {
  const reached = ["greeting", "waiting-officer", "collecting", "uploading", "stored", "safe-to-take"].indexOf(bay.phase);
  const at = bay.phase === "cleared" ? 6 : bay.phase === "stored" ? 4 : reached > 4 ? 6 : reached;
  const names = [t("Check"), t("Signature"), t("Copy"), t("Store"), t("Clear")];
  const way = names.map((name, i) => ({ name, state: /** @type {"done" | "now" | "open"} */ (i < at ? "done" : i === at ? "now" : "open") }));
  const told = bay.statement && bay.statement.filed > 0;
  return [...way, { name: t("Statement"), state: told ? "done" : bay.statement ? "now" : "open" }];
}
