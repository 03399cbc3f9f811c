// An address where nothing is.

import { t } from "../i18n.js";
import { el, showPage } from "../ui.js";

showPage({
  title: () => t("There is nothing here."),
  signedIn: false,
  content: () => [
    el("section", { class: "card narrow" },
      el("p", {}, t("This address is none of the viewing room's: it may be incomplete, or a slip.")),
      el("p", { class: "actions" }, el("a", { class: "button", href: "/" }, t("Home")))),
  ],
});
