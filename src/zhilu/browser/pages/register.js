// Registering a security key: the person makes it, two security administrators witness it.

import { explain } from "../errors.js";
import { t } from "../i18n.js";
import { CITY_ROLES, ROLES, comparedNumber, register } from "../registrations.js";
import { api, bureauName, busy, el, notice, showPage } from "../ui.js";
import { role } from "../words.js";

/** @typedef {import("../ui.js").Info} Info */
/** @typedef {import("../ui.js").Person} Person */

const POLL_MS = 3000;

/** @param {number} step */
function stepText(step) {
  return [t("Touch the security key: it makes a new credential …"),
    t("Touch it again: it derives your viewing key …"),
    t("Touch it once more: it binds the viewing key to the credential …")][step - 1];
}

/** @param {Info} info @param {string} registrationId @param {string} number @param {HTMLElement} place */
async function waitForWitnesses(info, registrationId, number, place) {
  const told = el("p", { role: "status" });
  place.replaceChildren(
    el("h2", {}, info.pinning ? t("Now it must be confirmed at the keyholder") : t("Now two security administrators must witness it")),
    el("p", {}, info.pinning
      ? t("Whoever sits at the keyholder's machine compares this number with the one in the terminal, sees that it is you, and says yes.")
      : t("Go to them with your key and your identity card. Each compares this number, and confirms with his own security key on the page “Witness registrations”.")),
    el("p", { class: "number" }, number),
    el("p", { class: "hint" }, t("Write the number down or keep this page open: it is not shown again.")),
    told);
  for (;;) {
    const { state, witnesses, problem } = await api(`/api/registrations/${registrationId}`)
      .catch((error) => ({ state: "pending", problem: explain(error) }));
    told.textContent = problem ? problem
      : state === "registered" && info.pinning ? t("Confirmed. This key will be pinned when the keyholder is made.")
      : state === "registered" ? t("Registered. You can sign in now.")
      : info.pinning && state === "pending" ? t("Waiting for the confirmation …")
      : state === "expired" ? t("The registration was not witnessed in time. Please begin again.")
      : t("Witnessed by {count} of 2", { count: witnesses });
    if (state === "registered" && !info.pinning) told.after(el("p", { class: "actions" }, el("a", { class: "button", href: "/" }, t("Sign in"))));
    if (state !== "pending") return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** @param {Info} info @param {Person|null} signedIn @param {HTMLFormElement} form @param {HTMLElement} progress */
async function start(info, signedIn, form, progress) {
  const data = new FormData(form);
  const person = String(data.get("person")).trim().toLowerCase();
  const roles = ROLES.filter((code) => data.getAll("role").includes(code));
  // Nobody is told names who has not signed in: the key then lists the credential under the number's end.
  const name = signedIn?.person === person ? signedIn.name : `${bureauName(info)} …${person.slice(-12)}`;
  const body = await register({
    rpId: info.rp_id, rpName: bureauName(info), person, name, roles,
    step: (done) => { progress.textContent = stepText(done); },
  });
  const { registration_id: registrationId } = await api("/api/registrations", body);
  await waitForWitnesses(info, registrationId, await comparedNumber(body.registration), form);
}

/** Of city and county what was chosen last stays. @param {HTMLElement} uses @param {HTMLInputElement} chosen */
function keepApart(uses, chosen) {
  if (!chosen.checked) return;
  const ofCity = CITY_ROLES.includes(chosen.value);
  for (const box of uses.querySelectorAll("input")) if (CITY_ROLES.includes(box.value) !== ofCity) box.checked = false;
}

/** @param {Info} info @param {Person|null} signedIn */
function registerForm(info, signedIn) {
  const person = new URLSearchParams(location.search).get("person") ?? signedIn?.person ?? "";
  const progress = el("p", { role: "status" });
  const problem = el("div", { role: "alert" });
  const button = el("button", { class: "primary", type: "submit" }, t("Begin with the security key"));
  const offered = info.pinning ? ["security-administrator"] : ROLES;
  const boxes = offered.map((code) => el("span", { class: "choice" },
    el("input", { type: "checkbox", name: "role", id: `role-${code}`, value: code, checked: code === "viewer" || Boolean(info.pinning) }),
    el("label", { for: `role-${code}` }, role(code))));
  const uses = el("p", { class: "row" }, ...boxes);
  uses.addEventListener("change", ({ target }) => keepApart(uses, /** @type {HTMLInputElement} */ (target)));
  const form = el("form", { class: "card" },
    el("h2", {}, t("Your key")),
    el("p", { class: "field" },
      el("label", { for: "person" }, t("Number of the person in the platform")),
      el("input", { id: "person", name: "person", value: person, required: true, size: 40, autocomplete: "off", spellcheck: "false",
        pattern: "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}" }),
      el("span", { class: "hint" }, t("It stands in the link that the platform gives you, under My account."))),
    el("fieldset", {}, el("legend", {}, t("What the key is for")), uses,
      !info.pinning && el("span", { class: "hint" }, t("A key of the city bureau has no use of this bureau, nor the other way round."))),
    el("p", { class: "actions" }, button), progress, problem);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!form.querySelector("input[name=role]:checked")) {
      problem.replaceChildren(notice(t("Choose at least one use.")));
      return;
    }
    busy(button, () => start(info, signedIn, form, progress), problem).finally(() => { progress.textContent = ""; });
  });
  return form;
}

showPage({
  title: () => t("Register a security key"),
  signedIn: false,
  content: ({ info, person }) => [
    el("section", { class: "card" },
      el("h2", {}, t("How it goes")),
      el("ol", {},
        el("li", {}, t("You touch your security key two or three times. Your viewing key is derived inside the browser and is never stored.")),
        el("li", {}, info.pinning
          ? t("Nobody can witness the first two keys: they are confirmed at the keyholder's own machine and pinned there.")
          : t("Two security administrators, neither of them you, witness the registration with their own keys.")),
        el("li", {}, t("The registration is written into the ledger. From then on this key, and no other, opens what is released to you.")))),
    registerForm(info, person),
  ],
});
