// @ts-check
/** A bay as a tile, where there are many: number, state, person, minutes. A touch opens all of it. */
import { openBay } from "./bay.js";
import { button, icon, make, say } from "./dom.js";
import { saying, trouble, urgency, wantsStatement } from "./sentences.js";
import { shortLeft, t } from "./words.js";

/** @typedef {import("./store.js").Bay} Bay */

export class Tile {
  /** @param {number} number */
  constructor(number) {
    this.number = number;
    this.state = make("span", "tile-state");
    this.who = make("span", "tile-who");
    this.more = make("span", "tile-more");
    this.flag = make("span", "tile-flag", icon("pen"));
    this.progress = make("progress", "");
    const head = make("span", "tile-head", make("span", "tile-number", String(number)), this.state, this.flag);
    this.node = button("tile", [head, this.who, this.more, this.progress], () => openBay(number));
  }

  /** @param {Bay} bay */
  show(bay) {
    const words = saying(bay);
    const working = bay.phase === "collecting" || bay.phase === "uploading";
    this.node.dataset.tone = words.tone;
    this.node.dataset.phase = bay.phase;
    this.node.classList.toggle("wanted", urgency(bay) > 1);
    this.node.setAttribute("aria-label", [t("Bay {n}", { n: bay.number }), words.title, bay.officer?.name].filter(Boolean).join(" · "));
    say(this.state, words.short);
    say(this.who, bay.phase === "empty" ? "" : (bay.officer?.name ?? bay.recorder?.serial ?? ""));
    say(this.more, working ? shortLeft(bay.seconds_left) : trouble(bay));
    this.flag.hidden = !wantsStatement(bay);
    this.progress.hidden = !working;
    this.progress.max = Math.max(bay.bytes_total, 1);
    this.progress.value = bay.bytes_total ? bay.bytes_done : 1;
    this.progress.setAttribute("aria-label", t("Progress"));
  }
}
