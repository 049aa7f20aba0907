/**
 * Dice that fall as Python's: the numbers of `numpy.random.default_rng(seed)`, in the same order.
 *
 * That is NumPy's `SeedSequence`, which makes a state of a seed, and PCG64 (M. O'Neill, PCG: a family of
 * simple fast space-efficient statistically good algorithms for random number generation, 2014), whose state
 * is a number of 128 bits. Here it has eight digits of 16 bits, the lowest first: sums of products of two are
 * exact in a double.
 *
 * All are the same but for the last binary digit of `exponential` far out in its tail, of three in a million
 * numbers, where NumPy takes a logarithm in float32 as the C library of its machine has it.
 */

const PLACES = 8;
const BASE = 65536;
const MULTIPLIER = digitsOf([0x9fccf645, 0x4385df64, 0x1fc65da4, 0x2360ed05]);
const POOL = 4; // words that a seed is mixed into

/** The digits of words of 32 bits, lowest first. @param {number[]} words */
function digitsOf(words) {
  return Float64Array.from(words.flatMap((word) => [word % BASE, Math.floor(word / BASE)]));
}

/**
 * Bring digits that have grown too large below 2¹⁶; what is left above the highest is lost.
 * @param {Float64Array} digits
 */
function carryOver(digits) {
  let above = 0;
  for (let place = 0; place < PLACES; place++) {
    const sum = digits[place] + above;
    above = Math.floor(sum / BASE);
    digits[place] = sum - above * BASE;
  }
}

/**
 * A hash of words, by a constant that changes from word to word.
 * @param {number} constant
 * @param {number} multiplier
 * @returns {(word: number) => number}
 */
function hasher(constant, multiplier) {
  return (word) => {
    const mixed = word ^ constant;
    constant = Math.imul(constant, multiplier);
    const product = Math.imul(mixed, constant);
    return product ^ (product >>> 16);
  };
}

/**
 * Words of 32 bits that a seed gives, as NumPy's `SeedSequence.generate_state`.
 * @param {number[]} entropy words of the seed
 * @param {number} number how many
 * @returns {number[]}
 */
function seededWords(entropy, number) {
  const hash = hasher(0x43b0d7e5, 0x931e8875);
  const pool = Array.from({ length: POOL }, (_, place) => hash(entropy[place] ?? 0));
  const mix = (/** @type {number} */ place, /** @type {number} */ word) => {
    const mixed = Math.imul(0xca01f9dd, pool[place]) - Math.imul(0x4973f715, hash(word));
    pool[place] = mixed ^ (mixed >>> 16);
  };
  for (let from = 0; from < POOL; from++) {
    for (let to = 0; to < POOL; to++) if (to !== from) mix(to, pool[from]);
  }
  for (const word of entropy.slice(POOL)) for (let to = 0; to < POOL; to++) mix(to, word);
  const draw = hasher(0x8b51f9dd, 0x58f38ded);
  return Array.from({ length: number }, (_, place) => draw(pool[place % POOL]) >>> 0);
}

/** A generator of random numbers. */
export class Dice {
  /**
   * @param {number | number[]} seed as of `default_rng`: whole numbers of 0 … 2³² − 1
   * @param {number[]} spawnKey of dice that were spawned: which of its parent's children each ancestor is
   */
  constructor(seed, spawnKey = []) {
    this.entropy = Array.isArray(seed) ? seed : [seed];
    this.spawnKey = spawnKey;
    this.children = 0;
    const padding = spawnKey.length ? Math.max(0, POOL - this.entropy.length) : 0;
    const words = seededWords([...this.entropy, ...Array(padding).fill(0), ...spawnKey], 8);
    const [a, b, c, d, e, f, g, h] = words; // pairs, each with its lower word first
    const stream = [g, h, e, f].map((word, place, all) => (word << 1) | (place ? all[place - 1] >>> 31 : 1));
    this.increment = digitsOf(stream.map((word) => word >>> 0));
    this.state = digitsOf([c, d, a, b]).map((digit, place) => digit + this.increment[place]);
    carryOver(this.state);
    this.step();
    this.low = this.high = 0; // words of what was drawn last
    this.left = -1; // the upper word of what was drawn for its lower one; −1: none
  }

  /**
   * Independent dice, the same as `Generator.spawn` gives.
   * @param {number} number how many
   * @returns {Dice[]}
   */
  spawn(number) {
    const first = this.children;
    this.children += number;
    return Array.from(
      { length: number },
      (_, child) => new Dice(this.entropy, [...this.spawnKey, first + child]),
    );
  }

  /** state ← state · multiplier + increment, modulo 2¹²⁸. */
  step() {
    const { state, increment } = this;
    // From the highest digit down, so that the lower ones are still those before the step.
    for (let place = PLACES - 1; place >= 0; place--) {
      let sum = increment[place];
      for (let other = 0; other <= place; other++) sum += state[other] * MULTIPLIER[place - other];
      state[place] = sum; // below 2³⁶
    }
    carryOver(state);
  }

  /** Draw 64 bits: the halves of the state, one upon the other, turned by its highest six bits. */
  draw() {
    this.step();
    const s = this.state;
    const low = (s[0] ^ s[4]) | ((s[1] ^ s[5]) << 16);
    const high = (s[2] ^ s[6]) | ((s[3] ^ s[7]) << 16);
    const turn = s[7] >>> 10;
    const [first, second] = turn < 32 ? [low, high] : [high, low];
    const by = turn % 32; // a shift by 32 would be one by none
    this.low = (by ? (first >>> by) | (second << (32 - by)) : first) >>> 0;
    this.high = (by ? (second >>> by) | (first << (32 - by)) : second) >>> 0;
  }

  /** A whole number of 0 … 2³² − 1: the lower half of 64 bits, then the upper one. */
  word() {
    if (this.left >= 0) {
      const word = this.left;
      this.left = -1;
      return word;
    }
    this.draw();
    this.left = this.high;
    return this.low;
  }

  /** A number from 0 to below 1, as of `Generator.random`. */
  random() {
    this.draw();
    return (this.high * 2 ** 21 + (this.low >>> 11)) / 2 ** 53;
  }

  /** The same in float32. */
  randomFloat() {
    return (this.word() >>> 8) / 2 ** 24;
  }

  /**
   * A number x of density e^−x in float32, as of `Generator.standard_exponential(dtype=float32)`.
   *
   * By a ziggurat (G. Marsaglia and W. W. Tsang, The ziggurat method for generating random variables, 2000):
   * layers of one area cover the density; draw one and a place in it, and draw again where that lies above
   * the density.
   */
  exponential() {
    for (;;) {
      const word = this.word();
      const layer = (word >>> 1) & 255;
      const along = word >>> 9;
      const x = Math.fround(along * ZIGGURAT.width[layer]);
      if (along < ZIGGURAT.inside[layer]) return x;
      if (layer === 0) return Math.fround(Math.fround(TAIL) - Math.fround(Math.log1p(-this.randomFloat())));
      const { height } = ZIGGURAT;
      const above = Math.fround(Math.fround(height[layer - 1] - height[layer]) * this.randomFloat());
      if (Math.fround(above + height[layer]) < Math.fround(Math.exp(-x))) return x;
    }
  }

  /**
   * A whole number below `p.length`, each as likely as p says, as of `Generator.choice(len(p), p=p)`.
   * @param {ArrayLike<number>} p sums to 1
   */
  choice(p) {
    let total = 0;
    for (let place = 0; place < p.length; place++) total += p[place];
    const at = this.random();
    let below = 0;
    for (let place = 0; place < p.length; place++) {
      below += p[place];
      if (below / total > at) return place;
    }
    return p.length - 1;
  }
}

const LAYERS = 256;
const ALONG = 2 ** 23; // places in a layer
const TAIL = 7.69711747013104972; // where the tail begins, which the lowest layer has
const AREA = 0.0039496598225815572; // of each layer
const ZIGGURAT = buildZiggurat();

/**
 * The layers, numbered from the lowest, then from the top down: widths of a place; heights of the density at
 * the right edges; how many places lie below the density for certain. NumPy has them written down, with nine
 * digits.
 */
function buildZiggurat() {
  const [width, height] = [new Float32Array(LAYERS), new Float32Array(LAYERS)];
  const inside = new Uint32Array(LAYERS);
  const written = (/** @type {number} */ x) => Number(x.toPrecision(9));
  let edge = TAIL;
  const lowest = AREA / Math.exp(-edge); // its width, if its tail were a part of the rectangle
  [width[0], height[0], inside[0]] = [written(lowest / ALONG), 1, Math.round((edge / lowest) * ALONG)];
  for (let layer = LAYERS - 1; layer > 0; layer--) {
    [width[layer], height[layer]] = [written(edge / ALONG), written(Math.exp(-edge))];
    const above = layer > 1 ? -Math.log(AREA / edge + Math.exp(-edge)) : 0; // edge of the layer above
    inside[layer] = Math.round((above / edge) * ALONG);
    edge = above;
  }
  return { width, height, inside };
}
