// The security keys of the viewing room: whose, what for, valid or not; and revoking one, for security administrators.

import { browserCredentials } from "../credentials.js";
import { t } from "../i18n.js";
import { revocationChallenge } from "../registrations.js";
import { actionButton, api, el, notice, showPage, table } from "../ui.js";
import { role } from "../words.js";

/** @typedef {{credential: string, person: string, name: string, roles: string[], aaguid: string, state: string}} Key */

/** @returns {[string, string][]} code and words */
function reasons() {
  return [
    ["lost", t("Lost")],
    ["stolen", t("Stolen, or in other hands")],
    ["broken", t("Broken")],
    ["left", t("The person has left or has another post")],
    ["replaced", t("Replaced by another key")],
  ];
}

/** The make of a key, as 8-4-4-4-12; nobody attests it. @param {string} aaguid */
function make(aaguid) {
  const digits = aaguid.replaceAll("-", "");
  if (!/[1-9a-f]/.test(digits)) return t("not told");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** @param {Key} key @param {import("../ui.js").Info} info @param {import("../ui.js").Person} person */
function revokeForm(key, info, person) {
  const problem = el("div", { role: "alert" });
  const id = `reason-${key.credential.slice(0, 12)}`;
  const select = el("select", { id }, el("option", { value: "" }, t("Please choose")),
    ...reasons().map(([code, words]) => el("option", { value: code }, words)));
  const revoke = async () => {
    if (!select.value) {
      problem.replaceChildren(notice(t("Choose why.")));
      return;
    }
    const challenge = await revocationChallenge(key.credential);
    const { assertion } = await browserCredentials(info.rp_id).assert({ challenge, allow: [person.credential] });
    await api("/api/revocations", { credential: key.credential, reason: select.value, witnesses: [{ credential: person.credential, assertion }] });
    location.reload();
  };
  return el("details", { class: "revoke" }, el("summary", {}, t("Revoke …")),
    el("p", {}, t("From this moment it signs nothing here and nothing more is released to it. That cannot be undone; a new key is registered anew.")),
    el("p", { class: "row" }, el("label", { for: id }, t("Why")), select, actionButton(t("Revoke with my security key"), revoke, problem, "")),
    problem);
}

/** @param {Key} key @param {import("../ui.js").Info} info @param {import("../ui.js").Person} person */
function row(key, info, person) {
  const valid = key.state === "valid";
  const own = key.credential === person.credential;
  return [key.name, key.roles.map(role).join(t(", ")),
    el("span", { class: "code" }, make(key.aaguid)),
    el("span", { class: "code", title: key.credential }, `…${key.credential.slice(-12)}`),
    el("span", { class: `badge ${valid ? "approved" : "refused"}` }, valid ? t("valid") : t("revoked")),
    valid && !own ? revokeForm(key, info, person) : own ? t("the one you sign with") : ""];
}

showPage({
  title: () => t("Security keys"),
  async content({ info, person }) {
    if (!person?.roles.includes("security-administrator")) return [notice(t("This page is for security administrators."))];
    /** @type {{credentials: Key[]}} */
    const { credentials } = await api("/api/credentials");
    const valid = credentials.filter((key) => key.state === "valid");
    const head = [t("Holder"), t("Uses"), t("Make (AAGUID)"), t("Key"), t("State"), t("Action")];
    const sorted = [...valid, ...credentials.filter((key) => key.state !== "valid")];
    return [
      el("p", {}, t("A lost key is revoked here by one security administrator, without delay; registering a new one takes two.")),
      el("section", { class: "card" },
        el("h2", {}, t("{valid} valid, {all} in all", { valid: valid.length, all: credentials.length })),
        table(head, sorted.map((key) => row(key, info, person)), t("No key is registered."), t("Security keys")),
        el("p", { class: "hint" }, t("The make is what the browser said when the key was registered; nobody attests it."))),
    ];
  },
});
