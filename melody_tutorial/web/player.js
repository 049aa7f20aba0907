/** The player: tunes to see, to hear and to keep, by mouse, touch and keyboard. */

import { button, slider, toggle } from "./controls.js";
import { element } from "./dom.js";
import { actionOf } from "./keys.js";
import { midiBytes } from "./midi.js";
import { Roll } from "./roll.js";
import { beginToSound, onlyOneSounds, openSpeaker } from "./speaker.js";
import { Transport } from "./transport.js";
import { describe, pitchName, placeInWords, readTune, stepsPerBeat } from "./tune.js";

/** @typedef {import("./tune.js").Tune} Tune */

const TICK_MILLISECONDS = 25;
const AHEAD_SECONDS = { seen: 0.25, hidden: 1.6 }; // a hidden page has one tick a second
const ICONS = { play: "M3 1l11 7-11 7z", stop: "M2 2h12v12h-12z", start: "M2 2h2.5v12h-2.5zM14 2v12l-8-6z" };
const NO_SOUND = "This browser cannot make sound here: the notes can be seen and saved, but not heard.";
const calm = matchMedia("(prefers-reduced-motion: reduce)");

let players = 0; // the buttons of one choice share a name, which no other player has

/**
 * Put a player in the place of what an element holds.
 * @param {HTMLElement} host
 * @param {{tunes: any[]}} data what `readTune` reads, once for each tune
 * @returns {Player | null} null where the data is no music; then a sentence says so
 */
export function mountPlayer(host, data) {
  try {
    return new Player(host, data.tunes.map(readTune));
  } catch (error) {
    host.replaceChildren(element("p", { className: "mt-message" }, /** @type {Error} */ (error).message));
    return null;
  }
}

/** One player in the page. */
export class Player {
  /** @param {HTMLElement} host @param {Tune[]} tunes */
  constructor(host, tunes) {
    this.tunes = tunes;
    this.chosen = 0;
    this.position = 0;
    this.switched = { loop: false, metronome: false, drone: false };
    this.roll = new Roll(tunes, (step, number) => this.seek(step, number));
    this.makeControls();
    this.choose(0);
    host.replaceChildren(this.arrange());
    this.leave = onlyOneSounds(this, () => this.stop());
    if (!globalThis.AudioContext) this.say(NO_SOUND);
  }

  /** The tune that is heard. */
  get tune() {
    return this.tunes[this.chosen];
  }

  get playing() {
    return Boolean(this.transport?.run);
  }

  /** Share of the tune's own tempo. */
  get speed() {
    return Number(this.tempo.input.value) / 100;
  }

  makeControls() {
    this.playButton = button("Play", () => (this.playing ? this.stop() : this.play()), { icon: ICONS.play });
    this.playButton.classList.add("mt-main");
    this.startButton = button("", () => this.jump(0), { icon: ICONS.start, name: "Back to the start" });
    const switched = (/** @type {keyof Player["switched"]} */ name) => (/** @type {boolean} */ pressed) => {
      this.switched[name] = pressed;
      this.applySwitches();
    };
    this.loop = toggle("Loop", switched("loop"));
    this.metronome = toggle("Metronome", switched("metronome"));
    this.drone = toggle("Drone", switched("drone"));
    this.tempo = slider("Tempo", [25, 200, 100], () => this.setSpeed());
    this.volume = slider("Volume", [0, 100, 80], () => this.setVolume());
    this.saveButton = button("Save MIDI", () => this.save());
    this.place = element("span", { className: "mt-place" });
    this.caption = element("p", { className: "mt-caption" });
    this.message = element("p", { className: "mt-message", role: "status" });
    this.setVolume();
    const silent = !globalThis.AudioContext || this.tunes.every((tune) => !tune.notes.length);
    const sounding = [this.playButton, this.loop, this.metronome, this.drone, this.tempo.input, this.volume.input];
    for (const control of sounding) control.disabled = silent;
  }

  /** All parts, in reading order. */
  arrange() {
    const { playButton, startButton, loop, metronome, drone, tempo, volume, saveButton } = this;
    const parts = [playButton, startButton, loop, metronome, drone, tempo.label, volume.label, saveButton];
    const controls = element("div", { className: "mt-controls" }, ...parts);
    const head = element("div", { className: "mt-head" }, this.caption, this.place);
    return element(
      "div",
      {
        className: "mt-player",
        role: "group",
        "aria-label": `Player: ${this.tunes.map((tune) => tune.title).filter(Boolean).join(", ") || "a melody"}`,
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.pressed(event),
      },
      head,
      ...this.choices(),
      // Below several rolls, the buttons would lie below the window.
      ...(this.tunes.length > 1 ? [controls, this.roll.element] : [this.roll.element, controls]),
      this.message,
    );
  }

  /** What chooses among several tunes, and how they are drawn. */
  choices() {
    if (this.tunes.length === 1) return [];
    const name = `mt-choice-${++players}-${Math.random().toString(36).slice(2)}`;
    this.radios = this.tunes.map((_, number) =>
      element("input", { type: "radio", name, checked: !number, onchange: () => this.choose(number) }),
    );
    const labels = this.tunes.map(({ title }, number) =>
      element("label", {}, this.radios[number], ` ${title || `melody ${number + 1}`}`),
    );
    const group = { className: "mt-choice", role: "radiogroup", "aria-label": "Melody that is heard" };
    const overlaid = toggle("Overlaid", (pressed) => this.roll.overlay(pressed));
    return [element("div", { className: "mt-choices" }, element("div", group, ...labels), overlaid)];
  }

  /** Hear another tune, from the same bar on. @param {number} number */
  choose(number) {
    const bars = this.heard() / this.tune.bar;
    this.chosen = number;
    if (this.radios) this.radios[number].checked = true;
    const title = this.tune.title || "the melody";
    this.caption.textContent = `${this.tune.title ? `${this.tune.title}: ` : ""}${describe(this.tune)}`;
    this.roll.choose(number, `Position in ${title}: ${this.summary()}`);
    this.metronome.disabled = this.playButton.disabled || this.tune.inSeconds;
    this.sayTempo();
    const step = bars * this.tune.bar;
    this.jump(step < this.tune.length ? step : 0);
  }

  /** What the roll shows, in words. */
  summary() {
    const pitches = this.tune.notes.map((note) => note.pitch);
    if (!pitches.length) return "no note";
    return `${describe(this.tune)}, between ${pitchName(Math.min(...pitches))} and ${pitchName(Math.max(...pitches))}`;
  }

  /** Step that is heard, or from which it will go on. */
  heard() {
    return this.playing ? (this.transport.positionAt(this.now()) ?? 0) : this.position;
  }

  /** Time of what is heard now: sound takes a moment to the loudspeaker. */
  now() {
    const { context } = this.speaker;
    return context.currentTime - (context.outputLatency || 0);
  }

  /** Go on from a step of a tune. @param {number} step @param {number} number */
  seek(step, number) {
    if (number !== this.chosen) this.choose(number);
    this.jump(step);
  }

  /** Go on from a step. @param {number} step */
  jump(step) {
    this.show(step);
    if (this.playing) this.goOn(step);
  }

  /** @param {number} step */
  show(step) {
    this.position = step;
    this.place.textContent = placeInWords(this.tune, step);
    this.roll.moveTo(step, this.playing);
  }

  /** Sound, from where the playhead stands; only what a reader does calls it, never the page itself. */
  async play() {
    this.speaker = await openSpeaker();
    if (!this.speaker) return this.say(NO_SOUND);
    const { context, out, synth } = this.speaker;
    if (!this.transport) {
      this.gain = new GainNode(context);
      this.gain.connect(out);
      this.transport = new Transport(context, this.gain, synth);
    }
    this.setVolume();
    this.setSpeed();
    this.applySwitches();
    beginToSound(this);
    this.goOn(this.position);
    this.showPlaying();
  }

  /** @param {number} step */
  goOn(step) {
    clearInterval(this.timer);
    this.transport.start(this.tune, step);
    this.tick();
    this.timer = setInterval(() => this.tick(), TICK_MILLISECONDS);
  }

  /** Silence; the playhead stays, but at the end of the tune it goes back to its start. */
  stop() {
    if (!this.playing) return;
    const at = this.heard();
    this.transport.stop();
    clearInterval(this.timer);
    this.show(at);
    this.showPlaying();
  }

  /** Schedule what sounds next, and show what sounds now. */
  tick() {
    const ahead = document.hidden ? AHEAD_SECONDS.hidden : AHEAD_SECONDS.seen;
    this.transport.schedule(this.transport.context.currentTime + ahead);
    const at = this.transport.positionAt(this.now());
    if (at === null) return this.stop();
    // Who wants little motion sees the playhead go from beat to beat.
    const beat = stepsPerBeat(this.tune);
    const shown = calm.matches ? Math.floor(at / beat) * beat : at;
    requestAnimationFrame(() => this.playing && this.show(shown));
  }

  showPlaying() {
    this.playButton.querySelector("span").textContent = this.playing ? "Stop" : "Play";
    this.playButton.querySelector("path").setAttribute("d", this.playing ? ICONS.stop : ICONS.play);
  }

  setSpeed() {
    this.transport?.setSpeed(this.speed);
    this.sayTempo();
  }

  sayTempo() {
    const percent = `${Math.round(100 * this.speed)} %`;
    this.tempo.say(this.tune.inSeconds ? percent : `${Math.round(this.tune.qpm * this.speed)} qpm`);
  }

  setVolume() {
    const volume = Number(this.volume.input.value);
    this.volume.input.setAttribute("aria-valuetext", `${volume} %`);
    // Loudness grows more slowly than amplitude.
    if (this.gain) this.gain.gain.value = (volume / 100) ** 2;
  }

  applySwitches() {
    if (!this.transport) return;
    this.transport.loop = this.switched.loop;
    this.transport.metronome = this.switched.metronome;
    if (this.transport.drone !== this.switched.drone) this.transport.setDrone(this.switched.drone);
  }

  /** Give the tune as a MIDI file, in the tempo that is set. */
  save() {
    const file = new Blob([midiBytes(this.tune, this.tune.qpm * this.speed)], { type: "audio/midi" });
    const address = URL.createObjectURL(file);
    const name = this.tune.title.replace(/[^\p{L}\p{N}]+/gu, "_").replace(/^_|_$/g, "");
    element("a", { href: address, download: `${name || "melody"}.mid` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  /** @param {string} text */
  say(text) {
    this.message.textContent = text;
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    event.stopPropagation(); // in a notebook, letters would add and delete cells
    const act = actionOf(this, event);
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** Fall silent for good: the player was taken out of the page. */
  dispose() {
    this.stop();
    this.leave();
    this.roll.watcher.disconnect();
  }
}
