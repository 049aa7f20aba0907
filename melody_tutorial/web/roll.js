/** Piano rolls of tunes on one pitch axis, one below the other or one over the other, with a playhead. */

import { drawn, element } from "./dom.js";
import { isBlack, pitchName, placeInWords } from "./tune.js";

/** @typedef {import("./tune.js").Tune} Tune */

const RULER = 22; // pixels above the first roll, for the numbers of the bars
const TITLE = 22; // above each roll of several, or of one with a primer
const EDGE = 6; // beside a roll: room for the playhead
const LETTER = 8; // width of a letter of a title, at most
const NAMES_WIDTH = 46; // width of the names of the keys
const ROW = { alone: 9, several: 6 }; // height of a semitone
const FEWEST_ROWS = 12;
const STEP = { least: 12, most: 88 }; // pixels of a quarter, or of a second
const NUMBER = 30; // pixels that a bar's number needs

/**
 * The rows of all tunes: the lowest pitch and the highest, with a margin, an octave or more.
 * @param {Tune[]} tunes
 * @returns {[number, number]}
 */
export function pitchRange(tunes) {
  const pitches = tunes.flatMap((tune) => tune.notes.map((note) => note.pitch));
  if (!pitches.length) return [60, 72];
  const [low, high] = [Math.min(...pitches) - 1, Math.max(...pitches) + 1];
  const missing = Math.max(0, FEWEST_ROWS - (high - low));
  return [low - Math.floor(missing / 2), high + Math.ceil(missing / 2)];
}

/** A drawing of tunes; it says where it was clicked, and shows where the music is. */
export class Roll {
  /** @param {Tune[]} tunes @param {(step: number, tune: number) => void} onSeek */
  constructor(tunes, onSeek) {
    this.tunes = tunes;
    this.onSeek = onSeek;
    this.chosen = 0;
    this.position = 0;
    this.overlaid = false;
    const [low, high] = pitchRange(tunes);
    this.low = low;
    this.high = high;
    this.names = element("div", { className: "mt-names", "aria-hidden": "true" });
    this.field = element("div", { className: "mt-field", tabIndex: 0, role: "slider", "aria-valuemin": 0 });
    this.element = element("div", { className: "mt-roll" }, this.names, this.field);
    this.field.addEventListener("click", (/** @type {MouseEvent} */ event) => this.clicked(event));
    this.field.addEventListener("scroll", () => this.markMore());
    this.watcher = new ResizeObserver(() => this.layOut());
    this.watcher.observe(this.element);
  }

  /** Height of a semitone in pixels. */
  get row() {
    return this.tunes.length > 1 && !this.overlaid ? ROW.several : ROW.alone;
  }

  /** Height of one roll. */
  get height() {
    return (this.high - this.low + 1) * this.row;
  }

  /** The tunes that have a roll of their own. */
  get lanes() {
    return this.overlaid ? [this.chosen] : this.tunes.map((_, number) => number);
  }

  /** Top of the roll of a tune. @param {number} number */
  top(number) {
    const titled = this.lanes.length > 1 || this.tunes.some((tune) => tune.primerSteps > 0);
    return RULER + (titled ? TITLE : 0) + this.lanes.indexOf(number) * (this.height + TITLE);
  }

  /** Middle of the row of a pitch, from the top of its roll. @param {number} pitch */
  middle(pitch) {
    return (this.high - pitch + 0.5) * this.row;
  }

  /** Draw everything anew, as wide as there is room, or wider where notes would be too small. */
  layOut() {
    const room = this.element.clientWidth - NAMES_WIDTH - 2 * EDGE - 3;
    if (room <= 0) return;
    const bars = Math.max(...this.tunes.map((tune) => tune.length / tune.bar));
    const quarters = this.tunes[0].bar / this.tunes[0].stepsPerQuarter;
    this.barWidth = Math.min(Math.max(room / bars, STEP.least * quarters), STEP.most * quarters);
    const width = Math.max(bars * this.barWidth, 1);
    const { lanes } = this;
    const height = this.top(lanes[lanes.length - 1]) + this.height + 4;
    this.playhead = drawn("path", { class: "mt-playhead", d: `M0 ${RULER}V${height}M-5 ${RULER - 8}h10l-5 8z` });
    const parts = [this.ruler(bars), ...lanes.map((number) => this.lane(number, width)), this.playhead];
    const size = { width: width + 2 * EDGE, height, viewBox: `${-EDGE} 0 ${width + 2 * EDGE} ${height}` };
    this.field.replaceChildren(drawn("svg", { ...size, "aria-hidden": "true" }, ...parts));
    const keys = lanes.map((number) => this.keys(number));
    this.names.replaceChildren(drawn("svg", { width: NAMES_WIDTH, height }, ...keys));
    this.lit = new Set();
    this.moveTo(this.position);
    this.markMore();
  }

  /** Numbers of the bars, or seconds. @param {number} bars */
  ruler(bars) {
    const seconds = this.tunes[0].inSeconds;
    const every = [1, 2, 4, 5, 8, 10, 16, 20, 32, 64].find((n) => n * this.barWidth >= NUMBER) ?? 128;
    const shown = Array.from({ length: Math.ceil(bars / every) }, (_, i) => i * every);
    const texts = shown.map((bar) =>
      drawn("text", { x: bar * this.barWidth + 2, y: 11 }, seconds ? `${bar} s` : `${bar + 1}`),
    );
    return drawn("g", { class: "mt-ruler" }, ...texts);
  }

  /** One roll; if overlaid, others lie behind it. @param {number} number of its tune @param {number} width */
  lane(number, width) {
    const tune = this.tunes[number];
    const rows = Array.from({ length: this.high - this.low + 1 }, (_, i) => this.low + i);
    const shade = rows.filter(isBlack).map((pitch) => `M0 ${this.middle(pitch)}h${width}`);
    const bars = Array.from({ length: Math.round(width / this.barWidth) + 1 }, (_, i) => i * this.barWidth);
    const parts = [
      drawn("rect", { class: "mt-paper", width, height: this.height }),
      drawn("path", { class: "mt-shade", d: shade.join(""), "stroke-width": this.row }),
      drawn("path", { class: "mt-bars", d: bars.map((x) => `M${x} 0v${this.height}`).join("") }),
    ];
    if (this.overlaid) {
      parts.push(...this.tunes.flatMap((_, other) => (other === number ? [] : [this.notes(other, "mt-behind")])));
    }
    const title = this.lanes.length > 1 ? `${number === this.chosen ? "♪ " : ""}${tune.title}` : "";
    parts.push(this.notes(number, number === this.chosen ? "mt-chosen" : "mt-other"), ...this.primer(tune, title));
    if (title) parts.push(drawn("text", { class: "mt-lane-title", x: 2, y: -6 }, title));
    return drawn("g", { transform: `translate(0 ${this.top(number)})`, "data-tune": number }, ...parts);
  }

  /** The notes of a tune. @param {number} number @param {string} kind */
  notes(number, kind) {
    const tune = this.tunes[number];
    const scale = this.barWidth / tune.bar;
    const boxes = tune.notes.map((note) =>
      drawn("rect", {
        class: note.start < tune.primerSteps ? "mt-note mt-primer" : `mt-note mt-voice${note.voice % 4}`,
        x: note.start * scale,
        y: this.middle(note.pitch) - this.row / 2 + 0.5,
        width: Math.max(1.5, (note.end - note.start) * scale - 1),
        height: this.row - 1,
        rx: 1.5,
      }),
    );
    return drawn("g", { class: kind }, ...boxes);
  }

  /** A line where the primer ends, a word on either side. @param {Tune} tune @param {string} title left of them */
  primer(tune, title) {
    if (!(tune.primerSteps > 0 && tune.primerSteps < tune.length)) return [];
    const x = (tune.primerSteps * this.barWidth) / tune.bar;
    const left = drawn("text", { class: "mt-primer-word", x: x - 4, y: -6, "text-anchor": "end" }, "primer");
    return [
      drawn("path", { class: "mt-border", d: `M${x} -16v${this.height + 16}` }),
      ...(x > (title.length + 6) * LETTER ? [left] : []),
      drawn("text", { class: "mt-composed-word", x: x + 4, y: -6 }, "composed"),
    ];
  }

  /** The piano at the left of a roll: black keys, and the names of the white ones. @param {number} number */
  keys(number) {
    const pitches = Array.from({ length: this.high - this.low + 1 }, (_, i) => this.low + i);
    const shade = pitches.filter(isBlack).map((pitch) => `M${NAMES_WIDTH - 12} ${this.middle(pitch)}h12`);
    const white = pitches.filter((pitch) => !isBlack(pitch));
    const names = white.map((pitch) => {
      const name = pitchName(pitch);
      // E and B stand beside F and C, a row above them: two columns keep them apart.
      const x = NAMES_WIDTH - 16 - ("EB".includes(name[0]) ? 17 : 0);
      const text = name[0] === "C" ? name : name[0];
      return drawn("text", { x, y: this.middle(pitch) + 4, "text-anchor": "end" }, text);
    });
    const place = { class: "mt-keys", transform: `translate(0 ${this.top(number)})` };
    const black = drawn("path", { class: "mt-black", d: shade.join(""), "stroke-width": this.row });
    const keys = drawn("rect", { class: "mt-white", x: NAMES_WIDTH - 12, width: 12, height: this.height });
    return drawn("g", place, keys, black, ...names);
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const { left } = this.field.firstElementChild.getBoundingClientRect();
    const lane = /** @type {Element} */ (event.target).closest("[data-tune]");
    const number = lane ? Number(lane.getAttribute("data-tune")) : this.chosen;
    const tune = this.tunes[number];
    const step = ((event.clientX - left - EDGE) / this.barWidth) * tune.bar;
    this.onSeek(Math.min(Math.max(0, step), tune.length - 1e-3), number);
  }

  /** Make a tune the one that is heard. @param {number} number @param {string} name for screen readers */
  choose(number, name) {
    this.chosen = number;
    this.field.setAttribute("aria-label", name);
    this.layOut();
  }

  /** Draw the tunes one over the other, or one below the other. @param {boolean} overlaid */
  overlay(overlaid) {
    this.overlaid = overlaid;
    this.layOut();
  }

  /** Show where the music is. @param {number} step @param {boolean} [sounds] whether it is heard */
  moveTo(step, sounds = false) {
    this.position = step;
    const tune = this.tunes[this.chosen];
    this.field.setAttribute("aria-valuemax", Math.round(tune.length / tune.bar));
    this.field.setAttribute("aria-valuenow", (step / tune.bar).toFixed(2));
    this.field.setAttribute("aria-valuetext", placeInWords(tune, step));
    if (!this.playhead) return;
    const x = (step * this.barWidth) / tune.bar;
    this.playhead.setAttribute("transform", `translate(${x} 0)`);
    this.light(sounds ? step : -1);
    if (sounds) this.follow(x);
  }

  /** Light the notes that sound at a step, and no others. @param {number} step */
  light(step) {
    const boxes = this.field.querySelector(".mt-chosen").children;
    this.tunes[this.chosen].notes.forEach((note, number) => {
      boxes[number].classList.toggle("mt-lit", note.start <= step && step < note.end);
    });
  }

  /** Turn the page when the playhead leaves it. @param {number} x */
  follow(x) {
    const { scrollLeft, clientWidth } = this.field;
    if (x < scrollLeft || x > scrollLeft + clientWidth - 24) this.field.scrollLeft = x - 12;
  }

  /** A shadow at each edge behind which the roll goes on. */
  markMore() {
    const { scrollLeft, clientWidth, scrollWidth } = this.field;
    this.element.classList.toggle("mt-more-left", scrollLeft > 1);
    this.element.classList.toggle("mt-more-right", scrollLeft + clientWidth < scrollWidth - 1);
  }
}
