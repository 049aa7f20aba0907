/** What the keys of a keyboard do in a player. */

import { stepsPerBeat } from "./tune.js";

/** @typedef {import("./player.js").Player} Player */

/**
 * What a key that was pressed in a player does; nothing where it does what it always does.
 * @param {Player} player @param {KeyboardEvent} event
 * @returns {(() => void) | undefined}
 */
export function actionOf(player, event) {
  const onRoll = event.target === player.roll.field;
  return anywhere(player)[event.key.toLowerCase()] ?? (onRoll ? actionOnRoll(player, event) : undefined);
}

/** Letters press buttons, numbers choose a tune. @param {Player} player @returns {Record<string, () => void>} */
function anywhere(player) {
  const { loop, metronome, drone, saveButton, tunes } = player;
  const buttons = Object.entries({ l: loop, m: metronome, d: drone, s: saveButton });
  const numbers = Array.from({ length: tunes.length > 1 ? Math.min(tunes.length, 9) : 0 }, (_, i) => i + 1);
  return Object.fromEntries([
    ...buttons.map(([letter, button]) => [letter, () => button.click()]),
    ...numbers.map((number) => [`${number}`, () => player.choose(number - 1)]),
  ]);
}

/**
 * Space plays and stops, arrows go by beats, page keys by bars.
 * @param {Player} player @param {KeyboardEvent} event
 */
function actionOnRoll(player, { key, shiftKey }) {
  const { bar, length } = player.tune;
  const beat = stepsPerBeat(player.tune);
  const here = player.heard();
  const back = (/** @type {number} */ unit) => (Math.ceil(here / unit - 1e-3) - 1) * unit;
  const on = (/** @type {number} */ unit) => (Math.floor(here / unit + 1e-3) + 1) * unit;
  /** @type {Record<string, number>} */
  const steps = {
    ArrowLeft: back(shiftKey ? bar : beat),
    ArrowRight: on(shiftKey ? bar : beat),
    PageUp: back(bar),
    PageDown: on(bar),
    Home: 0,
    End: length - bar,
  };
  if (key === " ") return () => player.playButton.click();
  return key in steps ? () => player.jump(Math.min(Math.max(0, steps[key]), length - beat)) : undefined;
}
