// A security key as second factor: the form says what to ask of it (data-key: "get" or "create", data-options: JSON),
// and takes the answer in its field "credential". No key of the viewing room is asked: that has another host.

/** @typedef {{type?: string, toJSON(): object}} Answer */

for (const form of document.querySelectorAll("form[data-key]")) {
  if (form instanceof HTMLFormElement) listen(form);
}

/** @param {HTMLFormElement} form */
function listen(form) {
  form.addEventListener("submit", (event) => {
    const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("credential"));
    if (field.value) return;
    event.preventDefault();
    const button = form.querySelector("button");
    if (button) button.disabled = true;
    say(form, "touch");
    ask(form).then((answer) => {
      field.value = JSON.stringify(answer.toJSON());
      form.submit();
    }, (error) => {
      if (button) button.disabled = false;
      say(form, reason(error));
    });
  });
}

/** @param {HTMLFormElement} form @returns {Promise<Answer>} */
async function ask(form) {
  const options = JSON.parse(form.dataset.options ?? "{}");
  if (location.origin !== form.dataset.origin || !window.PublicKeyCredential) throw new DOMException("", "SecurityError");
  const answer = form.dataset.key === "create"
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  if (!answer) throw new DOMException("", "NotAllowedError");
  return /** @type {Answer} */ (/** @type {unknown} */ (answer));
}

/** @param {unknown} error */
function reason(error) {
  const name = error instanceof DOMException ? error.name : "";
  return name === "SecurityError" ? "place" : name === "InvalidStateError" ? "known" : "refused";
}

/** Show one of the form's sentences. @param {HTMLFormElement} form @param {string} code */
function say(form, code) {
  for (const line of form.querySelectorAll("[data-say]")) {
    if (line instanceof HTMLElement) line.hidden = line.dataset.say !== code;
  }
}
