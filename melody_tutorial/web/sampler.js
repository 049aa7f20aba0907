/**
 * Logits → events, one after the other, each fed back in, as in `sampler.py`.
 *
 * The dice are Python's, and so the same seed draws the same melody. Sums are taken in another order than in
 * NumPy, so that logits differ, by less than 10⁻⁴: where two events tie within that, another may be drawn. Of
 * 200,000 events of the basic_rnn that ships none was.
 */

import { logProbability, restrict } from "./chances.js";
import { Dice } from "./dice.js";
import { NOTHING_KNOWN } from "./heard.js";

/** @typedef {import("./network.js").Network} Network */
/** @typedef {import("./chances.js").Choosing} Choosing */
/** @typedef {import("./heard.js").Facts} Facts */

/**
 * @typedef {object} Sample
 * @property {number[]} ids the primer and what was drawn after it, without an end
 * @property {boolean} isWhole whether the network ended it
 * @property {number} logLikelihood Σ log p of what was drawn, in nats, p at temperature 1 with nothing cut
 *   off
 */

const STEPS = 256; // of a melody of a network that knows no end
const LONGEST_TUNE = 1024; // after which a tune is left without its end
const LEAST = Math.fround(1e-30);

/**
 * Draw the next event. The Gumbel-max trick (Gumbel 1954; Maddison et al. 2014): argmax(logits + T · G) is a
 * draw from softmax(logits / T), and as T goes to 0 it becomes the arg-max.
 * @param {Float32Array} logits
 * @param {Choosing} choosing
 * @param {Dice} dice thrown once for each class
 * @returns {number} the number of classes stands for the end
 */
export function drawNext(logits, choosing, dice) {
  const scores = restrict(logits, choosing);
  const temperature = Math.fround(choosing.temperature ?? 1);
  let best = 0;
  let most = -Infinity;
  for (let id = 0; id < scores.length; id++) {
    const noise = -Math.fround(Math.log(Math.max(dice.exponential(), LEAST)));
    const score = Math.fround(scores[id] + Math.fround(noise * temperature));
    if (score > most) [best, most] = [id, score];
  }
  return best;
}

/**
 * Continue a primer, each time with dice of its own: the first of two melodies is the first of eight.
 * @param {Network} network whatever it has heard
 * @param {number[]} primer ids that each begins with; where it is empty, a network without an end begins with
 *   an event drawn from the first ones of the training melodies
 * @param {Choosing & {num_outputs?: number, num_steps?: number | null, seed?: number}} settings as
 *   `SamplingSettings`: num_steps counts the primer in
 * @param {Facts} facts what is known about the tunes
 * @returns {Sample[]}
 */
export function sampleIds(network, primer, settings, facts = NOTHING_KNOWN) {
  const { classes, has_end } = network.model;
  const steps = settings.num_steps ?? (has_end ? LONGEST_TUNE : STEPS);
  checkPrimer(primer, steps, classes);
  network.begin(facts);
  if (has_end) network.step(null);
  for (const id of primer) network.step(id);
  const moment = network.snapshot();
  return new Dice(settings.seed ?? 0).spawn(settings.num_outputs ?? 1).map((dice) => {
    network.restore(moment);
    const ids = primer.length || has_end ? [...primer] : [beginWith(network, dice)];
    return continued(network, ids, steps, settings, dice);
  });
}

/** @param {number[]} primer @param {number} steps @param {number} classes */
function checkPrimer(primer, steps, classes) {
  if (primer.length >= steps) {
    throw new Error(
      `The primer has ${primer.length} steps, and the whole is to have ${steps}: ask for more.`,
    );
  }
  const wrong = primer.find((id) => !Number.isInteger(id) || id < 0 || id >= classes);
  if (wrong !== undefined)
    throw new Error(`The primer has the id ${wrong}: allowed are 0 to ${classes - 1}.`);
}

/**
 * Draw an event as often as training melodies begin with it, and feed it.
 * @param {Network} network
 * @param {Dice} dice
 */
function beginWith(network, dice) {
  const total = network.firstEventCounts.reduce((sum, count) => sum + count, 0);
  const id = dice.choice(network.firstEventCounts.map((count) => count / total));
  network.step(id);
  return id;
}

/**
 * Draw on from where a network is.
 * @param {Network} network
 * @param {number[]} ids that it has heard, to which the new ones are added
 * @param {number} steps of the whole, at most
 * @param {Choosing} choosing
 * @param {Dice} dice
 * @returns {Sample}
 */
function continued(network, ids, steps, choosing, dice) {
  let logLikelihood = 0;
  while (ids.length < steps) {
    const id = drawNext(network.logits, choosing, dice);
    logLikelihood += logProbability(network.logits, id);
    if (id === network.model.classes) return { ids, isWhole: true, logLikelihood };
    ids.push(id);
    network.step(id);
  }
  return { ids, isWhole: false, logLikelihood };
}
