// Witnessing registrations, for security administrators.

import { browserCredentials } from "../credentials.js";
import { beijing, t } from "../i18n.js";
import { unb64u } from "../lib/encoding.js";
import { comparedNumber, readRegistration, witnessChallenge } from "../registrations.js";
import { actionButton, api, el, facts, notice, showPage } from "../ui.js";
import { role } from "../words.js";

/** @typedef {{registration_id: string, registration: string, aaguid: string, name: string, created: string, witnesses: {credential: string, name: string}[]}} Pending */

/** @param {Pending} pending @param {import("../ui.js").Info} info @param {import("../ui.js").Person} person */
async function pendingCard(pending, info, person) {
  const registration = readRegistration(pending.registration);
  const problem = el("div", { role: "alert" });
  const witness = async () => {
    const challenge = await witnessChallenge(unb64u(pending.registration));
    const { assertion } = await browserCredentials(info.rp_id).assert({ challenge, allow: [person.credential] });
    await api(`/api/registrations/${pending.registration_id}/witness`, { credential: person.credential, assertion });
    location.reload();
  };
  const drop = async () => {
    await api(`/api/registrations/${pending.registration_id}/drop`, {});
    location.reload();
  };
  const own = registration.person === person.person;
  const done = pending.witnesses.some((each) => each.credential === person.credential);
  return el("section", { class: "card" },
    el("h2", {}, pending.name),
    facts([
      [t("Number to compare"), el("span", { class: "number" }, await comparedNumber(pending.registration))],
      [t("Person"), el("span", { class: "code" }, registration.person)],
      [t("Uses"), registration.roles.map(role).join(t(", "))],
      [t("Make (AAGUID)"), el("span", { class: "code" }, pending.aaguid || t("not told"))],
      [t("Begun"), beijing(pending.created)],
      [t("Witnessed by"), pending.witnesses.map((each) => each.name).join(t(", ")) || t("nobody yet")],
    ]),
    own ? notice(t("Nobody witnesses his own registration.")) : null,
    done ? el("p", { role: "status" }, t("You have witnessed it. Another administrator is needed.")) : null,
    el("p", { class: "actions" },
      own || done ? null : actionButton(t("I know this person and saw the key: witness"), witness, problem),
      actionButton(t("Nobody came for this: take it off the list"), drop, problem, "secondary")),
    problem);
}

showPage({
  title: () => t("Witness registrations"),
  async content({ info, person }) {
    if (!person?.roles.includes("security-administrator")) {
      return [notice(t("This page is for security administrators."))];
    }
    /** @type {{pending: Pending[]}} */
    const { pending } = await api("/api/registrations");
    return [
      el("p", {}, t("Witness only when the person stands before you with the key. You answer for who may watch.")),
      ...(pending.length ? await Promise.all(pending.map((each) => pendingCard(each, info, person)))
        : [el("section", { class: "card" }, el("p", { class: "empty" }, t("No registration waits.")))]),
    ];
  },
});
