/** Recurrent layers, one event at a time: the formulas of `rnn.py`, with weights in Keras's layouts. */

import { multiply, transposed } from "./products.js";

/** Gates of each cell, side by side in its weights: LSTM i, f, g, o; GRU z, r, h̃; minimal GRU z, h̃. */
export const GATES = { rnn: 1, lstm: 4, gru: 3, mingru: 2 };

/** σ(a) @param {number} a */
const sigmoid = (a) => 1 / (1 + Math.exp(-a));

/** @type {Record<string, (layer: Layer) => void>} */
const CELLS = {
  /** h ← tanh(x W_xh + h W_hh + b_h) (Elman 1990). */
  rnn({ h, gates }) {
    for (let unit = 0; unit < h.length; unit++) h[unit] = gates[unit] = Math.tanh(gates[unit]);
  },

  /** c ← f ∘ c + i ∘ g, h ← o ∘ tanh c (Hochreiter and Schmidhuber 1997, with Gers' forget gate). */
  lstm({ h, c, gates }) {
    const units = h.length;
    for (let unit = 0; unit < units; unit++) {
      const i = (gates[unit] = sigmoid(gates[unit]));
      const f = (gates[units + unit] = sigmoid(gates[units + unit]));
      const g = (gates[2 * units + unit] = Math.tanh(gates[2 * units + unit]));
      const o = (gates[3 * units + unit] = sigmoid(gates[3 * units + unit]));
      c[unit] = f * c[unit] + i * g;
      h[unit] = o * Math.tanh(c[unit]);
    }
  },

  /** h ← z ∘ h + (1 − z) ∘ h̃ (Cho et al. 2014), r applied after the product, as in cuDNN and Keras. */
  gru({ h, x, gates }) {
    const units = h.length;
    for (let unit = 0; unit < units; unit++) {
      const z = (gates[unit] = sigmoid(x[unit] + gates[unit]));
      const r = (gates[units + unit] = sigmoid(x[units + unit] + gates[units + unit]));
      const candidate = Math.tanh(x[2 * units + unit] + r * gates[2 * units + unit]);
      gates[2 * units + unit] = candidate;
      h[unit] = z * h[unit] + (1 - z) * candidate;
    }
  },

  /** h ← (1 − z) ∘ h + z ∘ h̃ (Feng et al. 2024), where z and h̃ see x alone. */
  mingru({ h, gates }) {
    const units = h.length;
    for (let unit = 0; unit < units; unit++) {
      const z = (gates[unit] = sigmoid(gates[unit]));
      h[unit] = (1 - z) * h[unit] + z * gates[units + unit];
    }
  },
};

/** A recurrent layer and its state. */
export class Layer {
  /**
   * @param {import("./checkpoint.js").Model} model
   * @param {Record<string, Float32Array>} weights of the model
   * @param {number} number of the layer, from 1
   */
  constructor(model, weights, number) {
    const units = model.units[number - 1];
    const width = GATES[model.cell] * units;
    const recurrent = weights[`layer_${number}/recurrent_kernel`];
    const bias = weights[`layer_${number}/bias`];
    this.cell = CELLS[model.cell];
    this.bias = bias.subarray(0, width);
    this.W_h = recurrent && transposed(recurrent, width);
    this.W_x = transposed(weights[`layer_${number}/kernel`], width);
    this.x = new Float32Array(width); // what the input gives to each gate, and the bias
    this.gates = new Float32Array(width); // of the last step, behind their activation
    this.h = new Float32Array(units);
    this.c = new Float32Array(model.cell === "lstm" ? units : 0);
    // Of a GRU the product with h has a bias of its own, as r is applied to it; of others it is added to x.
    this.start = model.cell === "gru" ? bias.subarray(width) : this.x;
  }

  /** Put into x what an input gives to the gates. @param {Float32Array} input */
  read(input) {
    multiply(this.W_x, input, this.bias, this.x);
  }

  /** Advance h and c by one event, when x is known. */
  step() {
    if (this.W_h) multiply(this.W_h, this.h, this.start, this.gates);
    else this.gates.set(this.x);
    this.cell(this);
  }
}
