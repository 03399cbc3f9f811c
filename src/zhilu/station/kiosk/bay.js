// @ts-check
/** All about one bay, large, and everything that can be done with it. */
import { openAssignment } from "./assign.js";
import { Card, Deeds } from "./card.js";
import { button, icon } from "./dom.js";
import { Modal } from "./modal.js";
import { bayOf, current, subscribe } from "./store.js";
import { t } from "./words.js";

/** @param {number} number */
export function openBay(number) {
  const modal = new Modal("bay-dialog", t("Bay {n}", { n: number }));
  const card = new Card(number, () => {});
  card.badge.hidden = true;
  card.deeds.node.remove();
  modal.body.append(card.node);
  const deeds = new Deeds(number, () => modal.close());
  const assign = button("", [icon("swap"), t("Assign the next officer")], () => (modal.close(), openAssignment(number)));
  modal.actions.append(deeds.node, assign);
  const show = () => {
    const bay = bayOf(number);
    if (!bay) return;
    card.show(bay);
    deeds.show(bay);
  };
  modal.onClose(subscribe(show));
  if (current()) show();
  modal.show();
}
