// Play, pause, seek, speed, volume, full screen: by mouse and by keyboard.

import { beijing, elapsed, t } from "./i18n.js";
import { el } from "./ui.js";

/** @typedef {import("./player.js").Player} Player */

const SPEEDS = [0.5, 1, 1.5, 2, 4];
const STEP_S = 5;

/**
 * @param {{player: Player, stage: HTMLElement, openedAtMs: number}} parts
 *   stage goes to full screen, watermark and all
 */
export function controls({ player, stage, openedAtMs }) {
  const { video } = player;
  const play = el("button", { type: "button", class: "play", onclick: () => toggle(video) }, "");
  const bar = el("input", { type: "range", class: "seek", min: player.start, max: player.end, step: 0.1, value: player.start, "aria-label": t("Position") });
  const time = el("span", { class: "time" });
  const clock = el("span", { class: "clock" });
  const speed = el("select", { "aria-label": t("Speed") }, ...SPEEDS.map((each) => el("option", { value: each, selected: each === 1 }, `${each}×`)));
  const sound = el("button", { type: "button", onclick: () => { video.muted = !video.muted; } }, "");
  const full = el("button", { type: "button", onclick: () => fullScreen(stage) }, t("Full screen"));

  bar.addEventListener("input", () => player.seek(Number(bar.value)));
  speed.addEventListener("change", () => { video.playbackRate = Number(speed.value); });
  const show = () => {
    play.textContent = video.paused ? t("Play") : t("Pause");
    sound.textContent = video.muted ? t("Sound on") : t("Sound off");
    if (document.activeElement !== bar || !video.seeking) bar.value = String(video.currentTime);
    time.textContent = `${elapsed(video.currentTime - player.start)} / ${elapsed(player.end - player.start)}`;
    bar.setAttribute("aria-valuetext", time.textContent);
    clock.textContent = beijing(openedAtMs + video.currentTime * 1000);
  };
  for (const name of ["play", "pause", "timeupdate", "seeking", "seeked", "volumechange", "ended"]) video.addEventListener(name, show);
  show();
  const step = (/** @type {number} */ by) => el("button", {
    type: "button", onclick: () => player.seek(video.currentTime + by),
    "aria-label": by < 0 ? t("Back {seconds} s", { seconds: -by }) : t("On {seconds} s", { seconds: by }),
  }, by < 0 ? `−${-by}` : `+${by}`);
  stage.addEventListener("keydown", (event) => onKey(event, player));
  return el("div", { class: "controls", role: "group", "aria-label": t("Playing") },
    bar,
    el("div", { class: "row" }, play, step(-10), step(10), time, clock, speed, sound, full));
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

/** @param {KeyboardEvent} event @param {Player} player */
function onKey(event, player) {
  if (event.target !== event.currentTarget) return;
  const { video } = player;
  if (event.key === " " || event.key === "k") toggle(video);
  else if (event.key === "ArrowLeft") player.seek(video.currentTime - STEP_S);
  else if (event.key === "ArrowRight") player.seek(video.currentTime + STEP_S);
  else return;
  event.preventDefault();
}
