/** A melody or a score as the instruments read it: notes on a grid of steps. */

const NO_EVENT = -2;
const PITCH_CLASSES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

/**
 * @typedef {object} Note
 * @property {number} start step at which it starts
 * @property {number} end step at which it ends, exclusive
 * @property {number} pitch MIDI pitch
 * @property {number} voice number of its instrument
 * @property {number} velocity 1 … 127
 *
 * @typedef {object} Tune
 * @property {string} title
 * @property {Note[]} notes in the order of their starts
 * @property {number} length steps, up to the end of the last bar
 * @property {number} stepsPerQuarter
 * @property {number} bar steps in a bar; in a second where time runs in seconds
 * @property {boolean} inSeconds whether time runs in seconds, as tempo or metre change
 * @property {number} qpm quarter notes per minute
 * @property {number} primerSteps notes that start before this step are the primer's
 * @property {[number, string] | null} key pitch class of the tonic, and mode
 * @property {[number, number] | null} metre numerator and denominator
 */

/**
 * The tune that data of a page or of a notebook tells: a melody by its `events`, or a score by its `notes`.
 * @param {any} data
 * @returns {Tune}
 * @throws {Error} it is no music; the message is a sentence for the reader.
 */
export function readTune(data) {
  /** @type {Note[]} */
  const notes = data.events ? notesOf(data.events) : (data.notes ?? []).map(noteOf);
  const wrong = notes.find(({ start, end, pitch }) => !(start >= 0 && end > start && pitch >= 0 && pitch <= 127));
  if (wrong) throw new Error(`This melody has a note of pitch ${wrong.pitch}: pitches go from 0 to 127.`);
  const stepsPerQuarter = data.steps_per_quarter ?? 4;
  const inSeconds = data.steps_per_bar === null;
  const bar = inSeconds ? stepsPerQuarter : (data.steps_per_bar ?? 16);
  const steps = Math.max(data.events?.length ?? 0, ...notes.map((note) => note.end), 1);
  return {
    title: data.title ?? "",
    notes,
    length: Math.ceil(steps / bar) * bar,
    stepsPerQuarter,
    bar,
    inSeconds,
    qpm: data.qpm ?? 120,
    primerSteps: data.primer_steps ?? 0,
    key: data.key ?? null,
    metre: data.metre ?? null,
  };
}

/** @param {number[]} numbers start, end, pitch, and perhaps voice and velocity @returns {Note} */
function noteOf([start, end, pitch, voice = 0, velocity = 100]) {
  return { start, end, pitch, voice, velocity };
}

/**
 * The notes of melody events: −2 no-event, −1 note-off, 0 … 127 note-on of that pitch.
 * @param {number[]} events
 * @returns {Note[]}
 */
export function notesOf(events) {
  const changes = events.flatMap((event, step) => (event === NO_EVENT ? [] : [step]));
  return changes.flatMap((start, number) =>
    events[start] < 0 ? [] : [noteOf([start, changes[number + 1] ?? events.length, events[start]])],
  );
}

/** Name of a MIDI pitch with its octave: 60 is C4. @param {number} pitch */
export const pitchName = (pitch) => `${PITCH_CLASSES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;

/** Whether a pitch has a black key on the piano. @param {number} pitch */
export const isBlack = (pitch) => PITCH_CLASSES[pitch % 12].length > 1;

/** Steps of a beat: a dotted note where the metre is compound, as 6/8 is. @param {Tune} tune */
export function stepsPerBeat({ metre, stepsPerQuarter }) {
  if (!metre) return stepsPerQuarter;
  const compound = metre[1] >= 8 && metre[0] % 3 === 0 && metre[0] > 3;
  return ((stepsPerQuarter * 4) / metre[1]) * (compound ? 3 : 1);
}

/** Notes and length in words: "42 notes, 12 bars". @param {Tune} tune */
export function describe(tune) {
  const length = Math.round(tune.length / tune.bar);
  const unit = tune.inSeconds ? "second" : "bar";
  return `${counted(tune.notes.length, "note")}, ${counted(length, unit)}`;
}

/** @param {number} number @param {string} word */
const counted = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

/** Where a step lies, in words: "bar 3, beat 2"; bars count from 1. @param {Tune} tune @param {number} step */
export function placeInWords(tune, step) {
  const whole = Math.floor(step / tune.bar + 1e-6);
  if (tune.inSeconds) return `second ${whole}`;
  return `bar ${whole + 1}, beat ${Math.floor((step - whole * tune.bar) / stepsPerBeat(tune) + 1e-6) + 1}`;
}

/** Pitch class on which a drone sounds: the tonic, or the last note's where no key is known. @param {Tune} tune */
export function dronePitchClass({ key, notes }) {
  return key ? key[0] : (notes.at(-1)?.pitch ?? 0) % 12;
}
