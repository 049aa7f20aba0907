/**
 * A trained network as a page holds it: what it is, and its weights, as `checkpoint_data` writes them in
 * Python.
 */

/**
 * What a network is: names and values as in `ModelSettings` of Python.
 * @typedef {object} Model
 * @property {"rnn" | "lstm" | "gru" | "mingru"} cell
 * @property {number[]} units of each recurrent layer
 * @property {number} classes of events
 * @property {string[]} features that it reads at each step
 * @property {number} embedding width of the sum of the features' rows; 0: they stand side by side
 * @property {boolean} has_end
 * @property {boolean} pointer
 * @property {"events" | "lookback" | "key"} labels
 * @property {number} attention how many of the first layer's last outputs it attends to
 */

/**
 * @typedef {object} Checkpoint
 * @property {Model} model
 * @property {number[]} first_event_counts how many training melodies begin with each class
 * @property {Record<string, Float32Array>} weights row by row, by their names in Python
 */

/**
 * A checkpoint from its data.
 * @param {any} data JSON, parsed
 * @returns {Checkpoint}
 */
export function readCheckpoint(data) {
  const { model, first_event_counts, weights } = data;
  const entries = Object.entries(weights).map(([name, weight]) => [name, readWeight(name, weight)]);
  return { model, first_event_counts, weights: Object.fromEntries(entries) };
}

/**
 * @param {string} name
 * @param {{shape: number[], type: string, data: string}} weight base64 of numbers, lowest byte first
 */
function readWeight(name, { shape, type, data }) {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const size = shape.reduce((product, length) => product * length, type === "float16" ? 2 : 4);
  if (bytes.length !== size) {
    throw new Error(
      `The weight ${name} has ${bytes.length} bytes, and ${size} are asked for: copy the page again.`,
    );
  }
  // The numbers of a typed array lie as the machine has them: lowest byte first on all that run browsers.
  return type === "float16"
    ? Float32Array.from(new Uint16Array(bytes.buffer), readHalf)
    : new Float32Array(bytes.buffer);
}

/** The number that 16 bits stand for: a sign, five bits of exponent, ten of fraction. @param {number} bits */
function readHalf(bits) {
  const sign = bits >>> 15 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  return sign * (exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24);
}
