"""A kill at any moment leaves the old content or the new, whole; and the next call goes on from there."""

import multiprocessing
import shutil
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from examples import TUNES, TWINKLE
from kill_points import changes_of, kill_points
from untrained import random_checkpoint

from melody_tutorial.config import ModelSettings, SamplingSettings, TrainingSettings
from melody_tutorial.course.chapters import copy_course
from melody_tutorial.datasets.corpus import build_corpus
from melody_tutorial.datasets.dataset import build_dataset, open_dataset
from melody_tutorial.errors import UserError
from melody_tutorial.files import UNFINISHED, locked, sha256
from melody_tutorial.funnel import Funnel
from melody_tutorial.networks.checkpoint import load_checkpoint, save_checkpoint
from melody_tutorial.pipeline.outputs import claim_melodies, listed_files
from melody_tutorial.pipeline.writing import compose
from melody_tutorial.sampling.primers import events_primer

no_fork = "forkserver" not in multiprocessing.get_all_start_methods()
pytestmark = pytest.mark.skipif(no_fork, reason="on this system no process can be forked")

CHECKPOINT = replace(random_checkpoint(), sha256="abc")


def build(tunes, folder):
    build_dataset(tunes, Funnel(), folder)


def compose_into(folder, number, seed=1):
    settings = SamplingSettings(num_outputs=number, num_steps=80, seed=seed)
    compose(CHECKPOINT, events_primer(TWINKLE), settings, folder, formats=["mid"])


def save_a_checkpoint(folder):
    save_checkpoint(folder, random_checkpoint())


def build_archive(folder):
    build_corpus(output=folder, max_tunes=2)


def make_outdated(folder):
    """Let a change that would only say that all is there do its work once more."""
    for name in ("history.csv", "training_state.npz"):
        (folder / name).unlink(missing_ok=True)
    for archive in folder.glob("*/*.zip"):
        archive.write_bytes(b"damaged")
    for copy in folder.glob("*.ipynb"):
        copy.unlink()


def delete_first(folder, new):
    for path in sorted(folder.iterdir()):
        path.unlink()
    shutil.copytree(new, folder, dirs_exist_ok=True)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(params=["absolute", "relative"])
def target(request, tmp_path, monkeypatch):
    """The folder that is written to, named in both ways."""
    monkeypatch.chdir(tmp_path)
    return (tmp_path if request.param == "absolute" else tmp_path.relative_to(tmp_path)) / "target"


def test_a_dataset_is_the_old_or_the_new_one_at_every_moment(tmp_path, target):
    before = tmp_path / "before"
    build(TUNES[:20], before)
    build(TUNES, tmp_path / "after")
    old, new = (open_dataset(folder).manifest for folder in (before, tmp_path / "after"))
    seen = []
    for _ in kill_points(before, target, partial(build, TUNES, target)):
        found = open_dataset(target).manifest
        assert found in (old, new)
        seen.append(found == new)
        assert open_dataset(target).melodies("train")
    assert seen == sorted(seen) and not seen[0] and seen[-1], "old ones first, then new ones"
    assert len(seen) > 10
    assert contents(target) == contents(tmp_path / "after")


def test_the_next_dataset_sweeps_what_a_kill_left(tmp_path, target):
    before = tmp_path / "before"
    build(TUNES[:20], before)
    for number in kill_points(before, target, partial(build, TUNES, target)):
        if number % 4 == 0:
            build(TUNES[:20], target)
            assert contents(target) == contents(before)


def test_a_checkpoint_is_the_old_or_the_new_one_at_every_moment(tmp_path, target):
    before, new = tmp_path / "before", random_checkpoint(seed=1)
    digests = [save_checkpoint(before, random_checkpoint()), save_checkpoint(tmp_path / "after", new)]
    seen = [
        load_checkpoint(target).sha256
        for _ in kill_points(before, target, partial(save_checkpoint, target, new))
    ]
    assert set(seen) == set(digests) and seen == sorted(seen, key=digests.index)
    assert contents(target) == contents(tmp_path / "after")


def test_melodies_are_the_old_or_the_new_ones_after_every_kill(tmp_path, target):
    """Between two renames the rest of the new ones lies beside; the next call finishes the move."""
    before = tmp_path / "before"
    compose_into(before, 3, seed=1)
    compose_into(tmp_path / "after", 2, seed=2)
    (before / "mine.txt").write_text("stays")
    seen = []
    for _ in kill_points(before, target, partial(compose_into, target, 2, seed=2)):
        claim_melodies(target)
        found = listed_files(target)
        assert all(sha256(target / name) == digest for name, digest in found.items())
        assert (target / "mine.txt").read_text() == "stays"
        seen.append(len(found))
    assert seen == sorted(seen, reverse=True) and set(seen) == {3, 2}
    assert contents(target) == contents(tmp_path / "after") | {"mine.txt": b"stays"}


def test_a_first_call_that_is_killed_leaves_a_folder_that_the_next_may_use(tmp_path, target):
    empty = tmp_path / "empty"
    empty.mkdir()
    for _ in kill_points(empty, target, partial(compose_into, target, 1)):
        claim_melodies(target)
        compose_into(target, 1)
        assert sorted(contents(target)) == ["melody_01.mid", "provenance.json"]


def train_one_epoch(folder):
    from melody_tutorial.training.loop import train

    rng = np.random.default_rng(0)
    melodies = [rng.integers(2, 30, 40).astype(np.uint8) for _ in range(6)]
    settings = TrainingSettings(batch_size=2, window=16, epochs=2)
    train(melodies, melodies[:2], folder, ModelSettings(units=(4,)), settings)


@pytest.mark.parametrize(
    "change",
    [partial(build, TUNES), partial(compose_into, number=2), train_one_epoch, build_archive, copy_course],
    ids=["dataset", "melodies", "training", "corpus", "course"],
)
def test_nothing_is_ever_written_or_removed_under_its_final_name(tmp_path, change):
    """Twice, so that there is something to be replaced: final names appear by a rename, and change by one."""
    change(tmp_path / "target")
    make_outdated(tmp_path / "target")
    changes = changes_of(partial(change, tmp_path / "target"))
    inside = [(event, path) for event, path in changes if tmp_path / "target" in path.absolute().parents]
    assert {event for event, path in inside} >= {"open", "os.rename"}
    index = {"manifest.json", "provenance.json", "config.json", "history.csv", "training_state.npz"}
    for event, path in inside:
        if event != "os.rename":
            finished = not any(part.startswith(UNFINISHED) for part in path.parts)
            assert event in ("os.remove", "os.mkdir") or not finished, f"{event} of {path}"
            assert path.name not in index or not finished, f"{event} of {path}"


def hold(folder, ready, done):
    """Hold the lock of a folder until told to let go."""
    with locked(folder):
        ready.set()
        done.wait(30)


@pytest.mark.parametrize(
    "change", [partial(build, TUNES), partial(compose_into, number=2), train_one_epoch, save_a_checkpoint]
)
def test_a_folder_that_another_process_writes_to_is_refused(tmp_path, change):
    context = multiprocessing.get_context("forkserver")
    ready, done = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path / "target", ready, done))
    other.start()
    assert ready.wait(30)
    try:
        with pytest.raises(UserError, match=r"another process is writing to .*target right now"):
            change(tmp_path / "target")
        assert not any((tmp_path / "target").iterdir())
    finally:
        done.set()
        other.join()
    change(tmp_path / "target")


def test_a_lock_goes_with_a_killed_process(tmp_path):
    context = multiprocessing.get_context("forkserver")
    ready, done = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path, ready, done))
    other.start()
    assert ready.wait(30)
    other.kill()
    other.join()
    with locked(tmp_path):
        pass


def test_the_old_way_of_replacing_is_found_out(tmp_path, target):
    """The control: whoever deletes first leaves neither after some kill."""
    before = tmp_path / "before"
    save_checkpoint(before, random_checkpoint())
    broken = 0
    for _ in kill_points(before, target, partial(delete_first, target, before)):
        try:
            load_checkpoint(target)
        except Exception:
            broken += 1
    assert broken
