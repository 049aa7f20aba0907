/** What sounds when: a tune played from a step, once or in a loop, with a metronome and a drone on demand. */

import { Synth } from "./synth.js";
import { dronePitchClass, stepsPerBeat } from "./tune.js";

/** @typedef {import("./tune.js").Tune} Tune */

const LEAD_SECONDS = 0.06; // between the wish to hear something and its start
const CUT_SECONDS = 0.015; // in which everything that sounds is taken back

/**
 * One stretch of playing, from a start to the next stop, jump or change of tempo.
 * @typedef {object} Run
 * @property {GainNode} bus everything of the run passes here, and can be silenced here
 * @property {number} first step at which it started
 * @property {number} from a step, and
 * @property {number} time when it sounds; all others follow by the tempo
 * @property {number} done step up to which its sounds are scheduled; a loop counts on
 * @property {() => void} endDrone
 */

/** Plays a tune into a node; time is that of the node's audio context. */
export class Transport {
  /** @param {BaseAudioContext} context @param {AudioNode} out @param {Synth} synth */
  constructor(context, out, synth = new Synth(context)) {
    this.context = context;
    this.out = out;
    this.synth = synth;
    /** @type {Run | null} */
    this.run = null;
    this.speed = 1; // of the tune's own tempo
    this.loop = false;
    this.metronome = false;
    this.drone = false;
  }

  /** Play a tune from a step; what sounded before ends. @param {Tune} tune @param {number} from */
  start(tune, from) {
    this.stop();
    const bus = new GainNode(this.context);
    bus.connect(this.out);
    this.tune = tune;
    const time = this.context.currentTime + LEAD_SECONDS;
    this.run = { bus, first: from, from, time, done: from, endDrone: () => {} };
    for (const note of tune.notes) {
      if (note.start < from && note.end > from + tune.stepsPerQuarter / 8) this.pluck(note, from, note.end - from);
    }
    this.setDrone(this.drone);
  }

  /** Silence. */
  stop() {
    if (!this.run) return;
    const { bus, endDrone } = this.run;
    bus.gain.setTargetAtTime(0, this.context.currentTime, CUT_SECONDS);
    endDrone();
    setTimeout(() => bus.disconnect(), 400);
    this.run = null;
  }

  /** Go on faster or slower, with what is not scheduled yet. @param {number} speed of the tune's own tempo */
  setSpeed(speed) {
    if (this.run) Object.assign(this.run, { time: this.timeOf(this.run.done), from: this.run.done });
    this.speed = speed;
  }

  /** Seconds that a step takes. */
  secondsPerStep() {
    return 60 / (this.tune.qpm * this.speed * this.tune.stepsPerQuarter);
  }

  /** Steps since the beginning of the first time through, at a time of the context. @param {number} time */
  stepsAt(time) {
    return Math.max(this.run.first, this.run.from + (time - this.run.time) / this.secondsPerStep());
  }

  /** Step that is heard at a time of the context; null once the tune is over. @param {number} time */
  positionAt(time) {
    const steps = this.stepsAt(time);
    return this.loop || steps < this.tune.length ? steps % this.tune.length : null;
  }

  /** Schedule all that starts before a time of the context. @param {number} until */
  schedule(until) {
    const { tune, run } = this;
    const last = this.loop ? Infinity : tune.length;
    const to = Math.min(this.stepsAt(until), last);
    for (let lap = Math.floor(run.done / tune.length); lap * tune.length < to; lap++) {
      const offset = lap * tune.length;
      const due = (/** @type {number} */ step) => step + offset >= run.done && step + offset < to;
      for (const note of tune.notes) {
        if (due(note.start)) this.pluck(note, note.start + offset, note.end - note.start);
      }
      if (this.metronome && !tune.inSeconds) this.click(offset, due);
    }
    run.done = Math.max(run.done, to);
  }

  /** @param {import("./tune.js").Note} note @param {number} step @param {number} steps */
  pluck(note, step, steps) {
    this.synth.note(this.run.bus, note.pitch, this.timeOf(step), steps * this.secondsPerStep(), note.velocity);
  }

  /** @param {number} offset steps of the times through before this one @param {(step: number) => boolean} due */
  click(offset, due) {
    const beat = stepsPerBeat(this.tune);
    for (let step = 0; step < this.tune.length; step += beat) {
      if (due(step)) this.synth.click(this.run.bus, this.timeOf(offset + step), step % this.tune.bar === 0);
    }
  }

  /** @param {number} steps as of `stepsAt` */
  timeOf(steps) {
    return this.run.time + (steps - this.run.from) * this.secondsPerStep();
  }

  /** Let the drone sound, now if something plays, or end it. @param {boolean} wanted */
  setDrone(wanted) {
    this.drone = wanted;
    if (!this.run) return;
    this.run.endDrone();
    this.run.endDrone = wanted ? this.synth.drone(this.run.bus, dronePitchClass(this.tune)) : () => {};
  }
}
