/** What was heard of a melody, step by step, and what is known before the first, as in `heard.py`. */

export const METRES = ["2/4", "3/4", "4/4", "2/2", "3/8", "6/8", "9/8", "12/8", "3/2", "6/4"];
export const MODES = ["major", "minor", "dorian", "mixolydian"];
export const LAGS = 16; // bars that are looked back at most
export const LOOKBACKS = [16, 32]; // steps at which Magenta's models look back
export const UNKNOWN = -1;
export const SPECIAL_EVENTS = 2; // no-event, note-off
const NO_NOTE = 0; // where a note's class would stand
const NOTE_OFF = 1;
const UP = 1;
const DOWN = 2;
const KEYS = 12;
const STEPS_IN_MAJOR = [0, 2, 4, 5, 7, 9, 11];

/**
 * What is known about a tune before its first event; null: nothing.
 * @typedef {object} Facts
 * @property {[number, number] | null} metre
 * @property {string | null} mode
 * @property {number | null} bars
 * @property {number} steps_per_bar
 */

/** @type {Facts} */
export const NOTHING_KNOWN = { metre: null, mode: null, bars: null, steps_per_bar: 16 };

/**
 * Whether a major scale has the pitch of a class; both encodings begin on a C.
 * @param {number} key
 * @param {number} id
 */
function inScale(key, id) {
  return id >= SPECIAL_EVENTS && STEPS_IN_MAJOR.includes((id - SPECIAL_EVENTS - key + 12 * KEYS) % 12);
}

/** SCALES[class][key] */
const SCALES = Array.from({ length: 130 }, (_, id) =>
  Array.from({ length: KEYS }, (_, key) => Number(inScale(key, id))),
);

/** The keys that have most, as the binary digits of a number. @param {number[]} counts of each key */
function fullest(counts) {
  const most = Math.max(...counts);
  return counts.reduce((sum, count, key) => sum + (count === most ? 2 ** key : 0), 0);
}

/** What the notes so far tell. */
class Notes {
  sounding = NO_NOTE; // class of the note that sounds
  attack = 0; // 1: the last event that is no note-off was an onset
  direction = 0; // of the last step to another pitch, UP or DOWN; 0: there was none
  /** @type {number[]} */
  recent = [NO_NOTE, NO_NOTE, NO_NOTE]; // classes of the last different pitches, the latest first
  inScale = Array(KEYS).fill(0); // how many of the notes each major scale has

  /** @param {number} id the next event */
  hear(id) {
    if (id === NOTE_OFF) {
      this.sounding = NO_NOTE;
      return;
    }
    this.attack = Number(id >= SPECIAL_EVENTS);
    if (!this.attack) return;
    this.sounding = id;
    const [last, second, third] = this.recent;
    if (last !== NO_NOTE && id !== last) this.direction = id > last ? UP : DOWN;
    if (id === second) this.recent = [id, last, third];
    else if (id !== last) this.recent = [id, last, second];
    for (let key = 0; key < KEYS; key++) this.inScale[key] += SCALES[id][key];
  }

  /** The major scales that have most of the notes. */
  fullestScales() {
    return fullest(this.inScale);
  }

  /** The same of the recent pitches, each once. */
  recentScales() {
    return fullest(this.inScale.map((_, key) => this.recent.reduce((sum, id) => sum + SCALES[id][key], 0)));
  }

  /** One that goes on by itself. */
  copy() {
    return Object.assign(new Notes(), this, { recent: [...this.recent], inScale: [...this.inScale] });
  }
}

/** What was heard of one melody. */
export class Heard {
  /**
   * @param {Facts} facts
   * @param {number} classes of events; as an event, this number stands for none
   */
  constructor(facts, classes) {
    this.classes = classes;
    this.bar = facts.steps_per_bar;
    this.metre = placeIn(METRES, facts.metre?.join("/"));
    this.mode = placeIn(MODES, facts.mode);
    this.bars = facts.bars ?? UNKNOWN;
    this.steps = 0; // events heard
    this.history = new Uint8Array(512);
    this.last = this.pitch = this.pitchBefore = classes; // the last event, the last onset, the one before
    this.since = 0; // steps since the last onset, that of the next event counted in
    this.begun = UNKNOWN; // step of the first onset
    this.agreement = new Int32Array(LAGS); // steps of agreement with itself so many bars before
    this.notes = new Notes();
  }

  /** Hear the next event. @param {number} id */
  hear(id) {
    for (let lag = 0; lag < LAGS; lag++)
      this.agreement[lag] = this.before(lag) === id ? this.agreement[lag] + 1 : 0;
    if (this.steps === this.history.length) this.history = lengthened(this.history);
    this.history[this.steps] = this.last = id;
    if (id >= SPECIAL_EVENTS) {
      this.pitchBefore = this.pitch;
      this.pitch = id;
      this.since = 1;
      if (this.begun === UNKNOWN) this.begun = this.steps;
    } else if (this.since) this.since += 1;
    this.notes.hear(id);
    this.steps += 1;
  }

  /** Whole bars heard. */
  get barsHeard() {
    return Math.floor(this.steps / this.bar);
  }

  /** The event so many steps before the next; `classes`: there was none. @param {number} steps */
  ago(steps) {
    return steps > this.steps ? this.classes : this.history[this.steps - steps];
  }

  /** The event some bars before the next. @param {number} lag bars, less one */
  before(lag) {
    return this.ago((lag + 1) * this.bar);
  }

  /** The lag at which the melody has agreed with itself for longest; of equal ones the shortest. */
  longest() {
    let best = 0;
    for (let lag = 1; lag < LAGS; lag++) if (this.agreement[lag] > this.agreement[best]) best = lag;
    return best;
  }

  /** One that goes on by itself. */
  copy() {
    const { history, agreement, notes } = this;
    const own = { history: history.slice(), agreement: agreement.slice(), notes: notes.copy() };
    return /** @type {Heard} */ (Object.assign(Object.create(Heard.prototype), this, own));
  }
}

/** Twice as long. @param {Uint8Array} array */
function lengthened(array) {
  const longer = new Uint8Array(2 * array.length);
  longer.set(array);
  return longer;
}

/**
 * Place of a value among those that are known; behind them, if it is none.
 * @param {string[]} known
 * @param {any} value
 */
function placeIn(known, value) {
  const place = known.indexOf(value);
  return place < 0 ? known.length : place;
}
