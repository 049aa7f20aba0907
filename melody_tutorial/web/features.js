/** What a network reads at each step: features of what was heard, as in `features.py`, by the same names. */

import { LAGS, LOOKBACKS, METRES, MODES, SPECIAL_EVENTS, UNKNOWN } from "./heard.js";

/** @typedef {import("./heard.js").Heard} Heard */
/** @typedef {import("./checkpoint.js").Model} Model */

/**
 * A feature: a whole number after what was heard.
 * @typedef {object} Feature
 * @property {(heard: Heard) => number} read
 * @property {(classes: number) => number} values how many it has
 * @property {boolean} [isEvent] whether it is an event that the next one may be equal to
 * @property {(classes: number) => number[][]} [table] what a network without an embedding reads instead of
 *   each value; without one, a one-hot vector
 */

const STEPS_PER_BAR = METRES.map((metre) => {
  const [numerator, denominator] = metre.split("/").map(Number);
  return Math.floor((16 * numerator) / denominator);
});
const MOST_STEPS = 32; // in a bar of any other metre; longer ones are counted through several times
const MOST_SINCE = 24; // steps since the onset that are told apart
const MOST_BARS = 64; // bars from the start that are told apart
const MOST_LEFT = 64; // bars to go that are told apart
const LONGEST = 128; // steps of agreement that are told apart
const LEVELS = 9;
const FIRST_PLACE = [0]; // number of the first place in each metre
for (const steps of STEPS_PER_BAR) FIRST_PLACE.push(FIRST_PLACE[FIRST_PLACE.length - 1] + steps);

/** The level of so many steps of agreement: 0 for none, 1 for one, 2 for two or three, 3 for four to seven, …
 * @param {number} steps */
function level(steps) {
  return 32 - Math.clz32(Math.min(steps, LONGEST));
}

/** The place of a step in its bar. @param {Heard} heard @param {number} step */
function placeInBar(heard, step) {
  return step % Math.min(heard.bar, MOST_STEPS);
}

/**
 * Bars after that of the next event; 0 also past the end, the last value if it is not known.
 * @param {Heard} heard
 */
function barsLeft({ bars, barsHeard }) {
  return bars === UNKNOWN ? MOST_LEFT : Math.min(Math.max(bars - 1 - barsHeard, 0), MOST_LEFT - 1);
}

/**
 * Bars from the first onset to the next event, if they are whole, and one more; 0: they are not.
 * @param {Heard} heard
 */
function wholeBars({ begun, steps, bar }) {
  if (begun === UNKNOWN || (steps - begun) % bar) return 0;
  return 1 + Math.min((steps - begun) / bar, MOST_BARS);
}

/** The binary digits of each number, lowest first. @param {number} digits @returns {number[][]} */
function binaryTable(digits) {
  return Array.from({ length: 2 ** digits }, (_, number) =>
    Array.from({ length: digits }, (_, at) => (number >> at) & 1),
  );
}

/** A one-hot vector of the pitch, whether a note sounds, whether none does. @param {number} classes */
function soundingTable(classes) {
  const pitches = classes - SPECIAL_EVENTS;
  return Array.from({ length: pitches + 1 }, (_, value) =>
    Array.from({ length: pitches + 2 }, (_, column) =>
      Number(value ? column === value - 1 || column === pitches : column === pitches + 1),
    ),
  );
}

/**
 * A feature with a table that depends on nothing.
 * @param {(heard: Heard) => number} read
 * @param {number[][]} table
 * @returns {Feature}
 */
function tabled(read, table) {
  return { read, values: () => table.length, table: () => table };
}

/** How many events were heard, modulo a power of two; each binary digit is −1 or 1. @param {number} digits */
function countOf(digits) {
  const table = binaryTable(digits).map((row) => row.map((digit) => 2 * digit - 1));
  return tabled((heard) => heard.steps % 2 ** digits, table);
}

/** Whether the last event was that of so many steps before it. @param {number} steps */
function repeats(steps) {
  return tabled(
    (heard) => Number(heard.last < heard.classes && heard.last === heard.ago(steps + 1)),
    binaryTable(1),
  );
}

/**
 * The event so many steps before the next; no-event, where there was none.
 * @param {number} steps
 * @returns {Feature}
 */
function eventAgo(steps) {
  return { read: (heard) => heard.ago(steps) % heard.classes, values: (classes) => classes };
}

const orNone = (/** @type {number} */ classes) => classes + 1;

/** @type {Record<string, Feature>} */
export const FEATURES = {
  event: { read: (heard) => heard.last, values: orNone },
  pitch: { read: (heard) => heard.pitch, values: orNone },
  pitch_before: { read: (heard) => heard.pitchBefore, values: orNone },
  since: { read: (heard) => Math.min(heard.since, MOST_SINCE), values: () => MOST_SINCE + 1 },
  place: {
    read: (heard) => FIRST_PLACE[heard.metre] + placeInBar(heard, heard.steps),
    values: () => FIRST_PLACE[STEPS_PER_BAR.length] + MOST_STEPS,
  },
  mode: { read: (heard) => heard.mode, values: () => MODES.length + 1 },
  bar: { read: (heard) => Math.min(heard.barsHeard, MOST_BARS - 1), values: () => MOST_BARS },
  bars_left: { read: barsLeft, values: () => MOST_LEFT + 1 },
  pickup: {
    read: (heard) => (heard.begun === UNKNOWN ? MOST_STEPS : placeInBar(heard, heard.begun)),
    values: () => MOST_STEPS + 1,
  },
  whole_bars: { read: wholeBars, values: () => MOST_BARS + 2 },
  copy: { read: (heard) => heard.before(heard.longest()), values: orNone, isEvent: true },
  copied: { read: (heard) => level(heard.agreement[heard.longest()]), values: () => LEVELS },
  copy_lag: { read: (heard) => heard.longest(), values: () => LAGS },
  sounding: {
    read: ({ notes }) => notes.sounding && notes.sounding - 1,
    values: (classes) => classes - 1,
    table: soundingTable,
  },
  attack: tabled((heard) => heard.notes.attack, binaryTable(1)),
  direction: tabled((heard) => heard.notes.direction, [[0], [1], [-1]]),
  bar_begins: tabled((heard) => Number(heard.steps % LOOKBACKS[0] === 0), binaryTable(1)),
  scales: tabled((heard) => heard.notes.fullestScales(), binaryTable(12)),
  recent_scales: tabled((heard) => heard.notes.recentScales(), binaryTable(12)),
};
for (const bars of [1, 2, 4, 8, 16]) {
  FEATURES[`back_${bars}`] = { read: (heard) => heard.before(bars - 1), values: orNone, isEvent: true };
  FEATURES[`agreed_${bars}`] = { read: (heard) => level(heard.agreement[bars - 1]), values: () => LEVELS };
}
for (const steps of LOOKBACKS) {
  FEATURES[`ago_${steps}`] = eventAgo(steps);
  FEATURES[`repeats_${steps}`] = repeats(steps);
}
for (const digits of [5, 7]) FEATURES[`count_${digits}`] = countOf(digits);

/**
 * The features of a model, and how many values it knows of each.
 * @param {Model} model
 */
export function featuresOf(model) {
  const features = model.features.map((name) => {
    if (!FEATURES[name]) throw new Error(`The model reads "${name}", which is no feature here.`);
    return FEATURES[name];
  });
  const sizes = features.map((feature) => feature.values(model.classes));
  if (!model.has_end && model.features[0] === "event") sizes[0] = model.classes; // something was always heard
  return { features, sizes };
}
