/** Logits → how likely each event is to be drawn: temperature, top-k, top-p, as in `sampler.py`. */

/**
 * @typedef {object} Choosing
 * @property {number} [temperature] above 0; 1 where nothing is said
 * @property {number | null} [top_k] draw from the k likeliest classes only
 * @property {number | null} [top_p] draw from the fewest classes that hold this probability
 */

/**
 * softmax(logits / temperature); the largest is subtracted first, so that small temperatures serve.
 * @param {ArrayLike<number>} logits
 * @param {number} temperature
 */
export function softmax(logits, temperature = 1) {
  const result = new Float64Array(logits.length);
  let largest = -Infinity;
  for (let place = 0; place < logits.length; place++) largest = Math.max(largest, logits[place]);
  let total = 0;
  for (let place = 0; place < logits.length; place++) {
    total += result[place] = Math.exp((logits[place] - largest) / temperature);
  }
  for (let place = 0; place < logits.length; place++) result[place] /= total;
  return result;
}

/** log p of one class at temperature 1. @param {ArrayLike<number>} logits @param {number} id */
export function logProbability(logits, id) {
  let largest = -Infinity;
  for (let place = 0; place < logits.length; place++) largest = Math.max(largest, logits[place]);
  let total = 0;
  for (let place = 0; place < logits.length; place++) total += Math.exp(logits[place] - largest);
  return logits[id] - largest - Math.log(total);
}

/**
 * Logits with the classes that may not be drawn at −∞; the same ones, where all may.
 *
 * The order is temperature, top-k, top-p. Top-k (Fan et al. 2018) keeps the k likeliest classes and what ties
 * with the last of them; top-p (Holtzman et al. 2020) the fewest, likeliest first, that hold together at
 * least the probability p.
 * @param {Float32Array} logits
 * @param {Choosing} choosing
 */
export function restrict(logits, { temperature = 1, top_k = null, top_p = null }) {
  if (top_k !== null && top_k < logits.length) logits = withoutBelow(logits, falling(logits)[top_k - 1]);
  if (top_p === null || top_p >= 1) return logits;
  const sorted = falling(logits);
  const probabilities = softmax(sorted, temperature);
  let [kept, held] = [0, 0];
  while (kept < sorted.length && held < top_p) held += probabilities[kept++];
  return withoutBelow(logits, sorted[kept - 1]);
}

/** Largest first. @param {Float32Array} logits */
function falling(logits) {
  return logits.slice().sort().reverse();
}

/** @param {Float32Array} logits @param {number} least that stays */
function withoutBelow(logits, least) {
  return logits.map((logit) => (logit < least ? -Infinity : logit));
}

/** Probability with which each class is drawn. @param {Float32Array} logits @param {Choosing} choosing */
export function eventProbabilities(logits, choosing) {
  return softmax(restrict(logits, choosing), choosing.temperature);
}
