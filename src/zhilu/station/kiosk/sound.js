// @ts-check
/** The alarm's sound: two tones, made here. Browsers are silent until the screen has been touched once. */

const EVERY_MS = 4000;
const TONES = [
  { hertz: 880, at: 0 },
  { hertz: 660, at: 0.22 },
  { hertz: 880, at: 0.44 },
];

/** @type {AudioContext | null} */
let audio = null;
let wanted = false;
let last = -EVERY_MS;

document.addEventListener("pointerdown", unlock, { capture: true, passive: true });

function unlock() {
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume();
}

/** Sound, again and again, until told otherwise. @param {boolean} on */
export function sound(on) {
  wanted = on;
  ring();
}

/** Would an alarm be heard? */
export function audible() {
  return audio?.state === "running";
}

/** Called once a second. */
export function ring() {
  const now = performance.now();
  if (!wanted || !audio || !audible() || now - last < EVERY_MS) return;
  last = now;
  document.documentElement.dataset.rung = String(Number(document.documentElement.dataset.rung ?? 0) + 1);
  for (const tone of TONES) beep(audio, tone.hertz, audio.currentTime + tone.at);
}

/**
 * @param {AudioContext} context
 * @param {number} hertz
 * @param {number} at
 */
function beep(context, hertz, at) {
  const wave = new OscillatorNode(context, { type: "square", frequency: hertz });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(0.18, at);
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.2);
  wave.connect(volume).connect(context.destination);
  wave.start(at);
  wave.stop(at + 0.2);
}
