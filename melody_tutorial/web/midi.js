/** A tune as a MIDI file of one track. */

/** @typedef {import("./tune.js").Tune} Tune */

const TICKS_PER_QUARTER = 480; // as nearly as the steps allow
const SHARPS = { major: 0, minor: -3, dorian: -2, mixolydian: -1, lydian: 1, phrygian: -4, locrian: -5 };
const ON = 0x90;
const OFF = 0x80;

/**
 * A MIDI file with the tune's notes, tempo, time and key signature; its first step is tick 0.
 * @param {Tune} tune
 * @param {number} [qpm] tempo; the tune's own unless told
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function midiBytes(tune, qpm = tune.qpm) {
  const ticksPerStep = Math.max(1, Math.round(TICKS_PER_QUARTER / tune.stepsPerQuarter));
  const events = tune.notes.flatMap(({ start, end, pitch, velocity }) => [
    { tick: end * ticksPerStep, bytes: [OFF, pitch, 0] },
    { tick: start * ticksPerStep, bytes: [ON, pitch, velocity] },
  ]);
  // Of one tick, ends come first: a repeated note is to sound again.
  events.sort((a, b) => a.tick - b.tick || a.bytes[0] - b.bytes[0]);
  const track = [...signatures(tune, qpm)];
  let tick = 0;
  for (const event of events) {
    track.push(...variableLength(event.tick - tick), ...event.bytes);
    tick = event.tick;
  }
  track.push(...variableLength(tune.length * ticksPerStep - tick), 0xff, 0x2f, 0);
  const header = [...bigEndian(0, 2), ...bigEndian(1, 2), ...bigEndian(ticksPerStep * tune.stepsPerQuarter, 2)];
  return Uint8Array.from([...chunk("MThd", header), ...chunk("MTrk", track)]);
}

/** Name of the track, tempo, time and key signature. @param {Tune} tune @param {number} qpm */
function* signatures(tune, qpm) {
  yield* meta(3, [...new TextEncoder().encode(tune.title)]);
  yield* meta(0x51, bigEndian(Math.round(6e7 / qpm), 3));
  if (!tune.inSeconds) {
    const [numerator, denominator] = timeSignature(tune);
    yield* meta(0x58, [numerator, Math.log2(denominator), 24, 8]);
  }
  if (tune.key && tune.key[1] in SHARPS) {
    const [tonic, mode] = tune.key;
    const sharps = ((7 * tonic + SHARPS[/** @type {keyof typeof SHARPS} */ (mode)] + 29) % 12) - 5;
    yield* meta(0x59, [sharps & 255, mode === "minor" ? 1 : 0]);
  }
}

/** Numerator and denominator; of a bar of that length where no metre is known. @param {Tune} tune */
function timeSignature({ metre, bar, stepsPerQuarter }) {
  if (metre) return metre;
  const denominator = [4, 8, 16, 32, 64].find((d) => Number.isInteger((bar * d) / 4 / stepsPerQuarter)) ?? 4;
  return [(bar * denominator) / 4 / stepsPerQuarter, denominator];
}

/** @param {number} kind @param {number[]} bytes */
const meta = (kind, bytes) => [0, 0xff, kind, ...variableLength(bytes.length), ...bytes];

/** @param {string} name @param {number[]} bytes */
const chunk = (name, bytes) => [...new TextEncoder().encode(name), ...bigEndian(bytes.length, 4), ...bytes];

/** @param {number} number @param {number} size */
const bigEndian = (number, size) => Array.from({ length: size }, (_, i) => (number >> (8 * (size - 1 - i))) & 255);

/** Seven bits a byte, the last without its highest bit. @param {number} number @returns {number[]} */
function variableLength(number) {
  const bytes = [number & 127];
  while ((number >>= 7)) bytes.unshift((number & 127) | 128);
  return bytes;
}
