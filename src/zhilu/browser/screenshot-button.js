// The button that takes a picture, and what is said while the ledger takes it in.

import { api, busy, el, notice } from "./ui.js";
import { explain } from "./errors.js";
import { t } from "./i18n.js";
import { screenshotChallenge, takePicture } from "./screenshot.js";

/**
 * @param {{video: HTMLVideoElement, session: import("./session.js").Session, stage: HTMLElement, viewing: string, openedAtMs: number,
 *   person: import("./ui.js").Person, credentials: import("./credentials.js").Credentials}} parts
 */
export function screenshotButton({ video, session, stage, viewing, openedAtMs, person, credentials }) {
  const button = el("button", { type: "button", class: "screenshot" }, t("Screenshot"));
  const said = el("div", { class: "said", role: "status" });
  const take = async () => {
    video.pause();
    if (!said.isConnected) stage.append(said);
    said.replaceChildren(el("p", {}, t("Confirm with the security key: the picture is logged before it is handed out.")));
    const recording = session.journal.id;
    const { file, taken } = await takePicture(video, { viewing, recording, viewer: person.name }, openedAtMs + video.currentTime * 1000);
    const body = { ...taken, at_ms: Date.now() };
    const challenge = await screenshotChallenge({ viewing, ...body });
    const { assertion } = await credentials.assert({ challenge, allow: [person.credential] });
    await api(`/api/viewings/${viewing}/screenshot`, { ...body, assertion });
    said.replaceChildren(el("p", {}, t("The ledger holds the screenshot."), " ", saved(file, taken.pts_us)));
  };
  const failed = el("div", {});
  button.addEventListener("click", () => busy(button, () => take().catch((error) => {
    said.replaceChildren(notice(explain(error)));
  }), failed));
  return button;
}

/** @param {Blob} file @param {number} ptsUs */
function saved(file, ptsUs) {
  const url = URL.createObjectURL(file);
  addEventListener("pagehide", () => URL.revokeObjectURL(url), { once: true });
  return el("a", { class: "button", href: url, download: `screenshot-not-evidence-${Math.round(ptsUs / 1000)}.png` }, t("Save the picture"));
}
