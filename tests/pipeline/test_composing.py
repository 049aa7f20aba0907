"""Composing: a primer goes on in its own key and bars and ends well; files say where they came from."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from untrained import random_checkpoint

from melody_tutorial.config import MODELS, SamplingSettings, TuneSettings
from melody_tutorial.errors import UserError
from melody_tutorial.files import read_json
from melody_tutorial.melodies.encoding import decode_events, encode_events, transpose
from melody_tutorial.melodies.keys import Key
from melody_tutorial.melodies.melody import Melody
from melody_tutorial.music.abc import read_abc, split_tunes, tune_title
from melody_tutorial.music.midi import read_midi
from melody_tutorial.networks.checkpoint import save_checkpoint
from melody_tutorial.networks.heard import Facts
from melody_tutorial.networks.repertoire import Repertoire
from melody_tutorial.pipeline.composing import compose_melodies, ending
from melody_tutorial.pipeline.outputs import MOVING, claim_melodies
from melody_tutorial.pipeline.ranking import best_first
from melody_tutorial.pipeline.writing import compose
from melody_tutorial.sampling.primers import events_primer, prepare
from melody_tutorial.sampling.sampler import sample_ids

SETTINGS = SamplingSettings(num_outputs=3, num_steps=96, seed=1)
TWINKLE = [60, -2, 60, -2, 67, -2, 67, -2]


@pytest.fixture(scope="module")
def checkpoint():
    return random_checkpoint(scale=0.5)


def held(pitch, steps):
    """A note of that many steps."""
    return [pitch] + [-2] * (steps - 1)


def end_of(events, least=0, steps_per_bar=16):
    return ending(Melody(np.array(events, np.int8), 4, steps_per_bar), least)


def test_the_end_is_the_last_bar_line_after_a_long_note():
    quarters, eighths = held(60, 4) * 4, held(60, 2) * 8
    assert end_of(quarters + eighths + quarters + eighths) == 48
    assert end_of(quarters + eighths + held(62, 5)) == 16
    assert end_of(eighths + held(60, 20)) == 32  # begun before the line, sounding over it
    assert end_of(eighths + held(60, 4) + [-1] + [-2] * 11 + eighths) == 32  # a rest after a quarter
    assert end_of(quarters + [-1] + [-2] * 15) == 16  # not after a whole bar of rest
    assert end_of(held(60, 12) + held(62, 12) + held(64, 6), steps_per_bar=12) == 24


def test_an_end_without_a_long_note_or_a_bar_line():
    eighths = held(60, 2) * 8
    assert end_of(eighths * 2 + held(60, 2)) == 32
    assert end_of(held(60, 10)) == 10
    assert end_of([-2] * 40) == 32


@given(
    st.lists(st.integers(-2, 5), min_size=1, max_size=80), st.sampled_from([8, 12, 16]), st.integers(0, 80)
)
def test_the_end_is_never_before_the_least(events, steps_per_bar, least):
    end = end_of(events, least, steps_per_bar)
    assert min(least, len(events)) <= end <= len(events)
    assert end == len(events) or end % steps_per_bar == 0


def test_melodies_begin_with_the_primer_and_end_on_a_bar_line(checkpoint):
    for melody, primer_steps, *_ in compose_melodies(checkpoint, events_primer(TWINKLE), SETTINGS):
        assert melody.events[:8].tolist() == TWINKLE
        assert primer_steps == 8
        assert 48 <= len(melody.events) <= 96
        assert len(melody.events) % 16 == 0


def test_the_output_takes_the_primers_key(checkpoint):
    """The same primer a fourth higher gives the same melodies a fourth higher."""
    settings = replace(SETTINGS, temperature=0.8)
    scale = [60, 62, 64, 65, 67, 69, 71, 72]
    low = compose_melodies(checkpoint, events_primer(scale), settings)
    high = compose_melodies(checkpoint, events_primer([pitch + 5 for pitch in scale]), settings)
    for (first, *_), (second, *_) in zip(low, high, strict=True):
        difference = second.events.astype(int) - first.events
        assert set(difference[first.events >= 0]) == {5}
        np.testing.assert_array_equal(second.events[first.events < 0], first.events[first.events < 0])


def test_extreme_primers_stay_midi_pitches(checkpoint):
    for pitch in (0, 127):
        for melody, *_ in compose_melodies(checkpoint, events_primer([pitch]), SETTINGS):
            assert -2 <= melody.events.min() <= melody.events.max() <= 127
            assert melody.events[0] == pitch


def test_a_model_of_all_pitches_goes_on_at_the_primers_own(checkpoint):
    """From a double bass's lowest notes: of other models, all that follows lies in three octaves."""
    primer = events_primer(held(28, 4) + held(31, 4) + held(33, 4) + held(31, 4))
    mono = random_checkpoint(model=replace(MODELS["mono_rnn"], units=(8,)), scale=3)
    (melody, *_), *_ = compose_melodies(mono, primer, SETTINGS)
    ids = sample_ids(mono, encode_events(primer.melody.events, 130), SETTINGS).ids[0]
    np.testing.assert_array_equal(melody.events, decode_events(ids, 130)[: len(melody.events)])
    drawn = melody.events[16:]
    assert drawn.min() >= -2 and (drawn[drawn >= 0] < 48).any()


def test_time_signature_and_tempo_are_the_primers(checkpoint):
    waltz = prepare(Melody(np.array(held(62, 8) + held(66, 4), np.int8), 4, 12, 90.0, source="waltz.mid"))
    for melody, *_ in compose_melodies(checkpoint, waltz, SETTINGS):
        assert (melody.steps_per_bar, melody.qpm, melody.source) == (12, 90.0, "")
        assert len(melody.events) % 12 == 0
    assert compose_melodies(checkpoint, waltz, SETTINGS, qpm=144)[0].melody.qpm == 144
    with pytest.raises(UserError, match="--qpm is 0"):
        compose_melodies(checkpoint, waltz, SETTINGS, qpm=0)


def test_without_the_primer_bar_lines_stay(checkpoint):
    primer = events_primer(held(60, 16) + held(62, 6))
    whole = compose_melodies(checkpoint, primer, SETTINGS)
    rest = compose_melodies(checkpoint, primer, SETTINGS, include_primer=False)
    for (with_primer, *_), (without, primer_steps, *_) in zip(whole, rest, strict=True):
        assert primer_steps == 0
        assert without.events[:6].tolist() == [-2] * 6  # what is left of the primer's last bar
        both = min(len(without.events), len(with_primer.events) - 16)
        np.testing.assert_array_equal(without.events[6:both], with_primer.events[22 : 16 + both])


def test_a_primer_longer_than_the_melody_is_refused(checkpoint):
    with pytest.raises(UserError, match="raise --num-steps"):
        compose_melodies(checkpoint, events_primer(held(60, 96)), SETTINGS)


def test_files_and_their_provenance(checkpoint, tmp_path):
    advanced = []
    paths = compose(
        replace(checkpoint, sha256="abc"),
        events_primer(TWINKLE),
        SETTINGS,
        tmp_path / "new",
        formats=("mid", "wav"),
        progress=advanced.append,
    )
    assert [path.name for path in paths] == [
        *(f"melody_{n:02}.{kind}" for n in (1, 2, 3) for kind in ("mid", "wav")),
        "provenance.json",
    ]
    assert sorted(paths) == sorted((tmp_path / "new").iterdir())
    assert advanced == [1, 1, 1]
    provenance = json.loads(paths[-1].read_text())
    assert provenance["settings"]["seed"] == 1
    assert provenance["checkpoint"]["sha256"] == "abc"
    assert provenance["primer"]["events"] == TWINKLE
    assert provenance["time_signature"]["statement"].startswith(
        "4 quarter notes in a bar, 120 in a minute; 4/4"
    )
    for melody in provenance["melodies"]:
        assert melody["log_likelihood"] < 0
        for name, digest in melody["files"].items():
            assert hashlib.sha256((tmp_path / "new" / name).read_bytes()).hexdigest() == digest


def compose_some(checkpoint, folder, number, formats=("mid", "wav")):
    settings = replace(SETTINGS, num_outputs=number)
    compose(checkpoint, events_primer(TWINKLE), settings, folder, formats=formats)
    return sorted(path.name for path in folder.iterdir())


def test_fewer_melodies_leave_none_of_an_earlier_call(checkpoint, tmp_path):
    assert len(compose_some(checkpoint, tmp_path, 3)) == 7
    assert compose_some(checkpoint, tmp_path, 1, ["mid"]) == ["melody_01.mid", "provenance.json"]


def test_other_files_and_changed_ones_stay(checkpoint, tmp_path):
    compose_some(checkpoint, tmp_path, 3)
    (tmp_path / "melody_02.mid").write_bytes(b"edited in a music program")
    (tmp_path / "melody_03.txt").write_text("mine")
    (tmp_path / "melody_04.mid").write_bytes(b"mine too")
    assert compose_some(checkpoint, tmp_path, 1, ["mid"]) == [
        *("melody_01.mid", "melody_02.mid", "melody_03.txt", "melody_04.mid"),
        "provenance.json",
    ]


def test_a_melody_that_somebody_changed_is_not_overwritten(checkpoint, tmp_path):
    compose_some(checkpoint, tmp_path, 2)
    (tmp_path / "melody_02.mid").write_bytes(b"edited in a music program")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(UserError, match=r"melody_02\.mid was changed after it was composed"):
        compose_some(checkpoint, tmp_path, 3)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    "text", ["", "[1]", '{"melodies": 3}', '{"melodies": [{"files": ["a.mid"]}]}', "\xff"]
)
def test_a_provenance_of_somebody_else_is_left_alone(checkpoint, tmp_path, text):
    (tmp_path / "provenance.json").write_bytes(text.encode("latin-1"))
    (tmp_path / "a.mid").write_bytes(b"mine")
    for attempt in (claim_melodies, lambda folder: compose_some(checkpoint, folder, 1)):
        with pytest.raises(UserError, match=r"provenance\.json was changed after .* or was put there"):
            attempt(tmp_path)
    assert (tmp_path / "provenance.json").read_bytes() == text.encode("latin-1")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mid", "provenance.json"]


def test_only_melodies_are_deleted_whatever_a_provenance_lists(checkpoint, tmp_path):
    outside, folder = tmp_path / "outside.mid", tmp_path / "new"
    outside.write_bytes(b"mine")
    compose_some(checkpoint, folder, 1)
    (folder / "thesis.txt").write_bytes(b"mine")
    path = folder / "provenance.json"
    listed = (
        "../outside.mid",
        str(outside),
        "..",
        "",
        "thesis.txt",
        "melody_01.mid/../thesis.txt",
        "m" * 300,
    )
    provenance = read_json(path)
    provenance["melodies"][0]["files"] |= dict.fromkeys(listed, hashlib.sha256(b"mine").hexdigest())
    path.write_text(json.dumps(provenance))
    compose_some(checkpoint, folder, 1)
    assert outside.read_bytes() == (folder / "thesis.txt").read_bytes() == b"mine"


class TestAfterAKill:
    """Files are on their way: the process was killed after the first rename."""

    @pytest.fixture
    def folder(self, checkpoint, tmp_path):
        compose_some(checkpoint, tmp_path / "old", 2, ["mid"])
        settings = replace(SETTINGS, num_outputs=2, seed=9)
        compose(checkpoint, events_primer(TWINKLE), settings, tmp_path / "new", formats=["mid"])
        (tmp_path / "new").rename(tmp_path / "old" / MOVING)
        return tmp_path / "old"

    def test_the_next_call_moves_them_first(self, folder):
        new = (folder / MOVING / "melody_01.mid").read_bytes()
        claim_melodies(folder)
        assert (folder / "melody_01.mid").read_bytes() == new
        assert not (folder / MOVING).exists()

    def test_an_edit_made_meanwhile_is_not_overwritten(self, folder):
        (folder / "melody_02.mid").write_bytes(b"edited in a music program")
        with pytest.raises(UserError, match=r"melody_02\.mid was changed after it was composed"):
            claim_melodies(folder)
        assert (folder / "melody_02.mid").read_bytes() == b"edited in a music program"
        (folder / "melody_02.mid").unlink()
        claim_melodies(folder)
        assert (folder / "melody_02.mid").exists() and not (folder / MOVING).exists()

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"melodies": 3}'])
    def test_a_damaged_list_of_them_deletes_nothing(self, folder, text):
        before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        (folder / MOVING / "provenance.json").write_text(text)
        with pytest.raises(UserError, match=r"building-moving/provenance\.json"):
            claim_melodies(folder)
        assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_a_link_to_nowhere_is_not_replaced(checkpoint, tmp_path):
    (tmp_path / "melody_02.mid").symlink_to(tmp_path / "gone")
    (tmp_path / "provenance.json").unlink(missing_ok=True)
    with pytest.raises(UserError, match=r"melody_02\.mid"):
        compose_some(checkpoint, tmp_path, 2)
    assert (tmp_path / "melody_02.mid").is_symlink()


def test_midi_files_hold_the_melodies(checkpoint, tmp_path):
    paths = compose(checkpoint, events_primer([]), SETTINGS, tmp_path, formats=["mid"], qpm=100)
    for path, (melody, *_) in zip(
        paths, compose_melodies(checkpoint, events_primer([]), SETTINGS), strict=False
    ):
        score = read_midi(path.read_bytes())
        onsets, _, pitches = melody.notes()
        assert (score.onset * 4 // score.ticks_per_quarter).tolist() == onsets.tolist()
        assert score.pitch.tolist() == pitches.tolist()
        assert score.tempo_qpm[0] == pytest.approx(100, rel=1e-4)
        assert (score.signature_numerator[0], score.signature_denominator[0]) == (4, 4)


def test_same_seed_same_files(checkpoint, tmp_path):
    for folder in ("a", "b"):
        compose(checkpoint, events_primer(TWINKLE), SETTINGS, tmp_path / folder, formats=["mid"])
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_pictures(checkpoint, tmp_path):
    settings = replace(SETTINGS, num_outputs=1)
    paths = compose(checkpoint, events_primer(TWINKLE), settings, tmp_path, formats=["png"])
    assert paths[0].read_bytes().startswith(b"\x89PNG")


def test_musicxml(checkpoint, tmp_path):
    pytest.importorskip("music21")
    settings = replace(SETTINGS, num_outputs=1)
    paths = compose(checkpoint, events_primer(TWINKLE), settings, tmp_path, formats=["musicxml"])
    assert b"<score-partwise" in paths[0].read_bytes()


def test_abc_is_a_file_for_each_melody_and_a_book_of_all(checkpoint, tmp_path):
    paths = compose(checkpoint, events_primer(TWINKLE), SETTINGS, tmp_path, formats=["mid", "abc"])
    assert [path.name for path in paths[-3:]] == ["melody_03.abc", "tunes.abc", "provenance.json"]
    tunes = split_tunes((tmp_path / "tunes.abc").read_text(encoding="utf-8"))
    assert [tune_title(tune) for tune in tunes] == ["Melody 01", "Melody 02", "Melody 03"]
    assert [tune.splitlines()[0] for tune in tunes] == ["X:1", "X:2", "X:3"]
    for number, score in enumerate(read_abc((tmp_path / "tunes.abc").read_bytes()), 1):
        (alone,) = read_abc((tmp_path / f"melody_0{number}.abc").read_bytes())
        midi = read_midi((tmp_path / f"melody_0{number}.mid").read_bytes())
        assert score.pitch.tolist() == alone.pitch.tolist() == midi.pitch.tolist()


def test_a_book_goes_with_its_melodies_unless_somebody_changed_it(checkpoint, tmp_path):
    compose_some(checkpoint, tmp_path, 2, ["abc"])
    assert compose_some(checkpoint, tmp_path, 1, ["abc"]) == ["melody_01.abc", "provenance.json", "tunes.abc"]
    assert compose_some(checkpoint, tmp_path, 1, ["mid"]) == ["melody_01.mid", "provenance.json"]
    compose_some(checkpoint, tmp_path, 1, ["abc"])
    (tmp_path / "tunes.abc").write_text("X:1\nT:mine\nK:C\n")
    with pytest.raises(UserError, match=r"tunes\.abc was changed after it was composed"):
        compose_some(checkpoint, tmp_path, 1, ["abc"])
    assert (tmp_path / "tunes.abc").read_text() == "X:1\nT:mine\nK:C\n"


def test_a_title_is_in_every_format_that_has_room_for_it(checkpoint, tmp_path):
    settings = replace(SETTINGS, num_outputs=1)
    compose(checkpoint, events_primer(TWINKLE), settings, tmp_path, formats=["mid", "abc", "musicxml"])
    for kind in ("mid", "abc", "musicxml"):
        assert b"Melody 01" in (tmp_path / f"melody_01.{kind}").read_bytes()


def test_midi_files_need_no_heavy_library(checkpoint, tmp_path):
    """A process that composes MIDI files imports neither TensorFlow nor note_seq, nor what draws pictures."""
    save_checkpoint(tmp_path / "model", checkpoint)
    script = """
import sys
import melody_tutorial as mt
from melody_tutorial import config, pipeline
settings = config.SamplingSettings(num_outputs=1, num_steps=20)
primer = mt.read_primer("[60, -2, 62]")
pipeline.compose(mt.load_checkpoint(sys.argv[1]), primer, settings, sys.argv[2], formats=["mid", "abc"])
print(*{name.split(".")[0] for name in sys.modules})
"""
    command = [sys.executable, "-c", script, tmp_path / "model", tmp_path / "new"]
    imported = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert (tmp_path / "new/melody_01.mid").is_file()
    assert "numpy" in imported
    assert not {"tensorflow", "keras", "note_seq", "music21", "matplotlib"} & set(imported)


def test_an_unknown_format_is_refused_before_anything_is_written(checkpoint, tmp_path):
    with pytest.raises(UserError, match="'mp3': allowed are mid, wav, png, abc, musicxml"):
        compose(checkpoint, events_primer([]), SETTINGS, tmp_path, formats=["mid", "mp3"])
    assert not list(tmp_path.iterdir())


JIG = Facts((6, 8), "dorian", 8, 12)
JIGS = TuneSettings(metre="6/8", key="D", mode="dorian", bars=8)


class TestTunes:
    """An untrained model of whole tunes: what it plays is noise, what is told of it is not."""

    @pytest.fixture
    def model(self):
        known = Repertoire(
            {JIG: 2, Facts((2, 2), "major", 16, 16): 1}, {Key(4, "dorian"): 1, Key(7, "major"): 1}
        )
        settings = replace(MODELS["melody_rnn"], units=(8, 6), embedding=5)
        return replace(random_checkpoint(model=settings, scale=0.05), repertoire=known)

    def ending(self, model, at):
        """The model, made to end at once, or never."""
        bias = model.weights["logits/bias"].copy()
        bias[-1] = at
        return replace(model, weights=model.weights | {"logits/bias": bias})

    def test_have_what_was_asked(self, model):
        composed = compose_melodies(model, settings=SETTINGS, tune=JIGS)
        assert [each.title for each in composed] == [f"Jig in D dorian, No. {n}" for n in (1, 2, 3)]
        for melody, *_ in composed:
            assert (melody.metre, melody.steps_per_bar, melody.key) == ((6, 8), 12, Key(2, "dorian"))
            assert melody.qpm == 174
        assert compose_melodies(model, settings=SETTINGS, tune=JIGS, qpm=150)[0].melody.qpm == 150

    def test_have_what_the_model_has_learned_where_nothing_is_asked(self, model):
        composed = compose_melodies(model, settings=replace(SETTINGS, num_outputs=40))
        kinds = {each.title.split(",")[0] for each in composed}
        assert kinds == {"Jig in E dorian", "Reel in G major"}

    def test_end_by_themselves_or_are_cut_some_bars_later(self, model):
        settings = replace(SETTINGS, num_steps=None)
        for each in compose_melodies(self.ending(model, 20), settings=settings, tune=JIGS):
            assert each.melody.is_whole and not len(each.melody.events) and each.drawn == 1
        for each in compose_melodies(self.ending(model, -99), settings=settings, tune=JIGS):
            assert not each.melody.is_whole and each.drawn in (
                24 * 12,
                25 * 12,
            )  # 16 bars more, and a pickup's
            assert len(each.melody.events) % 12 == 0

    def test_do_not_depend_on_their_number(self, model):
        few, many = (compose_melodies(model, settings=replace(SETTINGS, num_outputs=n)) for n in (2, 30))
        for one, other in zip(few, many, strict=False):
            assert (one.title, one.melody.events.tolist()) == (other.title, other.melody.events.tolist())

    def test_go_on_from_a_primer_in_any_key(self, model):
        """In D and in A the model reads the same, and goes on the same."""
        notes = np.array([62, -2, 66, -2, 69, -2, 67, -2, 66, -2, 64, -2], np.int8)
        primer = Melody(notes, 4, 12, 100.0, source="jig.mid", metre=(6, 8), key=Key(2, "mixolydian"))
        higher = replace(primer, events=np.where(notes < 0, notes, notes + 7), key=Key(9, "mixolydian"))
        for one, other in zip(
            *(compose_melodies(model, prepare(each), SETTINGS) for each in (primer, higher)), strict=True
        ):
            assert one.melody.events[:12].tolist() == notes.tolist() and one.melody.qpm == 100
            assert (str(one.melody.key), str(other.melody.key)) == ("D mixolydian", "A mixolydian")
            sounding = one.melody.events >= 0
            assert set((other.melody.events[sounding] - one.melody.events[sounding]) % 12) == {7}
        with pytest.raises(UserError, match="--metre is 2/2 and the primer is in 6/8"):
            compose_melodies(model, prepare(primer), SETTINGS, tune=TuneSettings(metre="2/2"))

    def test_say_what_they_are_in_every_file_and_in_the_provenance(self, model, tmp_path):
        compose(model, events_primer([]), SETTINGS, tmp_path, tune=JIGS, formats=("mid", "abc", "musicxml"))
        for kind in ("mid", "abc", "musicxml"):
            assert b"Jig in D dorian, No. 2" in (tmp_path / f"melody_02.{kind}").read_bytes()
        provenance = json.loads((tmp_path / "provenance.json").read_text())
        assert provenance["asked"] == {"metre": "6/8", "key": "D", "mode": "dorian", "bars": 8}
        first = provenance["melodies"][0]
        assert (first["time_signature"], first["key"], first["qpm"]) == ("6/8", "D dorian", 174)
        assert first["end"] in ("its own", "cut at a bar line")


class TestBest:
    def test_of_many_are_the_likeliest_where_nobody_knows_what_is_usual(self, checkpoint):
        drawn = compose_melodies(checkpoint, settings=replace(SETTINGS, num_outputs=12))
        best = compose_melodies(checkpoint, settings=replace(SETTINGS, num_outputs=3, best_of=12))
        likely = sorted((each.log_likelihood / each.drawn for each in drawn), reverse=True)[:3]
        assert [each.log_likelihood / each.drawn for each in best] == likely
        assert [each.title for each in best] == ["Melody 01", "Melody 02", "Melody 03"]

    def test_of_many_surprise_the_model_as_real_melodies_do(self, checkpoint):
        drawn = compose_melodies(checkpoint, settings=replace(SETTINGS, num_outputs=12))
        surprise = sorted(-each.log_likelihood / each.drawn for each in drawn)
        usual = surprise[6] + 1e-6
        knowing = replace(checkpoint, figures={"validation_loss": usual})
        (best,) = compose_melodies(knowing, settings=replace(SETTINGS, num_outputs=1, best_of=12))
        assert -best.log_likelihood / best.drawn == surprise[6]

    def test_come_before_what_is_copied(self, checkpoint):
        drawn = compose_melodies(checkpoint, settings=replace(SETTINGS, num_outputs=6))
        first, *others = best_first(drawn)
        transposed = transpose(first.melody.events, 5)
        assert best_first(drawn, [transposed]) == [*others, first]

    def test_are_told_in_the_provenance(self, checkpoint, tmp_path):
        settings = replace(SETTINGS, num_outputs=1, best_of=4)
        compose(checkpoint, events_primer([]), settings, tmp_path, formats=["mid"])
        chosen = json.loads((tmp_path / "provenance.json").read_text())["chosen"]
        assert (
            chosen == "1 of 4: those as likely as real melodies, event by event; copies were not looked for"
        )

    def test_are_no_more_than_were_drawn(self):
        with pytest.raises(UserError, match="best_of is 2: allowed are whole numbers from 8 up"):
            SamplingSettings(best_of=2)
