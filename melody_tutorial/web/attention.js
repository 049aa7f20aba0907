/** Attention over what the first layer said last, as in `attention.py`, whose letters are kept. */

import { softmax } from "./chances.js";
import { multiply, product, transposed } from "./products.js";

/** What lies around the first layer: it reads [x, a] W_i + b_i, and its output is [h, a] W_o + b_o. */
export class Attention {
  /**
   * @param {import("./checkpoint.js").Model} model
   * @param {Record<string, Float32Array>} weights of the model
   * @param {import("./cells.js").Layer} layer the first
   */
  constructor(model, weights, layer) {
    const units = layer.h.length;
    const of = (/** @type {string} */ name) => weights[`attention/${name}`];
    this.layer = layer;
    this.W_q = transposed(of("query_kernel"), units);
    this.W_m = transposed(of("memory_kernel"), units);
    this.W_o = transposed(of("output_kernel"), units);
    this.v = of("score");
    this.b_q = of("query_bias");
    this.b_o = of("output_bias");
    this.a = new Float32Array(units); // what was attended to
    this.o = new Float32Array(units); // the output
    this.outputs = new Float32Array(model.attention * units); // the last o; the oldest goes first
    this.keys = new Float32Array(model.attention * units); // o W_m of each
    this.oldest = new Float32Array(1); // place of the oldest
    this.query = new Float32Array(units);
    this.scores = new Float32Array(model.attention);
    this.said = new Float32Array(2 * units); // [h, a]
    this.state = new Float32Array(layer.c.length + units); // [c, h]
    this.nothing = new Float32Array(units);
  }

  /** Advance a and o, when the layer has made its step. */
  step() {
    const { layer, a, o, keys, outputs, query, scores, said, state } = this;
    const units = o.length;
    state.set(layer.c);
    state.set(layer.h, layer.c.length);
    multiply(this.W_q, state, this.b_q, query);
    for (let row = 0; row < scores.length; row++) {
      let score = 0;
      for (let unit = 0; unit < units; unit++)
        score += this.v[unit] * Math.tanh(keys[row * units + unit] + query[unit]);
      scores[row] = score;
    }
    a.fill(0);
    softmax(scores).forEach((weight, row) => {
      for (let unit = 0; unit < units; unit++) a[unit] += weight * outputs[row * units + unit];
    });
    said.set(layer.h);
    said.set(a, units);
    multiply(this.W_o, said, this.b_o, o);
    const place = this.oldest[0] * units;
    outputs.set(o, place);
    multiply(this.W_m, o, this.nothing, keys.subarray(place, place + units));
    this.oldest[0] = (this.oldest[0] + 1) % scores.length;
  }
}

/**
 * Weights whose first layer reads [x, a], not [x, a] W_i + b_i: no curve lies between W_i and its kernel, so
 * that their product is one matrix for both.
 * @param {Record<string, Float32Array>} weights
 * @param {number} width of the layer's gates
 */
export function attending(weights, width) {
  const kernel = weights["layer_1/kernel"];
  const bias = weights["layer_1/bias"].slice();
  product(weights["attention/input_bias"], kernel, width).forEach((value, place) => (bias[place] += value));
  return {
    ...weights,
    "layer_1/kernel": product(weights["attention/input_kernel"], kernel, width),
    "layer_1/bias": bias,
  };
}
