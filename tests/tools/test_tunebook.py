"""The tunebook: all tunes of a model on one page, which asks for nothing, and in one ABC file."""

import base64
import json
import re
import zlib
from dataclasses import replace

import numpy as np
import pytest
from browser import PHONE, open_browser, open_page
from tunes_by_hand import JIG, REEL, random_tune
from untrained import random_checkpoint

from melody_tutorial.config import MODELS, DatasetSettings, TrainingSettings
from melody_tutorial.datasets import build_dataset, open_dataset
from melody_tutorial.errors import UserError
from melody_tutorial.evaluation import longest_copies, originality
from melody_tutorial.funnel import Funnel
from melody_tutorial.melodies import Key, Melody, decode_events
from melody_tutorial.music.abc import read_abc, split_tunes, tune_title
from melody_tutorial.music.midi import read_midi
from melody_tutorial.networks import repertoire_of, save_checkpoint
from melody_tutorial.pipeline import Composed, compose_melodies
from melody_tutorial.training import begin_run
from tools import tunebook

TUNES = 45  # three pages
HOSTILE = "\"><script>alert('1')</script>&\u202e"
MODEL = replace(MODELS["melody_rnn"], units=(8, 6), embedding=5)


def melody_of(seed, facts, sections="AABB"):
    """A random tune, with a name that no page may take for its own text."""
    events = decode_events(random_tune(seed, facts, sections).ids)
    how = {"key": Key(0, facts.mode), "metre": facts.metre, "is_whole": True}
    return Melody(events, 4, facts.steps_per_bar, source=f"book/{seed:04} {HOSTILE}.mid", **how)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run whose model is untrained: it plays noise, and ends when it likes, or never."""
    folder = tmp_path_factory.mktemp("book")
    kinds = [REEL, replace(JIG, mode="dorian")]
    melodies = [melody_of(seed, facts) for seed in range(40) for facts in kinds]
    build_dataset(melodies, Funnel(), folder / "dataset", DatasetSettings(transpose="tonic"))
    begin_run(folder / "run", folder / "dataset", MODEL, TrainingSettings())
    tunes = [random_tune(0, replace(facts, bars=8)) for facts in kinds]
    checkpoint = replace(random_checkpoint(model=MODEL), repertoire=repertoire_of(MODEL, tunes))
    checkpoint.weights["logits/bias"][-1] = -2  # or tunes would be very short
    save_checkpoint(folder / "run" / "checkpoint", checkpoint)
    return folder / "run"


@pytest.fixture(scope="module")
def book(run, tmp_path_factory):
    """The files of a book."""
    return tunebook.write_book(run, tmp_path_factory.mktemp("tunebook"), TUNES, 3)


@pytest.fixture(scope="module")
def browser():
    with open_browser() as browser:
        yield browser


def composed_by(run):
    return compose_melodies(run, settings=tunebook.SamplingSettings(num_outputs=TUNES, seed=3))


def content_of(page):
    """What is packed into a page."""
    (text,) = re.findall(r'id="data"[^>]*>([^<]*)<', page.read_text(encoding="utf-8"))
    return json.loads(zlib.decompress(base64.b64decode(text)))


def notes_shared(entry):
    """Notes of the longest exact passage of a tune of the page."""
    return entry["exact"][0] if entry["exact"] else 0


def notes_of_score(score):
    """Onsets from the first one on, lengths, in steps, and pitches."""
    ticks = score.ticks_per_quarter / 4
    columns = score.onset - score.onset[:1], score.end - score.onset
    return [np.rint(column / ticks).tolist() for column in columns] + [score.pitch.tolist()]


def notes_of_melody(melody):
    onset, end, pitch = melody.notes()
    return [(onset - onset[:1]).tolist(), (end - onset).tolist(), pitch.tolist()]


def test_the_abc_file_has_all_tunes_and_abc2midi_reads_the_same_notes(book, run):
    composed = composed_by(run)
    tunes = split_tunes(book[1].read_text(encoding="utf-8"))
    assert [tune_title(tune) for tune in tunes] == [each.title for each in composed]
    assert {each.melody.metre for each in composed} == {(4, 4), (6, 8)}
    for each, score in zip(composed, read_abc(book[1].read_bytes()), strict=True):
        assert notes_of_score(score) == notes_of_melody(each.melody)


def test_the_page_knows_each_tune_and_what_it_shares(book, run):
    composed, content = composed_by(run), content_of(book[0])
    training = open_dataset(run.parent / "dataset").records("train")
    learned = [decode_events(record.ids) for record in training]
    copies = longest_copies([each.melody.events for each in composed], learned)
    assert len(content["tunes"]) == TUNES
    for each, copy, entry in zip(composed, copies, content["tunes"], strict=True):
        events = [ord(letter) - tunebook.FIRST_CHARACTER for letter in entry["events"]]
        assert events == each.melody.events.tolist()
        assert notes_shared(entry) == (copy.notes if copy else 0)
        assert not copy or entry["exact"][1] + ".mid" == training[copy.source].source
        assert entry["abc"] in book[1].read_text(encoding="utf-8")
    assert {entry["key"][1] for entry in content["tunes"]} == {"major", "dorian"}
    assert {entry["whole"] for entry in content["tunes"]} == {True, False}


def test_the_page_says_what_real_tunes_share(book, run):
    dataset = open_dataset(run.parent / "dataset")
    learned, test = ([decode_events(ids) for ids in dataset.melodies(side)] for side in ("train", "test"))
    real = originality(test, learned, [record.family for record in dataset.records("test")])
    text = book[0].read_text(encoding="utf-8")
    assert f"real tunes{real.exact:.1f}{real.varied:.1f}" in re.sub("<[^>]*>", "", text)
    assert f'data-exact="{real.exact.value:.1f}" data-varied="{real.varied.value:.1f}"' in text
    assert f"learned from {len(learned)} tunes" in text and "(seed&nbsp;3)" in text
    whole = sum(entry["whole"] for entry in content_of(book[0])["tunes"])
    assert 0 < whole < TUNES and f"{whole} ended by themselves, the others" in text


def test_the_same_seed_makes_the_same_book(book, run, tmp_path):
    again = tunebook.write_book(run, tmp_path, TUNES, 3)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in book]
    other = tunebook.write_book(run, tmp_path, TUNES, 4)
    assert other[1].read_bytes() != book[1].read_bytes()


def test_a_tune_takes_600_bytes_of_the_page_at_most():
    """By tunes of 32 bars that repeat themselves as real ones do, and copies with long names."""
    tunes = [melody_of(seed, (REEL, JIG)[seed % 2]) for seed in range(100)]
    composed = [Composed(tune, 0, 0.0, 0, f"Reel in C major, No. {n}") for n, tune in enumerate(tunes, 1)]
    events = [tune.events for tune in tunes]
    shared = originality(events, events[::-1])
    book = tunebook.Book(composed, shared, shared, 100, [tune.source for tune in tunes])
    assert len(tunebook.packed(tunebook.entries(book))) / len(tunes) <= 600


@pytest.mark.parametrize("tunes", [0, -3])
def test_a_book_has_a_tune_at_least(tunes, run, tmp_path):
    with pytest.raises(UserError, match=f"tunes is {tunes}: allowed are whole numbers from 1 up"):
        tunebook.write_book(run, tmp_path, tunes, 0)


def test_a_model_of_other_melodies_is_refused(tmp_path):
    with pytest.raises(UserError, match="--run basic_rnn composes no whole tunes: name a melody_rnn"):
        tunebook.write_book("basic_rnn", tmp_path, 2, 0)
    assert not list(tmp_path.iterdir())


def test_a_folder_of_others_is_left_alone(run, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match=r"holds other files and no tunebook\.html"):
        tunebook.write_book(run, tmp_path, 2, 0)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


class TestInABrowser:
    def titles(self, page):
        return page.locator("article h2").all_text_contents()

    def numbers(self, page):
        return [int(title.rpartition(" ")[2]) for title in self.titles(page)]

    def test_it_opens_at_once_and_is_turned_like_pages(self, browser, book):
        with open_page(browser, book[0]) as page:
            assert page.evaluate("performance.now()") < 1000
            assert self.numbers(page) == list(range(1, 21))
            assert page.inner_text("#found") == "45 tunes, 1 to 20 below"
            page.click(".pager button:text('Next') >> nth=0")
            page.click(".pager button:text('Next') >> nth=1")
            assert self.numbers(page) == list(range(41, 46)) and page.url.endswith("#page=3")
            assert page.evaluate("document.activeElement.id") == "found"
            assert page.locator(".pager button:text('Next') >> nth=0").is_disabled()
            page.go_back()
            assert self.numbers(page) == list(range(21, 41))

    def test_its_tunes_are_chosen_by_metre_mode_and_number(self, browser, book):
        entries = content_of(book[0])["tunes"]
        jigs = [n for n, entry in enumerate(entries, 1) if entry["metre"] == [6, 8]]
        with open_page(browser, book[0]) as page:
            options = page.locator("[name=metre] option").all_text_contents()
            assert set(options) == {"any", f"6/8 ({len(jigs)})", f"4/4 ({TUNES - len(jigs)})"}
            page.select_option("[name=metre]", "6/8")
            assert self.numbers(page) == jigs[:20] and page.url.endswith("#metre=6/8")
            page.select_option("[name=mode]", "major")
            assert page.inner_text("#found") == "No tune fits: choose another metre, mode or number."
            page.fill("[name=number]", "17")
            page.press("[name=number]", "Enter")
            assert self.numbers(page) == [17] and page.url.endswith("#number=17")
            page.click("text=Show all")
            assert len(self.numbers(page)) == 20

    def test_its_address_says_what_is_shown(self, browser, book):
        entries = content_of(book[0])["tunes"]
        jigs = [n for n, entry in enumerate(entries, 1) if entry["metre"] == [6, 8]]
        jigs.sort(key=lambda n: -notes_shared(entries[n - 1]))  # of equal ones by number
        with open_page(browser, book[0]) as page:
            page.goto(f"{book[0].as_uri()}#metre=6/8&order=exact-down")
            assert self.numbers(page) == jigs[:20]
            assert page.input_value("[name=order]") == "exact-down"
            page.goto(f"{book[0].as_uri()}#page=99&order=nothing&other=1")
            assert self.numbers(page) == list(range(41, 46))

    def test_one_tune_sounds_at_a_time(self, browser, book):
        with open_page(browser, book[0]) as page:
            for number in (0, 1):
                page.locator(".play").nth(number).press("Enter")
                page.wait_for_selector(".playing .playhead[visibility=visible]", state="attached")
                assert page.locator(".play").nth(number).text_content() == "■ Stop"
                assert page.locator(".playing").count() == 1
            before = page.get_attribute(".playing .playhead", "transform")
            page.wait_for_function(
                "b => document.querySelector('.playing .playhead').getAttribute('transform') != b", arg=before
            )
            page.keyboard.press("Escape")
            assert page.locator(".playing, [visibility=visible]").count() == 0

    def test_its_files_are_those_of_the_package(self, browser, book, run):
        with open_page(browser, book[0]) as page:
            links = page.eval_on_selector_all(".save", "all => all.map((link) => [link.download, link.href])")
            names = page.eval_on_selector_all(".save", "all => all.map((link) => link.ariaLabel)")
            with page.expect_download() as saved:
                page.click("text=Save these as ABC")
            assert saved.value.path().read_bytes() == book[1].read_bytes()
        files = {name: base64.b64decode(address.partition(",")[2]) for name, address in links}
        for number, each in enumerate(composed_by(run)[:20], 1):
            score = read_midi(files[f"tune-{number:04}.mid"])
            assert notes_of_score(score) == notes_of_melody(each.melody)
            assert score.tempo_qpm[0] == pytest.approx(each.melody.qpm, rel=1e-5)
            assert (score.signature_numerator[0], score.signature_denominator[0]) == each.melody.metre
            assert score.key_fifths[0] == each.melody.key.sharps()
            (read,) = read_abc(files[f"tune-{number:04}.abc"])
            assert notes_of_score(read) == notes_of_melody(each.melody)
            assert f"Save MIDI: {each.title}" in names

    def test_it_reads_well_on_a_telephone(self, browser, book):
        with open_page(browser, book[0], PHONE) as page:
            assert page.evaluate("document.documentElement.scrollWidth") == 390
            sizes = page.eval_on_selector_all(
                "button, .save, select, input",
                "all => all.map((each) => each.getBoundingClientRect().height)",
            )
            assert min(sizes) >= 44
            page.locator(".play").nth(0).tap()
            page.wait_for_selector(".playing")

    def test_a_tune_without_a_note_has_its_place(self, browser, tmp_path):
        """A model that has learned little may draw it again and again."""
        empty = replace(melody_of(0, REEL), events=np.full(16, -2, np.int8))
        composed = [Composed(empty, 0, 0.0, 0, "Reel in C major, No. 1")]
        shared = originality([empty.events], [empty.events])
        page = tunebook.page_of(
            tunebook.Book(composed, shared, shared, 1, ["a.mid"]), random_checkpoint(), "mine", 0
        )
        (tmp_path / "book.html").write_text(page, encoding="utf-8")
        with open_page(browser, tmp_path / "book.html") as page:
            assert page.text_content("article p") == "4/4 · 1 bar · 0 notes"
            assert page.text_content("article .exact") == "exact: 0 notes (real tunes 0.0)"
            page.click(".play")
            page.wait_for_selector(".playing")

    def test_names_of_files_stay_text(self, browser, book):
        with open_page(browser, book[0]) as page:
            assert HOSTILE in page.locator("article >> nth=0 >> .exact").text_content()
            assert page.locator("script").count() == 2

    def test_screen_readers_hear_what_is_what(self, browser, book):
        with open_page(browser, book[0]) as page:
            title = self.titles(page)[0]
            assert page.get_by_role("article", name=title, exact=True).count() == 1
            assert page.get_by_role("img", name=f"Piano roll of {title}", exact=True).count() == 1
            assert page.get_by_role("button", name=f"Play {title}", exact=True).count() == 1
            assert page.get_by_role("heading", level=1).text_content() == "45 tunes by a recurrent network"


def luminance(colour):
    """Relative luminance of a colour such as #1f6fa8 (WCAG 2.2)."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    shares = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def test_its_text_stands_out_from_what_lies_below():
    assert contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.01)
    style = (tunebook.TEMPLATES / "tunebook.css").read_text(encoding="utf-8")
    themes = [
        dict(re.findall(r"--(\w+): (#\w+)", block)) for block in re.findall(r":root \{(.*?)\}", style)[:2]
    ]
    assert len(themes) == 2 and all(len(theme) >= 9 for theme in themes)
    for colours in themes:
        for text in ("ink", "soft", "blue", "orange"):
            for ground in ("paper", "card"):
                assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        for shape in ("blue", "orange", "ink"):
            assert contrast(colours[shape], colours["roll"]) >= 3
        assert contrast(colours["field"], colours["paper"]) >= 3
