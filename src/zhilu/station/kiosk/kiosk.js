// @ts-check
/** The kiosk: shows the state that the daemon sends and hands what people do to the dialogs. Decides nothing. */
import { showAlarms } from "./alarms.js";
import { showBays } from "./board.js";
import { button, byId, icon, make, say } from "./dom.js";
import { showHeader } from "./header.js";
import { openMenu } from "./manage.js";
import { closeAll, watchIdle } from "./modal.js";
import { ring } from "./sound.js";
import { current, publish, subscribe } from "./store.js";
import { applyWords, loadWords, switchLanguage, t } from "./words.js";

function show() {
  const state = current();
  showHeader(state);
  if (!state) return;
  showAlarms(state.alarms);
  showBays(state.bays);
}

function listen() {
  const events = new EventSource("/api/events");
  events.addEventListener("message", (event) => {
    document.body.classList.remove("lost");
    if (!current()) byId("bays").replaceChildren();
    publish(JSON.parse(event.data));
  });
  // The browser connects again by itself; until then nothing on the screen can be trusted.
  events.addEventListener("error", () => {
    document.body.classList.add("lost");
    const county = byId("county");
    county.dataset.state = "away";
    say(county, t("The station's program does not answer"));
    if (!current()) byId("bays").replaceChildren(make("p", "nothing", t("The station's program does not answer")));
  });
}

function everySecond() {
  watchIdle();
  showAlarms(current()?.alarms ?? []);
  ring();
}

function turnLanguage() {
  closeAll();
  switchLanguage();
  applyWords(document);
  show();
}

async function start() {
  await loadWords();
  applyWords(document);
  const menu = button("head-button", [icon("more")], openMenu);
  menu.append(document.createElement("span"));
  menu.lastElementChild?.setAttribute("data-t", "Manage");
  byId("tools").prepend(menu);
  byId("language").addEventListener("click", turnLanguage);
  applyWords(document);
  subscribe(show);
  show();
  setInterval(everySecond, 1000);
  setInterval(show, 5000);
  listen();
}

start();
