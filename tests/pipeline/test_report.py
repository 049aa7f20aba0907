"""The page of a run: whole, self-contained, safe with hostile names, whatever is missing."""

import base64
import json
import re
from dataclasses import asdict
from html.parser import HTMLParser

import numpy as np
import pytest

from melody_tutorial import files
from melody_tutorial.config import DatasetSettings, ExtractionSettings, ModelSettings, TrainingSettings
from melody_tutorial.errors import UserError
from melody_tutorial.evaluation.statistics import melody_statistics
from melody_tutorial.funnel import Funnel, Reject
from melody_tutorial.melodies.abc_notation import save_abc
from melody_tutorial.melodies.melody import Melody, melody_to_score
from melody_tutorial.music.midi import write_midi
from melody_tutorial.networks.checkpoint import Checkpoint, save_checkpoint, weight_shapes
from melody_tutorial.pipeline import report
from melody_tutorial.reporter import STATISTICS, TUNE_FIGURES
from melody_tutorial.training.history import COLUMNS, write_history
from melody_tutorial.views import audio, images, piano_roll

TWINKLE = Melody(np.array([60, -2, 60, -2, 67, -2, 67, -2, 69, -2, 69, -2, 67, -2, -2, -2], dtype=np.int8))
HOSTILE = "\"><script>alert('1')</script>&\u202e.mid"


class Page(HTMLParser):
    """What a browser would find: the tags with their attributes, and the text."""

    def __init__(self, path):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in {"meta", "link", "img", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, "a tag is closed that is not open"

    def handle_data(self, data):
        if self.open and self.open[-1] not in {"style", "script"}:
            self.text += " ".join(data.split()) + " "

    def attributes(self, tag: str, name: str) -> list[str]:
        return [found[name] for kind, found in self.tags if kind == tag and name in found]


def players_of(run) -> list[list[dict]]:
    """The tunes of each player on the page of a run."""
    page = (run / "report.html").read_text(encoding="utf-8")
    found = re.findall(r'<script type="application/json">(.*?)</script>', page)
    return [json.loads(data)["tunes"] for data in found]


def epoch(number: int, loss: float) -> dict[str, float]:
    return dict.fromkeys(COLUMNS, 0.5) | {"epoch": number, "seconds": 90.0 * number, "validation_loss": loss}


def write_melody(folder, name: str, melody: Melody = TWINKLE) -> None:
    files.write_bytes(folder / f"{name}.mid", write_midi(melody_to_score(melody)))
    audio.write_wav(folder / f"{name}.wav", audio.synthesize(melody))
    images.save_png(piano_roll.plot_melody(melody, name), folder / f"{name}.png")


def manifest() -> dict:
    funnel = Funnel()
    funnel.count("files", 1200)
    funnel.count("melodies", 7)
    funnel.reject(Reject(HOSTILE, "polyphonic", "bar 3"))
    funnel.change("cut", 2, 1_300)
    return {
        "funnel": funnel.as_dict(),
        "train": {"melodies": 1006},
        "test": {"melodies": 1},
        "extraction": asdict(ExtractionSettings(min_bars=5)),
        "dataset": asdict(DatasetSettings()),
    }


def figures(loss: float) -> dict:
    """What is written of a model of that loss."""
    shares = {"accuracy": (0.5, 0.4, 0.6), "onset_accuracy": (0.1, 0.0, 0.2)}
    bits = {"timing_bits": (1.25, 1.0, 1.5), "pitch_bits": (2.5, 2.0, 3.0)}
    return {"loss": (loss, loss - 0.1, loss + 0.1), **bits, **shares}


def statistics() -> dict:
    side = asdict(melody_statistics([TWINKLE.events]))
    side |= {"exact": (12.34, 11, 13), "varied": (15, 14, 16), "surprise": (0.5, 0.4, 0.625)}
    events = TWINKLE.events.tolist()
    return {
        "figures": {"this model": figures(1.25), "bigram": figures(1.74), "copy": figures(0.9)},
        "settings": {"bars": 16, "temperature": 1.0},
        "composed": side,
        "real": side | {"exact": (10, 9, 11)},
        "chance": side | {"exact": (4, 3, 5)},
        "copies": {"exact": {"notes": 7, "composed": events, "source": events[2:], "source_name": HOSTILE}},
        "searched": {"melodies": 1006, "unknown": ["/old/run"]},
    }


def whole_tunes() -> dict:
    """Statistics of a model that composes whole tunes."""
    figures = dict.fromkeys(TUNE_FIGURES, (0.25, 0.125, 0.5))
    sets = {"composed": figures | {"aabb": (0.625, 0.5, 0.75)}, "real": figures, "read backwards": figures}
    tunes = {"sets": sets, "real": 350, "metres": {"6/8": {"composed": (1, 1, 1), "real": (0.98, 0.95, 1)}}}
    places = dict.fromkeys([*STATISTICS, *TUNE_FIGURES], "inside") | {
        "aabb": "outside",
        "exact": "within 10 %",
    }
    settings = {"settings": {"bars": None, "temperature": 1.0}}
    return statistics() | settings | {"tunes": tunes, "beside": places}


def provenance(source: str = "", events: tuple = (), included: bool = True) -> dict:
    return {
        "settings": {"temperature": 0.9, "seed": 7},
        "primer": {"source": source, "events": list(events), "included": included},
        "time_signature": {"statement": "3 quarter notes in a bar"},
    }


def make_run(folder):
    """A run with all its files, as the commands write them."""
    for name in ("melody_01", "melody_02"):
        write_melody(folder / "melodies", name)
    model = ModelSettings(units=(4,))
    weights = {name: np.zeros(shape, np.float32) for name, shape in weight_shapes(model).items()}
    save_checkpoint(folder / "checkpoint", Checkpoint(model, weights, np.ones(38, int)))
    write_history(folder, [epoch(1, 1.5), epoch(2, 1.25), epoch(3, 1.3)])
    texts = {
        "melodies/provenance.json": provenance(),
        "baselines.json": {"bigram": figures(1.74), "trigram": figures(1.5)},
        "statistics.json": statistics(),
        "dataset_manifest.json": manifest(),
        "run.json": {"model": asdict(model), "training": asdict(TrainingSettings(batch_size=17))},
    }
    for name, content in texts.items():
        files.write_text(folder / name, json.dumps(content))
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A whole run and its page."""
    run = make_run(tmp_path_factory.mktemp("runs") / "mine")
    return run, Page(report.write_report(run))


def test_every_part_of_a_whole_run_is_shown(whole):
    run, page = whole
    assert all(build(run) for build in report.PARTS.values())
    assert "run melody-tutorial" not in page.text
    assert page.open == [], "every tag is closed"


def test_every_melody_has_a_player_and_its_midi_file(whole):
    run, page = whole
    first, second, _ = players_of(run)  # the last one has the copied passage and its source
    assert [tune["title"] for tune in first + second] == ["melody_01", "melody_02"]
    score = melody_to_score(TWINKLE)
    assert [note[:3] for note in first[0]["notes"]] == np.stack(
        [score.onset, score.end, score.pitch], 1
    ).tolist()
    assert (first[0]["steps_per_bar"], first[0]["qpm"]) == (4 * score.ticks_per_quarter, 120)
    links = dict(zip(page.attributes("a", "download"), page.attributes("a", "href")[-2:], strict=True))
    assert list(links) == ["melody_01.mid", "melody_02.mid"]
    midi = base64.b64decode(links["melody_01.mid"].split(",")[1])
    assert midi == (run / "melodies" / "melody_01.mid").read_bytes()
    assert "7 notes between C4 and A4" in page.text


def test_a_melody_without_its_notes_has_its_picture(tmp_path):
    write_melody(tmp_path / "melodies", "melody_01")
    (tmp_path / "melodies" / "melody_01.mid").unlink()
    page = Page(report.write_report(tmp_path))
    assert players_of(tmp_path) == []
    png = next(source for source in page.attributes("img", "src") if "image/png" in source)
    assert base64.b64decode(png.split(",")[1]) == (tmp_path / "melodies" / "melody_01.png").read_bytes()
    assert "The sound is in melodies/melody_01.wav" in page.text


def test_the_figures_of_the_best_epoch_stand_above_the_baselines(whole):
    text = whole[1].text
    others = "1.25 (1.00–1.50) 2.50 (2.00–3.00) 50.0% (40.0–60.0) 10.0% (0.0–20.0)"
    assert f"this model 1.250 (1.150–1.350) {others}" in text
    assert f"bigram: counts what follows one event 1.740 (1.640–1.840) {others}" in text
    assert text.index("this model 1.250") < text.index("copy: the best") < text.index("bigram: counts")
    assert "Counting in this corpus still beats this model: copy." in text
    assert "best epoch was number 2 : 1.250 nats in validation, 0.500 on what" in text.replace("2:", "2 :")
    assert "test loss, nats per event 1.250" in text
    assert "minutes of training (3 epochs) 4.5" in text
    assert "weights in its LSTM layer of 4 units 878" in text
    assert "weights that training began with random" in text


def test_the_funnel_tells_counts_reasons_examples_and_advice(whole):
    text = whole[1].text
    assert "1 two notes start together" in text
    assert "bar 3" in text
    assert "--polyphony highest, or --steps-per-quarter 12" in text
    cut = "melodies are cut at --max-steps, 512 unless you say otherwise"
    assert f"{cut} 2 of 7 melodies 1,300 steps raise --max-steps" in text
    assert any("1,200 files → 7 melodies" in alt for alt in whole[1].attributes("img", "alt"))


def test_statistics_and_settings_stand_in_tables(whole):
    text = whole[1].text
    whole = "100.0% (no interval)"
    assert f"notes that belong to the key of their melody {whole} {whole} {whole}" in text
    assert "a training melody has too 12.3 (11.0–13.0) 10.0 (9.0–11.0) 4.0 (3.0–5.0)" in text
    assert "nats per event 0.500 (0.400–0.625)" in text
    assert "bars that a melody needs 5 --min-bars" in text
    assert "melody streams learned from at once 17 --batch-size" in text
    assert "1,006 " in text
    assert "seed of the split 0 --seed" in text


def test_a_frozen_split_has_no_seed(tmp_path):
    frozen = manifest() | {"split": {"frozen": "tunebooks", "sha256": "0"}}
    files.write_text(tmp_path / "dataset_manifest.json", json.dumps(frozen))
    assert "seed of the split none, the split is frozen --seed" in Page(report.write_report(tmp_path)).text


def test_what_was_copied_is_shown_and_heard_beside_its_source(whole):
    text = whole[1].text
    assert "one of the 1,006 that the model learned from" in text
    assert f"7 notes are the same exactly, in whatever key: composed, and in {HOSTILE}" in text
    assert "What /old/run learned from is not at hand" in text
    ours, theirs = players_of(whole[0])[-1]
    assert ours["title"] == "composed" and ours["events"] == TWINKLE.events.tolist()
    assert theirs["title"] == HOSTILE and theirs["events"] == TWINKLE.events.tolist()[2:]


def test_a_page_without_copies_says_nothing_of_them(tmp_path):
    files.write_text(tmp_path / "statistics.json", json.dumps(statistics() | {"copies": {}}))
    page = Page(report.write_report(tmp_path))
    assert "by heart" not in page.text and not players_of(tmp_path)


def test_figures_of_whole_tunes_stand_in_tables_of_their_own(tmp_path, whole):
    files.write_text(tmp_path / "statistics.json", json.dumps(whole_tunes()))
    page = Page(report.write_report(tmp_path))
    assert "whole tunes, at temperature 1) beside 350 real ones that it has never seen" in page.text
    real = "25.0% (12.5–50.0)"
    assert f"tunes of 32 bars that are AABB 62.5% (50.0–75.0) {real} outside {real}" in page.text
    assert "range, in semitones 0.2 (0.1–0.5) 0.2 (0.1–0.5) inside 0.2 (0.1–0.5)" in page.text
    assert "6/8 100.0% (no interval) 98.0% (95.0–100.0)" in page.text
    assert "a training melody has too 12.3 (11.0–13.0) 10.0 (9.0–11.0) 4.0 (3.0–5.0) within 10 %" in page.text
    assert page.open == []
    for words in ("Is it a tune?", "composed beside real", "whole tunes"):
        assert words not in whole[1].text
    assert "16 bars each" in whole[1].text


def test_the_page_refers_to_nothing_outside_itself(whole):
    run, page = whole
    for name in ("src", "href", "srcset", "poster", "action"):
        for tag in {kind for kind, _ in page.tags}:
            for address in page.attributes(tag, name):
                assert address.startswith(("data:", "#"))
    html = (run / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"url\(|@import|<script src|<iframe|https?://(?!www\.w3\.org)", html)
    for picture in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", html):
        svg = base64.b64decode(picture)
        assert svg.count(b'href="#') == svg.count(b"href=") > 0


def test_pictures_and_players_have_words_for_those_who_do_not_see_them(whole):
    page = whole[1]
    assert all(len(text) > 20 for text in page.attributes("img", "alt"))
    assert len(page.attributes("img", "alt")) == len(page.attributes("img", "src")) == 5
    rolls = ["melody_01", "melody_02", "composed", HOSTILE]
    assert page.attributes("svg", "aria-label") == [f"Piano roll: {name}" for name in rolls]
    saved = [name for name in page.attributes("a", "aria-label") if name.startswith("save")]
    assert saved == ["save MIDI of melody_01", "save MIDI of melody_02"]
    assert page.attributes("html", "lang") == ["en"]
    anchors = [address[1:] for address in page.attributes("a", "href") if address.startswith("#")]
    assert anchors == page.attributes("section", "id")


def test_names_are_text_whatever_they_hold(whole):
    page = whole[1]
    assert HOSTILE in page.text
    scripts = [found for kind, found in page.tags if kind == "script"]
    assert scripts == [{"type": "application/json"}] * 3 + [{"type": "module"}]


def test_a_name_that_utf8_cannot_write_does_no_harm(tmp_path):
    content = manifest()
    content["funnel"]["examples"]["polyphonic"][0]["file"] = "caf\udce9.mid"
    files.write_text(tmp_path / "dataset_manifest.json", json.dumps(content))
    assert "caf?.mid" in Page(report.write_report(tmp_path)).text


@pytest.mark.parametrize(
    ("missing", "command"),
    [
        ("melodies", "melody-tutorial sample --run"),
        ("statistics.json", "melody-tutorial evaluate"),
        ("baselines.json", "melody-tutorial train DATASET --resume"),
        ("history.csv", "melody-tutorial train"),
        ("dataset_manifest.json", "melody-tutorial extract"),
    ],
)
def test_a_part_that_is_missing_names_the_command_that_makes_it(tmp_path, missing, command):
    run = make_run(tmp_path / "my run")
    (run / missing).rename(tmp_path / "elsewhere")
    text = Page(report.write_report(run)).text
    assert f"run {command}" in text
    assert "'" in text.split(f"run {command}")[1].split("run ")[0] or "ARCHIVE" in text or "DATASET" in text


@pytest.mark.parametrize("name", ["statistics.json", "baselines.json", "dataset_manifest.json", "run.json"])
@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '{"composed": 1, "bigram": 2, "funnel": []}'])
def test_a_damaged_file_only_costs_its_own_part(tmp_path, name, damage):
    write_history(tmp_path, [epoch(1, 1.5)])
    files.write_text(tmp_path / name, damage)
    page = Page(report.write_report(tmp_path))
    assert "Its best epoch was number 1" in page.text


def test_abc_can_be_saved_and_the_book_of_all_is_no_melody(tmp_path):
    for name in ("melody_01.abc", "tunes.abc"):
        save_abc(TWINKLE, tmp_path / "melodies" / name)
    page = Page(report.write_report(tmp_path))
    assert page.attributes("a", "download") == ["melody_01.abc"]
    assert "save ABC" in page.text and "tunes" not in page.text


def test_damaged_melodies_are_shown_as_far_as_they_go(tmp_path):
    for suffix in ("mid", "wav"):
        files.write_bytes(tmp_path / "melodies" / f"odd.{suffix}", b"RIFF")
    page = Page(report.write_report(tmp_path))
    assert "odd" in page.text
    assert "could not be put into this page" in page.text
    assert page.attributes("a", "download") == ["odd.mid"]


def test_the_page_says_what_the_melodies_continue(tmp_path):
    write_melody(tmp_path / "melodies", "melody_01")
    for given, expected in (
        (provenance(), "was given nothing to begin with."),
        (provenance("jig.mid", (60,)), "continues the primer in jig.mid , drawn in orange."),
        (provenance("", (60,), included=False), "a primer that was typed in, which was left out here."),
    ):
        files.write_text(tmp_path / "melodies" / "provenance.json", json.dumps(given))
        assert expected in Page(report.write_report(tmp_path)).text


def test_a_folder_that_is_no_run_is_refused_and_left_as_it_was(tmp_path):
    with pytest.raises(UserError, match="nowhere is no folder"):
        report.write_report(tmp_path / "nowhere")
    with pytest.raises(UserError, match="holds nothing of a run"):
        report.write_report(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_same_run_gives_the_same_page(whole):
    run, _ = whole
    before = (run / "report.html").read_bytes()
    assert report.write_report(run).read_bytes() == before
    assert not [path for path in run.iterdir() if path.name.startswith(".")]


def test_the_primer_is_marked_where_the_melodies_have_it(tmp_path):
    write_melody(tmp_path / "melodies", "melody_01")
    for included, ticks in ((True, 480), (False, 0)):
        given = provenance("jig.mid", (60, -2, 62, -2), included)  # a quarter note
        files.write_text(tmp_path / "melodies" / "provenance.json", json.dumps(given))
        report.write_report(tmp_path)
        assert players_of(tmp_path)[0][0].get("primer_steps", 0) == ticks


def test_eight_melodies_of_sixteen_bars_take_little_room(tmp_path):
    for number in range(8):
        notes = np.resize(np.arange(48, 84), 256).astype(np.int8)
        files.write_bytes(tmp_path / "melodies" / f"{number}.mid", write_midi(melody_to_score(Melody(notes))))
    page = report.write_report(tmp_path).read_text(encoding="utf-8")
    players = re.findall(r'<div class="melody-player">.*?</script></div>', page)
    assert (
        len(players) == 8 and max(map(len, players)) < 10_000
    )  # each of 256 notes, four times as many as usual
