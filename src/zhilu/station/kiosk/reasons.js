// @ts-check
/** The sentence for each code of the station, the recorder or the county. */
import { t } from "./words.js";

/**
 * The sentence for a code; the code itself where there is none.
 * @param {string} code
 * @returns {string}
 */
export function reason(code) {
  return ofDevice(code) || ofPerson(code) || ofWord(code) || ofStation(code) || t("Code {code}", { code });
}

/**
 * Whose keys are missing, and where one is registered.
 * @param {string[]} names
 */
export function keyMissing(names) {
  return t("{name} has no security key for this station. Register it first: Manage, Register a security key.", { name: names.join(t(", ")) });
}

/** @param {string} code */
function ofDevice(code) {
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
    case "station":
      return t("This recorder belongs to another station.");
    case "unassigned":
      return t("This recorder is assigned to no officer.");
    case "fork":
      return t("The recorder's logbook contradicts itself. It has been copied to quarantine.");
    case "interrupted":
      return t("Taken out too early. Put it back, and copying goes on.");
    case "goes-on":
      return t("Taken out before it was cleared. The sending goes on; space is freed at the next docking.");
    case "segment-hash":
    case "closed-as":
    case "media-short":
    case "media-long":
      return t("A recording is damaged; it was not taken over.");
    case "gone":
      return t("The recorder is not there any more.");
    case "head":
      return t("The recorder has changed in between. Please begin again.");
    case "clock-offset":
      return t("The recorder's clock was off; it has been set.");
    default:
      return "";
  }
}

/** @param {string} code */
function ofPerson(code) {
  switch (code) {
    case "busy":
      return t("Somebody else is signing at this station. Finish that first.");
    case "no-ceremony":
    case "not-waiting":
    case "nonce":
    case "unknown-word":
      return t("The time to sign is over. Please begin again.");
    case "credential":
    case "officer":
      return t("This security key does not belong to the person who signs.");
    case "assertion":
      return t("The security key's answer is not valid.");
    case "sign-count":
      return t("The security key's counter went back: it may have been copied.");
    case "officer-check":
      return t("The bureau demands a stricter check of the person.");
    case "officer-locked":
      return t("Five failures: this person is locked at this station for 15 minutes.");
    case "finger-no-match":
      return t("The finger was not recognised. Clean it, put it on flat, and try again.");
    case "finger-unknown":
      return t("This person has no finger enrolled at this station.");
    case "finger-duplicate":
      return t("This finger is enrolled already, perhaps for another person.");
    case "sensor-missing":
      return t("The fingerprint sensor does not answer.");
    case "no-dock-key":
    case "no-key":
      return t("A person who is to sign has no security key for this station. Register it first: Manage, Register a security key.");
    case "credential-known":
      return t("This security key is registered already, or waits to be confirmed for somebody else.");
    case "dock-key":
    case "registration":
      return t("The security key's answer was not taken. Please begin again.");
    case "dock-keys-many":
      return t("Too many keys wait to be confirmed. See the system administrator first.");
    case "dock-key-over":
      return t("This key was confirmed or refused already.");
    case "no-finger":
      return t("No finger was put on the sensor.");
    case "finger-failed":
      return t("The sensor could not read the finger. Please try again.");
    case "key-silent":
      return t("No security key answered. Touch it when it blinks, and try again.");
    case "no-webauthn":
      return t("This browser cannot use security keys at this address.");
    default:
      return "";
  }
}

/** @param {string} code */
function ofWord(code) {
  switch (code) {
    case "not-trained":
      return t("This person's training is not valid today. Only a drill is possible.");
    case "actor":
    case "scope":
      return t("This person may not do this.");
    case "act-officer":
      return t("One of the officers named may not act here today.");
    case "persons":
      return t("Two different persons are needed, one of them a keeper.");
    case "person-unknown":
      return t("The county does not know this person here.");
    case "handover-unknown":
    case "nothing-to-say":
      return t("This handover can no longer be described here. Use the platform.");
    case "recording-unstored":
      return t("A recording is not with the county yet; the statement waits for it.");
    case "officers-few":
      return t("This procedure demands more officers.");
    case "act-drill":
      return t("A drill is no enforcement: no act is made of it.");
    case "word":
    case "kind":
    case "spans":
    case "elements":
    case "officers":
    case "procedure-unknown":
    case "recording-unknown":
    case "deputy":
      return t("The station could not use this entry. Please check it.");
    case "word-old":
      return t("Too much time has passed since the signature. Please sign again.");
    case "word-refused":
      return t("The county refused a statement; it is kept sealed. Tell the administrator.");
    case "spool-damaged":
      return t("A recording in the spool is damaged; it was put aside. Leave its recorder in the bay.");
    case "word-damaged":
      return t("A waiting statement is damaged.");
    case "template":
    case "templates-many":
      return t("The template cannot be saved: too long, or too many. See to them on the platform.");
    default:
      return "";
  }
}

/** @param {string} code */
function ofStation(code) {
  switch (code) {
    case "no-snapshot":
    case "no-policy":
    case "snapshot-expired":
      return t("The station's list of devices is out of date. The county server must be reached.");
    case "snapshot-old":
      return t("The station's list of devices is more than a day old.");
    case "county-refuses":
    case "upload-refused":
      return t("The county server does not take it yet. Please tell the administrator.");
    case "not-registered":
      return t("The county server does not know this station. Please tell the administrator.");
    case "county-away":
      return t("The county server cannot be reached.");
    case "no-space":
    case "disk-full":
      return t("The station's disk is full.");
    case "disk-low":
      return t("The station's disk is nearly full.");
    case "spool-full":
      return t("The station's store is full. Copying waits until the county has taken some of it.");
    case "spool-low":
      return t("The station's store is nearly full.");
    case "spool-old":
      return t("Something has been waiting here for the county for more than a day.");
    case "clock-off":
      return t("The station's clock is off.");
    case "bay-broken":
      return t("This bay does not work.");
    case "certificate-ending":
      return t("The station's certificate ends within 30 days.");
    case "certificate-over":
      return t("The station's certificate is over.");
    case "key-missing":
      return t("The station's key is missing.");
    case "internal":
      return t("The station's program made a mistake. Please tell the administrator.");
    case "no-answer":
      return t("The station's program does not answer");
    default:
      return "";
  }
}
