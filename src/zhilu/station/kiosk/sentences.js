// @ts-check
/** What the page says: for each phase of a bay, each trouble, each refusal. */
import { t } from "./words.js";

/**
 * @typedef {{ title: string, next: string, may: string, tone: "calm" | "busy" | "go" | "wait" | "stop" }} Saying
 * `may`: may the officer take the recorder? `tone` colours the card.
 */

/**
 * @param {string} phase
 * @param {{ officer: string }} fields
 * @returns {Saying}
 */
export function saying(phase, fields) {
  switch (phase) {
    case "greeting":
      return { title: t("Checking the recorder"), next: t("One moment, please."), may: t("Leave it in"), tone: "busy" };
    case "waiting-officer":
      return {
        title: t("Waiting for {officer}", fields),
        next: t("Confirm the handover with your security key."),
        may: t("Nothing has been copied yet"),
        tone: "wait",
      };
    case "collecting":
      return { title: t("Copying"), next: t("Please wait."), may: t("Leave it in"), tone: "busy" };
    case "uploading":
      return {
        title: t("Sending to the county"),
        next: t("Everything is copied. Left in, the recorder is cleared as well."),
        may: t("You may take it; not cleared yet"),
        tone: "wait",
      };
    case "stored":
      return {
        title: t("Stored, not yet clearable"),
        next: t("The county has stored everything; the ledger's cosignature is missing."),
        may: t("You may take it; not cleared yet"),
        tone: "wait",
      };
    case "safe-to-take":
      return {
        title: t("Done"),
        next: t("Everything is stored and the recorder is cleared."),
        may: t("You may take it"),
        tone: "go",
      };
    case "cleared":
      return { title: t("Handed over"), next: t("Finished. This bay is free."), may: "", tone: "go" };
    case "refused":
      return {
        title: t("Refused"),
        next: t("Take it out and tell the administrator."),
        may: t("Take it out; nothing was copied"),
        tone: "stop",
      };
    case "fault":
      return {
        title: t("Trouble"),
        next: t("It is tried again. If this stays, call the administrator."),
        may: t("Leave it in"),
        tone: "stop",
      };
    default:
      return { title: t("Empty"), next: t("Put a recorder into this bay."), may: "", tone: "calm" };
  }
}

/**
 * The sentence for a code of the station or of the recorder; the code itself where there is none.
 * @param {string} code
 * @returns {string}
 */
export function reason(code) {
  switch (code) {
    case "foreign":
      return t("This device is not of this bureau.");
    case "expired":
      return t("The recorder's certificate has expired.");
    case "role":
    case "certificate":
      return t("This device is not a recorder.");
    case "revoked":
      return t("This recorder has been revoked.");
    case "refused-us":
      return t("The device does not accept this station.");
    case "unknown-recorder":
      return t("This recorder is not enrolled here.");
    case "bay":
      return t("This recorder belongs into another bay.");
    case "unassigned":
      return t("This recorder is assigned to no officer.");
    case "fork":
      return t("The recorder's logbook contradicts itself. It has been copied to quarantine.");
    case "no-snapshot":
    case "snapshot-expired":
      return t("The station's list of devices is out of date. The county server must be reached.");
    case "interrupted":
      return t("Taken out too early. Put it back, and copying goes on.");
    case "goes-on":
      return t("Taken out before it was cleared. The sending goes on; space is freed at the next docking.");
    case "county-refuses":
      return t("The county server does not take it yet. Please tell the administrator.");
    case "no-space":
      return t("The station's disk is full.");
    case "segment-hash":
    case "closed-as":
    case "media-short":
    case "media-long":
      return t("A recording is damaged; it was not taken over.");
    case "busy":
      return t("Another bay's handover is being confirmed. Finish that one first.");
    case "no-ceremony":
    case "not-waiting":
    case "nonce":
      return t("The handover has expired. Please begin again.");
    case "credential":
    case "officer":
      return t("This security key is not one of the assigned officer's.");
    case "assertion":
      return t("The security key's answer is not valid.");
    case "sign-count":
      return t("The security key's counter went back: it may have been copied.");
    case "officer-check":
      return t("The bureau demands a stricter check of the officer.");
    case "gone":
      return t("The recorder is not there any more.");
    case "head":
      return t("The recorder has changed in between. Please begin again.");
    case "no-key":
      return t("No security key answered. Touch it when it blinks, and try again.");
    case "no-webauthn":
      return t("This browser cannot use security keys at this address.");
    default:
      return t("Code {code}", { code });
  }
}
