/** The one way to the loudspeaker that all players of a page share, and the rule that one of them sounds. */

import { Synth } from "./synth.js";

const SHARED = Symbol.for("melody-tutorial.speaker"); // a notebook loads this module once for each player
const SOUNDS = "melody-tutorial-sounds";

/** @typedef {{context: AudioContext, out: AudioNode, synth: Synth}} Speaker */

/**
 * Open the loudspeaker; browsers allow it only while they handle what a reader did.
 * @returns {Promise<Speaker | null>} null where there is no sound to be had
 */
export async function openSpeaker() {
  try {
    const page = /** @type {Record<symbol, Speaker>} */ (/** @type {unknown} */ (globalThis));
    page[SHARED] ??= newSpeaker();
    await page[SHARED].context.resume();
    return page[SHARED];
  } catch {
    return null;
  }
}

/** @returns {Speaker} */
function newSpeaker() {
  const context = new AudioContext();
  const out = new DynamicsCompressorNode(context, { threshold: -8, ratio: 12, attack: 0.003, release: 0.1 });
  out.connect(context.destination);
  return { context, out, synth: new Synth(context) };
}

/**
 * Call back when another player of the page begins to sound.
 * @param {object} player @param {() => void} stop
 * @returns {() => void} ends it
 */
export function onlyOneSounds(player, stop) {
  const heard = (/** @type {any} */ event) => event.detail === player || stop();
  globalThis.addEventListener(SOUNDS, heard);
  return () => globalThis.removeEventListener(SOUNDS, heard);
}

/** Tell all other players that this one begins to sound. @param {object} player */
export function beginToSound(player) {
  globalThis.dispatchEvent(new CustomEvent(SOUNDS, { detail: player }));
}
