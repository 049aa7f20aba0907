/**
 * A trained network at work: one event in, the logits of the next event out. As `inference.py`, for one
 * sequence.
 */

import { Attention, attending } from "./attention.js";
import { GATES, Layer } from "./cells.js";
import { featuresOf } from "./features.js";
import { Heard, NOTHING_KNOWN } from "./heard.js";
import { eventLogits, numLabels } from "./labels.js";
import { multiply, product, transposed } from "./products.js";

/** @typedef {import("./checkpoint.js").Checkpoint} Checkpoint */
/** @typedef {import("./checkpoint.js").Model} Model */
/** @typedef {import("./heard.js").Facts} Facts */

/**
 * What a network remembers at one moment.
 * @typedef {{state: Float32Array[], heard: Heard, logits: Float32Array}} Snapshot
 */

/**
 * What a feature gives to the gates of the first layer: for each value some rows of a table, each with a
 * factor.
 */
class Rows {
  /**
   * @param {import("./features.js").Feature} feature
   * @param {number[][] | null} columns the factor of each row, for each value; null: of its own row alone, 1
   * @param {Float32Array} table its rows
   */
  constructor(feature, columns, table) {
    this.feature = feature;
    this.columns = columns;
    this.table = table;
  }

  /** @param {number} value of the feature @param {Float32Array} x what is added to */
  addTo(value, x) {
    if (!this.columns) this.addRow(value, 1, x);
    else this.columns[value].forEach((factor, row) => factor && this.addRow(row, factor, x));
  }

  /** @param {number} row @param {number} factor @param {Float32Array} x */
  addRow(row, factor, x) {
    const start = row * x.length;
    for (let place = 0; place < x.length; place++) x[place] += factor * this.table[start + place];
  }
}

/**
 * What each feature gives to the first layer. Between an embedding's rows and the layer's kernel lies no
 * curve: their product, taken once, is what is looked up.
 * @param {Model} model
 * @param {Float32Array} kernel of the first layer
 * @param {Float32Array} embedding may be missing
 * @returns {{rows: Rows[], inputs: number}} and how many rows of the kernel they take
 */
function rowsOf(model, kernel, embedding) {
  const { features, sizes } = featuresOf(model);
  const width = GATES[model.cell] * model.units[0];
  const inputs = kernel.subarray(0, model.embedding * width);
  const table = model.embedding ? product(embedding, inputs, width) : kernel;
  let first = 0;
  const rows = features.map((feature, number) => {
    const columns = (!model.embedding && feature.table?.(model.classes)) || null;
    const end = first + (columns ? columns[0].length : sizes[number]);
    const own = table.subarray(first * width, end * width);
    first = end;
    return new Rows(feature, columns, own);
  });
  return { rows, inputs: model.embedding || first };
}

/** Raises the logits of events that a network looks back at, as much as it says. */
class Pointer {
  /** @param {Record<string, Float32Array>} weights @param {Rows[]} rows of the features */
  constructor(weights, rows) {
    this.b_p = weights["pointer/bias"];
    this.W_p = transposed(weights["pointer/kernel"], this.b_p.length);
    this.strengths = new Float32Array(this.b_p.length);
    this.pointedAt = rows.flatMap(({ feature }, number) => (feature.isEvent ? [number] : []));
  }

  /**
   * @param {Float32Array} output of the last layer
   * @param {number[]} values of all features
   * @param {Float32Array} logits
   * @param {number} classes stands for an event that was not there
   */
  raise(output, values, logits, classes) {
    multiply(this.W_p, output, this.b_p, this.strengths);
    this.pointedAt.forEach((number, place) => {
      if (values[number] < classes) logits[values[number]] += this.strengths[place];
    });
  }
}

/** A trained network and its recurrent state, which is zero at first. */
export class Network {
  /** @param {Checkpoint} checkpoint @param {Facts} facts what is known about the tune */
  constructor({ model, weights, first_event_counts }, facts = NOTHING_KNOWN) {
    const width = GATES[model.cell] * model.units[0];
    const read = model.attention ? attending(weights, width) : weights;
    this.model = model;
    this.firstEventCounts = first_event_counts;
    const { rows, inputs } = rowsOf(model, read["layer_1/kernel"], weights["embedding/kernel"]);
    this.rows = rows;
    this.values = rows.map(() => 0); // of the features
    this.layers = model.units.map((_, number) => new Layer(model, read, number + 1));
    this.attention = model.attention ? new Attention(model, weights, this.layers[0]) : null;
    this.W_a = transposed(read["layer_1/kernel"].subarray(inputs * width), width); // of what was attended to
    this.W_y = transposed(weights["logits/kernel"], numLabels(model));
    this.b_y = weights["logits/bias"];
    this.said = new Float32Array(numLabels(model)); // logits of the labels
    this.logits = model.labels === "events" ? this.said : new Float32Array(model.classes); // after the last step
    this.pointer = model.pointer ? new Pointer(weights, rows) : null;
    this.heard = new Heard(facts, model.classes);
  }

  /** Forget all that was heard: another tune begins. @param {Facts} facts what is known about it */
  begin(facts = NOTHING_KNOWN) {
    this.state.forEach((part) => part.fill(0));
    this.heard = new Heard(facts, this.model.classes);
  }

  /**
   * Feed an event; the logits of what comes next, the end last, if the network knows one. The next step
   * overwrites them.
   * @param {number | null} id null asks a network that has an end for the first event, before any was heard
   */
  step(id) {
    if (id !== null) this.heard.hear(id);
    this.lookUp();
    let output = this.layers[0].h;
    this.layers.forEach((layer, number) => {
      if (number) layer.read(output);
      layer.step();
      output = layer.h;
      if (!number && this.attention) {
        this.attention.step();
        output = this.attention.o;
      }
    });
    multiply(this.W_y, output, this.b_y, this.said);
    this.pointer?.raise(output, this.values, this.said, this.model.classes);
    if (this.model.labels !== "events") eventLogits(this.model, this.heard, this.said, this.logits);
    return this.logits;
  }

  /** Look up what the first layer reads of the features, and what was attended to. */
  lookUp() {
    const { x, bias } = this.layers[0];
    x.set(bias);
    for (let number = 0; number < this.rows.length; number++) {
      const rows = this.rows[number];
      this.values[number] = rows.feature.read(this.heard);
      rows.addTo(this.values[number], x);
    }
    if (this.attention) multiply(this.W_a, this.attention.a, x, x);
  }

  /** All that layers and attention remember. */
  get state() {
    const { a, o, outputs, keys, oldest } = this.attention ?? {};
    const attended = [a, o, outputs, keys, oldest].filter((part) => part !== undefined);
    return [...this.layers.flatMap(({ h, c }) => [h, c]), ...attended];
  }

  /** What it remembers now, to come back to. @returns {Snapshot} */
  snapshot() {
    const state = this.state.map((part) => part.slice());
    return { state, heard: this.heard.copy(), logits: this.logits.slice() };
  }

  /** Remember what it did at another moment. @param {Snapshot} snapshot */
  restore({ state, heard, logits }) {
    this.state.forEach((part, number) => part.set(state[number]));
    this.heard = heard.copy();
    this.logits.set(logits);
  }
}
