/** The page of a tunebook: which tunes are shown, each with its piano roll and its files; one sounds at a time. */

import { drawn, element } from "./dom.js";
import { midiBytes } from "./midi.js";
import { openSpeaker } from "./speaker.js";
import { Transport } from "./transport.js";
import { pitchName, readTune } from "./tune.js";

const PER_PAGE = 20;
const BARS_IN_LINE = 16; // of a piano roll: strains of eight bars, repeated, lie side by side
const EDGE = 1; // semitones above and below the notes of a line
const GAP = 0.12; // between lines, as a share of their height
const LINE_REM = 3.8; // height of a line
const [THICK, BETWEEN] = [1.5, 0.3]; // of a note: semitones from top to bottom, steps to the next note
const FIRST_CHARACTER = 34; // stands for pitch 0
const AHEAD_SECONDS = 1.6; // scheduled ahead: browsers wake a hidden page once a second
const TICK_MILLISECONDS = 50;
const NO_SOUND = "This browser cannot make sound here: the tunes can be seen and saved, but not heard.";
const NONE_FITS = "No tune fits: choose another metre, mode or number.";
const TOO_OLD = "This browser is too old to unpack the tunes of this page: a newer one shows them.";
const NOTHING_ASKED = { metre: "", mode: "", order: "number", number: "", page: "1" };
const sharedNotes = (kind) => (tune) => tune[kind]?.[0] ?? 0;
const ORDERS = {
  number: ["by number", (one, other) => one.number - other.number],
  "exact-up": ["shortest exact passage first", by(sharedNotes("exact"))],
  "exact-down": ["longest exact passage first", by(sharedNotes("exact"), -1)],
  "varied-up": ["shortest varied passage first", by(sharedNotes("varied"))],
  "varied-down": ["longest varied passage first", by(sharedNotes("varied"), -1)],
};
const [form, found, list] = ["filter", "found", "tunes"].map((id) => document.getElementById(id));
const pagers = [...document.querySelectorAll(".pager")];
const stored = document.getElementById("data");
const real = stored.dataset;
let book = { head: "", tunes: [] };
let playing = null; // what sounds: its card, and the timer that goes on with it
let transport = null;

/** An order by a figure, of equal ones by number. */
function by(figure, sign = 1) {
  return (one, other) => sign * (figure(one) - figure(other)) || one.number - other.number;
}

/** What was packed into the page: JSON, compressed, in base64. */
async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

/** A tune of the page as the instruments read it, with what else is known of it. */
function withNotes(entry, index) {
  const events = [...entry.events].map((letter) => letter.codePointAt(0) - FIRST_CHARACTER);
  return { ...entry, ...readTune({ ...entry, events }), number: index + 1, metreName: entry.metre.join("/") };
}

/** What the address asks for. */
function asked() {
  const words = new URLSearchParams(location.hash.slice(1));
  return Object.fromEntries(Object.entries(NOTHING_ASKED).map(([name, usual]) => [name, words.get(name) ?? usual]));
}

/** Ask for something else: the address says so, and the browser's way back leads here. */
function ask(changes) {
  history.pushState(null, "", address({ ...asked(), page: "1", ...changes }));
  show();
}

function address(wanted) {
  const words = Object.entries(wanted).filter(([name, value]) => value !== NOTHING_ASKED[name]);
  return `#${new URLSearchParams(words)}`.replaceAll("%2F", "/");
}

/** The tunes that are asked for, in their order. */
function chosen({ metre, mode, order, number }) {
  const fits = (tune) => (!metre || tune.metreName === metre) && (!mode || tune.key[1] === mode);
  const tunes = book.tunes.filter((tune) => (number ? tune.number === Number(number) : fits(tune)));
  return tunes.sort((ORDERS[order] ?? ORDERS.number)[1]);
}

/** Show what the address asks for. */
function show() {
  stop();
  const wanted = asked();
  for (const [name, value] of Object.entries(wanted)) if (form.elements[name]) form.elements[name].value = value;
  const tunes = chosen(wanted);
  const pages = Math.max(1, Math.ceil(tunes.length / PER_PAGE));
  const page = Math.min(Math.max(1, Math.trunc(wanted.page) || 1), pages);
  const first = (page - 1) * PER_PAGE;
  const here = tunes.slice(first, first + PER_PAGE);
  found.textContent = tunes.length ? howMany(tunes.length, pages > 1 && [first + 1, first + here.length]) : NONE_FITS;
  list.replaceChildren(...here.map(card));
  for (const pager of pagers) pager.replaceChildren(...(pages > 1 ? pageButtons(page, pages) : []));
}

/** A number of things. */
const amount = (number, thing) => `${number.toLocaleString("en")} ${thing}${number === 1 ? "" : "s"}`;

/** How many tunes there are, and which of them are shown if not all are. */
function howMany(tunes, shown) {
  const text = amount(tunes, "tune");
  return shown ? `${text}, ${shown.join(" to ")} below` : text;
}

function pageButtons(page, pages) {
  const button = (text, to) =>
    element("button", { type: "button", disabled: to < 1 || to > pages, onclick: () => turnTo(to) }, text);
  return [button("Previous", page - 1), `Page ${page} of ${pages}`, button("Next", page + 1)];
}

/** Another page, read from its top. */
function turnTo(page) {
  ask({ page: String(page) });
  found.focus({ preventScroll: true });
  found.scrollIntoView();
}

/** A tune with its picture, its buttons and its figures. */
function card(tune) {
  const roll = rollOf(tune);
  const play = element("button", { type: "button", className: "play", onclick: () => toggle(made) }, "▶ Play");
  const made = { tune, roll, play };
  const head = element("h2", { id: `tune-${tune.number}` }, element("a", { href: `#number=${tune.number}` }, tune.title));
  const tools = element("div", { className: "tools" }, play, ...["mid", "abc"].map((kind) => fileLink(tune, kind)));
  const abc = element("details", {}, element("summary", {}, "ABC"), element("pre", { tabIndex: 0 }, tune.abc));
  const figures = ["exact", "varied"].map((kind) => copyLine(tune, kind));
  const parts = [head, element("p", {}, inWords(tune)), roll.svg, tools, ...figures, abc];
  made.article = element("article", { "aria-labelledby": head.id }, ...parts);
  sayWhatItDoes(made);
  return made.article;
}

/** Metre, bars, notes and range of a tune, in words. */
function inWords(tune) {
  const pitches = tune.notes.map((note) => note.pitch);
  const range = pitches.length ? [`${pitchName(Math.min(...pitches))} to ${pitchName(Math.max(...pitches))}`] : [];
  const words = [tune.metreName, amount(barsOf(tune), "bar"), amount(pitches.length, "note"), ...range];
  return [...words, ...(tune.whole ? [] : ["cut at a bar line"])].join(" · ");
}

/** Steps from the first bar line to a pickup; 0 where there is none. */
const pickup = ({ notes, bar }) => (notes.length && notes[0].start < bar ? notes[0].start : 0);

/** How many bars a tune has, that of its pickup not counted. */
const barsOf = (tune) => Math.round(tune.length / tune.bar) - (pickup(tune) > 0);

/** What a tune shares with those that were learned from, beside what real ones do. */
function copyLine(tune, kind) {
  const notes = sharedNotes(kind)(tune);
  const source = notes ? [" · ", element("bdi", {}, tune[kind][1])] : [];
  const count = element("b", {}, `${kind}: ${amount(notes, "note")}`);
  return element("p", { className: kind }, count, ` (real tunes ${real[kind]})`, ...source);
}

/** A link that saves a tune as MIDI or as ABC. */
function fileLink(tune, kind) {
  const bytes = kind === "mid" ? midiBytes(tune) : new TextEncoder().encode(book.head + tune.abc);
  const text = { mid: "Save MIDI", abc: "Save ABC" }[kind];
  return element(
    "a",
    {
      className: "save",
      href: `data:${{ mid: "audio/midi", abc: "text/vnd.abc" }[kind]};base64,${btoa(String.fromCharCode(...bytes))}`,
      download: `tune-${String(tune.number).padStart(4, "0")}.${kind}`,
      "aria-label": `${text}: ${tune.title}`,
    },
    text,
  );
}

/** Where everything stands in the roll of a tune: sixteen bars to a line, a pickup left of the first bar line. */
function layOut(tune) {
  const margin = pickup(tune) && tune.bar - pickup(tune);
  const firstLine = pickup(tune) ? tune.bar : 0; // step of the first bar line
  const lineSteps = BARS_IN_LINE * tune.bar;
  const lines = Math.max(1, Math.ceil(barsOf(tune) / BARS_IN_LINE));
  const pitches = tune.notes.map((note) => note.pitch);
  const high = Math.max(...pitches, 0);
  const height = high - Math.min(...pitches, high) + 1 + 2 * EDGE;
  const below = height * (1 + GAP); // from the top of a line to that of the next
  /** From the left, and from the top. */
  const place = (step) => {
    const line = Math.min(Math.max(0, Math.floor((step - firstLine) / lineSteps)), lines - 1);
    return [margin + step - firstLine - line * lineSteps, line * below];
  };
  return { place, high, height, below, lines, width: margin + lineSteps, firstLine };
}

/** The piano roll of a tune, and a way to move its playhead. */
function rollOf(tune) {
  const { place, high, height, below, lines, width, firstLine } = layOut(tune);
  const [from, to] = tune.exact?.slice(2) ?? [0, 0];
  const isCopied = (note) => note.start >= from && note.start < to;
  const box = ({ start, end, pitch }) => {
    const [x, top] = place(start);
    const length = end - start - BETWEEN;
    return `M${x} ${top + EDGE + high - pitch - (THICK - 1) / 2}h${length}v${THICK}h${-length}z`;
  };
  const bar = (_, number) => `M${place(firstLine + number * tune.bar).join(" ")}v${height}`;
  const line = (_, number) => `M0 ${number * below}h${width}v${height}h${-width}z`;
  const path = (kind, parts) => drawn("path", { class: kind, d: parts.join("") });
  const playhead = drawn("path", { class: "playhead", d: `M0 0v${height}`, visibility: "hidden" });
  const svg = drawn(
    "svg",
    { viewBox: `0 0 ${width} ${lines * below - height * GAP}`, preserveAspectRatio: "none", style: `height: ${lines * LINE_REM}rem` },
    path("line", Array.from({ length: lines }, line)),
    path("bars", Array.from({ length: barsOf(tune) }, bar)),
    path("notes", tune.notes.filter((note) => !isCopied(note)).map(box)),
    path("copied", tune.notes.filter(isCopied).map(box)),
    playhead,
  );
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `Piano roll of ${tune.title}`);
  const moveTo = (step) => {
    playhead.setAttribute("visibility", step === null ? "hidden" : "visible");
    playhead.setAttribute("transform", `translate(${place(step ?? 0).join(" ")})`);
  };
  return { svg, moveTo };
}

/** Play the tune of a card, or stop it. */
async function toggle(made) {
  const wanted = playing?.made !== made;
  stop();
  const speaker = wanted && (await openSpeaker());
  if (!speaker) return wanted && (found.textContent = NO_SOUND);
  stop(); // what was asked for while the loudspeaker was opened
  transport ??= new Transport(speaker.context, speaker.out, speaker.synth);
  transport.start(made.tune, pickup(made.tune));
  playing = { made, timer: setInterval(goOn, TICK_MILLISECONDS) };
  sayWhatItDoes(made);
  goOn();
}

/** Schedule what comes next, and move the playhead. */
function goOn() {
  const { currentTime } = transport.context;
  transport.schedule(currentTime + AHEAD_SECONDS);
  const step = transport.positionAt(currentTime);
  if (step === null) stop();
  else playing.made.roll.moveTo(step);
}

/** Silence. */
function stop() {
  if (!playing) return;
  const { made, timer } = playing;
  clearInterval(timer);
  transport.stop();
  made.roll.moveTo(null);
  playing = null;
  sayWhatItDoes(made);
}

/** Let the button of a card say what it does now. */
function sayWhatItDoes({ tune, play, article }) {
  const sounds = playing?.made.play === play;
  const word = sounds ? "Stop" : "Play";
  article.classList.toggle("playing", sounds);
  play.textContent = `${sounds ? "■" : "▶"} ${word}`;
  play.setAttribute("aria-label", `${word} ${tune.title}`);
}

/** All tunes that are asked for, as one ABC file. */
function saveShown() {
  const text = book.head + chosen(asked()).map((tune) => tune.abc).join("\n");
  const href = URL.createObjectURL(new Blob([text], { type: "text/vnd.abc" }));
  element("a", { href, download: "tunebook.abc" }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}

/** What there is to choose from, with how many tunes each, most frequent first. */
function fillChoices() {
  for (const [choice, value] of Object.entries({ metre: (tune) => tune.metreName, mode: (tune) => tune.key[1] })) {
    const counts = new Map();
    for (const tune of book.tunes) counts.set(value(tune), (counts.get(value(tune)) ?? 0) + 1);
    const options = [...counts].sort((one, other) => other[1] - one[1]);
    form.elements[choice].append(...options.map(([text, tunes]) => new Option(`${text} (${tunes})`, text)));
  }
  form.elements.order.append(...Object.entries(ORDERS).map(([value, [text]]) => new Option(text, value)));
}

form.addEventListener("change", ({ target }) => {
  const others = target.name === "number" ? NOTHING_ASKED : { number: "" };
  ask({ ...others, [target.name]: target.value });
});
form.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("all").addEventListener("click", () => ask(NOTHING_ASKED));
document.getElementById("save").addEventListener("click", saveShown);
addEventListener("hashchange", show);
addEventListener("keydown", ({ key }) => key === "Escape" && stop());

if (globalThis.DecompressionStream) {
  const content = await unpack(stored.textContent);
  book = { ...content, tunes: content.tunes.map(withNotes) };
  fillChoices();
  show();
} else found.textContent = TOO_OLD;
