// Play, pause, seek, speed, single pictures, volume, full screen: by mouse and by keyboard.

import { beijing, elapsed, t } from "./i18n.js";
import { timeline } from "./timeline.js";
import { el } from "./ui.js";

/** @typedef {import("./player.js").Player} Player */

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4];
const STEP_S = 5;
const LONG_S = 10;

/**
 * @param {{player: Player, stage: HTMLElement, openedAtMs: number, more?: HTMLElement[]}} parts
 *   stage goes to full screen, watermark and controls and all; more: further buttons
 */
export function controls({ player, stage, openedAtMs, more = [] }) {
  const { video } = player;
  const play = el("button", { type: "button", class: "play", onclick: () => toggle(video) }, "");
  const bar = el("input", { type: "range", class: "seek", min: player.start, max: player.end, step: 0.1, value: player.start, "aria-label": t("Position") });
  const time = el("span", { class: "time" });
  const clock = el("span", { class: "clock" });
  const speed = el("select", { "aria-label": t("Speed") }, ...SPEEDS.map((each) => el("option", { value: each, selected: each === 1 }, `${each}×`)));
  const full = el("button", { type: "button", class: "full", onclick: () => fullScreen(stage) }, t("Full screen"));

  bar.addEventListener("input", () => player.seek(Number(bar.value)));
  speed.addEventListener("change", () => { video.playbackRate = Number(speed.value); });
  const show = () => {
    play.textContent = video.paused ? t("Play") : t("Pause");
    if (document.activeElement !== bar || !video.seeking) bar.value = String(video.currentTime);
    time.textContent = `${elapsed(video.currentTime - player.start)} / ${elapsed(player.end - player.start)}`;
    bar.setAttribute("aria-valuetext", time.textContent);
    clock.textContent = beijing(openedAtMs + video.currentTime * 1000);
    speed.value = String(video.playbackRate);
  };
  for (const name of ["play", "pause", "timeupdate", "seeking", "seeked", "ratechange", "ended"]) video.addEventListener(name, show);
  document.addEventListener("fullscreenchange", () => { full.textContent = document.fullscreenElement ? t("Leave full screen") : t("Full screen"); });
  show();
  stage.addEventListener("keydown", (event) => onKey(event, player, stage));
  return el("div", { class: "controls", role: "group", "aria-label": t("Playing") },
    timeline(player, bar),
    el("div", { class: "row" }, play, ...jumps(player), ...frames(player), time, speed, ...volume(video), ...more, full),
    el("div", { class: "row foot" }, keysHelp(), clock));
}

/** @param {Player} player */
function jumps(player) {
  return [-LONG_S, LONG_S].map((by) => el("button", {
    type: "button", onclick: () => player.seek(player.video.currentTime + by),
    "aria-label": by < 0 ? t("Back {seconds} s", { seconds: -by }) : t("On {seconds} s", { seconds: by }),
  }, by < 0 ? `−${-by}` : `+${by}`));
}

/** @param {Player} player */
function frames(player) {
  return [
    el("button", { type: "button", class: "frame-back", onclick: () => player.step(-1), "aria-label": t("One picture back") }, "◁|"),
    el("button", { type: "button", class: "frame-on", onclick: () => player.step(1), "aria-label": t("One picture on") }, "|▷"),
  ];
}

/** @param {HTMLVideoElement} video */
function volume(video) {
  const mute = el("button", { type: "button", onclick: () => { video.muted = !video.muted; } }, "");
  const level = el("input", { type: "range", class: "volume", min: 0, max: 1, step: 0.05, value: video.volume, "aria-label": t("Volume") });
  level.addEventListener("input", () => { video.volume = Number(level.value); video.muted = video.volume === 0; });
  const show = () => {
    mute.textContent = video.muted ? t("Sound on") : t("Sound off");
    level.value = String(video.muted ? 0 : video.volume);
  };
  video.addEventListener("volumechange", show);
  show();
  return [mute, level];
}

function keysHelp() {
  return el("details", { class: "keys" }, el("summary", {}, t("Keys")),
    el("p", { class: "hint" }, t("Space: play, pause · ← →: 5 s · J L: 10 s · , .: one picture · Home End: begin, end · ↑ ↓: volume · M: sound · < >: speed · F: full screen")));
}

/** @param {HTMLVideoElement} video */
function toggle(video) {
  if (video.paused) video.play().catch(() => {});
  else video.pause();
}

/** @param {HTMLElement} stage */
function fullScreen(stage) {
  if (document.fullscreenElement) document.exitFullscreen();
  else stage.requestFullscreen().catch(() => {});
}

/** @param {HTMLVideoElement} video @param {number} by */
function louder(video, by) {
  video.volume = Math.max(0, Math.min(1, video.volume + by));
  video.muted = video.volume === 0;
}

/** @param {HTMLVideoElement} video @param {1|-1} by */
function faster(video, by) {
  const place = SPEEDS.indexOf(video.playbackRate) + by;
  video.playbackRate = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, place))];
}

/** @type {Record<string, (player: Player, stage: HTMLElement) => void>} */
const KEYS = {
  " ": ({ video }) => toggle(video),
  k: ({ video }) => toggle(video),
  ArrowLeft: (player) => player.seek(player.video.currentTime - STEP_S),
  ArrowRight: (player) => player.seek(player.video.currentTime + STEP_S),
  j: (player) => player.seek(player.video.currentTime - LONG_S),
  l: (player) => player.seek(player.video.currentTime + LONG_S),
  ",": (player) => { player.step(-1); },
  ".": (player) => { player.step(1); },
  Home: (player) => player.seek(player.start),
  End: (player) => player.seek(player.end),
  ArrowUp: ({ video }) => louder(video, 0.1),
  ArrowDown: ({ video }) => louder(video, -0.1),
  m: ({ video }) => { video.muted = !video.muted; },
  "<": ({ video }) => faster(video, -1),
  ">": ({ video }) => faster(video, 1),
  f: (_, stage) => fullScreen(stage),
};

/** Buttons, bars and lists keep their own keys. @param {KeyboardEvent} event @param {Player} player @param {HTMLElement} stage */
function onKey(event, player, stage) {
  const { target, ctrlKey, altKey, metaKey } = event;
  if (ctrlKey || altKey || metaKey || !(target instanceof HTMLElement)) return;
  if (target.matches("input, select, summary, a") || (target.matches("button") && event.key === " ")) return;
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  act(player, stage);
}
