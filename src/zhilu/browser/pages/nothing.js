// An address where nothing is.

import { t } from "../i18n.js";
import { el, showPage } from "../ui.js";

showPage({
  title: () => t("There is nothing here."),
  signedIn: false,
  content: () => [
    el("section", { class: "card" },
      el("p", {}, t("The viewing room has no page of this address. It may be incomplete or mistyped.")),
      el("p", { class: "actions" }, el("a", { class: "button", href: "/" }, t("Home")))),
  ],
});
