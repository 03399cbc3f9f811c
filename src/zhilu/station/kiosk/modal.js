// @ts-check
/**
 * Dialogs. Each is made when it is opened and thrown away when it is closed, with all that was typed into it.
 * Whoever walks away leaves nothing behind: after three minutes without a touch all dialogs close.
 */
import { button, icon, make, say } from "./dom.js";
import { t } from "./words.js";

const IDLE_S = 180;
const WARN_S = 30;

let touched = performance.now();

for (const kind of ["pointerdown", "keydown", "input"]) {
  document.addEventListener(kind, () => (touched = performance.now()), { capture: true, passive: true });
}

/** @type {Set<Modal>} */
const open = new Set();

export class Modal {
  /**
   * @param {string} className
   * @param {string} title
   */
  constructor(className, title) {
    const id = `title-${Math.random().toString(36).slice(2)}`;
    this.title = make("h2", "dialog-title", title);
    this.title.id = id;
    this.subtitle = make("p", "dialog-subtitle");
    this.subtitle.hidden = true;
    this.x = button("icon-button", [icon("cross")], () => this.close());
    this.x.setAttribute("aria-label", t("Close"));
    this.head = make("header", "dialog-head", make("div", "dialog-names", this.title, this.subtitle), this.x);
    this.body = make("div", "dialog-body");
    this.actions = make("footer", "dialog-actions");
    this.idle = make("p", "idle-warning");
    this.idle.hidden = true;
    this.idle.setAttribute("role", "status");
    this.node = make("dialog", `modal ${className}`, this.head, this.body, this.idle, this.actions);
    this.node.setAttribute("aria-labelledby", id);
    this.ending = new AbortController();
    this.node.addEventListener("close", () => this.#gone());
  }

  /** Aborted when the dialog closes, for whatever reason. */
  get signal() {
    return this.ending.signal;
  }

  show() {
    document.body.append(this.node);
    open.add(this);
    touched = performance.now();
    this.node.showModal();
    return this;
  }

  close() {
    if (this.node.open) this.node.close();
  }

  /** @param {() => void} then */
  onClose(then) {
    this.signal.addEventListener("abort", then);
  }

  #gone() {
    open.delete(this);
    this.node.remove();
    this.ending.abort();
  }
}

/** Close everything, the newest first. */
export function closeAll() {
  for (const modal of [...open].reverse()) modal.close();
}

/** Called once a second. */
export function watchIdle() {
  const left = IDLE_S - (performance.now() - touched) / 1000;
  if (open.size && left <= 0) closeAll();
  const warning = left < WARN_S ? t("Nobody here? This closes in {n} s. Touch the screen to go on.", { n: Math.ceil(left) }) : "";
  for (const modal of open) say(modal.idle, warning);
}
