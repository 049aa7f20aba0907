/** The sound of a plucked string, as views/audio.py makes it; clicks of a metronome; a drone. */

const PARTIALS = 8;
const ATTACK_SECONDS = 0.004;
const RELEASE_SECONDS = 0.12;
const PLUCK_POSITION = 0.22;
const STIFFNESS = 1e-4;
const DECAY_SECONDS = 1.1;
const QUIET = 0.01; // a string has died away when its lowest partial is so small
const LEVEL = 0.5; // of a note of velocity 127: leaves room for the next one
const DRONE_LEVEL = 0.07;

/** Frequency in Hz of a MIDI pitch; pitch 69 is 440 Hz. @param {number} pitch */
export const frequency = (pitch) => 440 * 2 ** ((pitch - 69) / 12);

/**
 * A string from the moment it is plucked until it has died away.
 * @param {number} pitch
 * @param {number} rate samples per second
 * @returns {Float32Array<ArrayBuffer>}
 */
export function pluckedString(pitch, rate) {
  const decay = 2 ** ((pitch - 60) / 24) / DECAY_SECONDS; // of the lowest partial, in 1/s
  const loudness = 2 ** ((60 - pitch) / 36);
  const samples = new Float32Array(Math.round((rate * Math.log(1 / QUIET)) / decay));
  for (let n = 1; n <= PARTIALS; n++) {
    const hertz = frequency(pitch) * n * Math.sqrt((1 + STIFFNESS * n ** 2) / (1 + STIFFNESS));
    if (hertz >= rate / 2) break;
    const amplitude = (loudness * Math.sin(n * Math.PI * PLUCK_POSITION)) / n;
    addDampedSine(samples, (2 * Math.PI * hertz) / rate, amplitude, Math.exp((-decay * n ** 0.9) / rate));
  }
  const attack = halfCosine(Math.max(2, Math.round(ATTACK_SECONDS * rate)));
  attack.forEach((share, i) => (samples[i] *= share));
  const release = halfCosine(Math.round(RELEASE_SECONDS * rate));
  release.forEach((share, i) => (samples[samples.length - 1 - i] *= share));
  return samples;
}

/**
 * Add amplitude · sin(turn · i) · shrink^i, each sample made of the two before it.
 * @param {Float32Array} samples @param {number} turn @param {number} amplitude @param {number} shrink
 */
function addDampedSine(samples, turn, amplitude, shrink) {
  let [before, now] = [(-amplitude * Math.sin(turn)) / shrink, 0];
  const [first, second] = [2 * shrink * Math.cos(turn), shrink ** 2];
  for (let i = 0; i < samples.length; i++) {
    samples[i] += now;
    [before, now] = [now, first * now - second * before];
  }
}

/** Half a cosine that rises from 0 to 1. @param {number} length */
function halfCosine(length) {
  return Float32Array.from({ length }, (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * i) / (length - 1)));
}

const FALL = halfCosine(32).reverse();

/** Plays notes, clicks and a drone in an audio context, each at its time, into a node. */
export class Synth {
  /** @param {BaseAudioContext} context */
  constructor(context) {
    this.context = context;
    /** @type {Map<number, AudioBuffer>} */
    this.strings = new Map();
  }

  /** @param {number} pitch @returns {AudioBuffer} */
  string(pitch) {
    let buffer = this.strings.get(pitch);
    if (!buffer) {
      const samples = pluckedString(pitch, this.context.sampleRate);
      buffer = this.context.createBuffer(1, samples.length, this.context.sampleRate);
      buffer.copyToChannel(samples, 0);
      this.strings.set(pitch, buffer);
    }
    return buffer;
  }

  /**
   * Pluck a string and damp it after some seconds.
   * @param {AudioNode} out @param {number} pitch @param {number} when @param {number} seconds
   * @param {number} velocity
   */
  note(out, pitch, when, seconds, velocity) {
    const level = (LEVEL * velocity) / 127;
    const source = new AudioBufferSourceNode(this.context, { buffer: this.string(pitch) });
    const gain = new GainNode(this.context, { gain: level });
    gain.gain.setValueCurveAtTime(FALL.map((share) => share * level), when + seconds, RELEASE_SECONDS);
    source.connect(gain).connect(out);
    source.start(when);
    source.stop(when + seconds + RELEASE_SECONDS);
  }

  /** A click, higher where a bar begins. @param {AudioNode} out @param {number} when @param {boolean} first */
  click(out, when, first) {
    const source = new OscillatorNode(this.context, { frequency: first ? 1760 : 1175, type: "triangle" });
    const gain = new GainNode(this.context, { gain: 0 });
    gain.gain.setValueAtTime(first ? 0.4 : 0.25, when);
    gain.gain.exponentialRampToValueAtTime(0.001, when + 0.05);
    source.connect(gain).connect(out);
    source.start(when);
    source.stop(when + 0.06);
  }

  /**
   * Tonic and fifth, held.
   * @param {AudioNode} out @param {number} pitchClass
   * @returns {() => void} ends it
   */
  drone(out, pitchClass) {
    const now = this.context.currentTime;
    const gain = new GainNode(this.context, { gain: 0 });
    gain.gain.setValueAtTime(0, now);
    gain.gain.linearRampToValueAtTime(DRONE_LEVEL, now + 0.2);
    gain.connect(out);
    const strings = [36, 48, 55].map((pitch) => {
      const source = new OscillatorNode(this.context, { frequency: frequency(pitch + pitchClass), type: "triangle" });
      source.connect(gain);
      source.start(now);
      return source;
    });
    return () => {
      gain.gain.setTargetAtTime(0, this.context.currentTime, 0.05);
      strings.forEach((source) => source.stop(this.context.currentTime + 0.3));
    };
  }
}
