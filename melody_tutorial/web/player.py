"""The player: music as data for it, and its place in a page, with a picture until it comes to life."""

import html
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from melody_tutorial.melodies import Melody
from melody_tutorial.music import Score
from melody_tutorial.views import Music, as_music, pitch_range, pitched, score_seconds
from melody_tutorial.web.inlining import WEB, inline

TICKS_PER_SECOND = 100  # of a score whose tempo or metre changes
MOST_NOTES = 5000  # of a score; what comes later is left out
USUAL = (0, 100)  # voice and velocity, which need not be told
STILL_WIDTH, STILL_ROW = 880, 6  # of the picture, in pixels
STILL = (
    '<svg viewBox="0 0 {width} {height}" width="100%" role="img" aria-label="{label}">'
    '<path d="{notes}" stroke="#1f6fa8" stroke-width="{row}"/></svg>'
)
HOST = '<div class="melody-player">{still}<script type="application/json">{data}</script></div>'


def tune_data(music: Music, title: str = "", primer_steps: int = 0) -> dict[str, Any]:
    """Music as the player reads it: a melody by its events, a score by the times and pitches of its notes.

    Args:
        title: stands above the piano roll.
        primer_steps: notes that start before this step, or tick of a score, are drawn as the primer's.
    """
    music = as_music(music)
    data = {"title": title} | (score_data(music) if isinstance(music, Score) else melody_data(music))
    return data | ({"primer_steps": primer_steps} if primer_steps else {})


def melody_data(melody: Melody) -> dict[str, Any]:
    """The events of a melody with its grid, tempo, key and metre."""
    data: dict[str, Any] = {
        "events": np.asarray(melody.events).tolist(),
        "steps_per_quarter": melody.steps_per_quarter,
        "steps_per_bar": melody.steps_per_bar,
        "qpm": melody.qpm,
    }
    if melody.key:
        data["key"] = [melody.key.tonic, melody.key.mode]
    if melody.metre:
        data["metre"] = list(melody.metre)
    return data


def score_data(score: Score) -> dict[str, Any]:
    """All notes but drums: on the grid of its ticks; in 1/100 of a second where tempo or metre change."""
    heard = pitched(score)
    steady = len(score.tempo_tick) <= 1 and len(score.signature_tick) <= 1
    if steady:
        starts, ends = score.onset[heard], score.end[heard]
        signature = (*score.signature_numerator, *score.signature_denominator)
        numerator, denominator = map(int, signature or (4, 4))
        quarter = int(score.ticks_per_quarter)
        grid: dict[str, Any] = {
            "steps_per_quarter": quarter,
            "steps_per_bar": quarter * 4 * numerator // denominator,
            "qpm": float(score.tempo_qpm[0]) if len(score.tempo_qpm) else 120.0,
            "metre": [numerator, denominator],
        }
    else:
        starts, ends = (np.rint(times * TICKS_PER_SECOND).astype(int) for times in score_seconds(score))
        grid = {"steps_per_quarter": TICKS_PER_SECOND, "steps_per_bar": None, "qpm": 60.0}
    ends = np.maximum(ends, starts + 1)
    columns = (starts, ends, score.pitch[heard], score.instrument[heard], score.velocity[heard])
    rows = np.stack(columns, axis=1).astype(int)
    if len(score.key_tick) == 1:
        minor = bool(score.key_minor[0])
        tonic = (7 * int(score.key_fifths[0]) + 9 * minor) % 12
        grid["key"] = [tonic, "minor" if minor else "major"]
    rows = rows[np.argsort(starts, kind="stable")][:MOST_NOTES]
    told = 3 if (rows[:, 3:] == USUAL).all() else 5
    return {"notes": rows[:, :told].tolist()} | grid


def player_html(tunes: Sequence[Mapping[str, Any]]) -> str:
    """The place of a player of several tunes in a page that has ``player_head`` too.

    It holds the data, and a small picture for where no scripts run.
    """
    data = json.dumps({"tunes": tunes}, ensure_ascii=False, separators=(",", ":"))
    stills = "".join(map(player_still, tunes))
    return HOST.format(still=stills, data=data.replace("<", "\\u003c"))


def player_still(tune: Mapping[str, Any]) -> str:
    """A small piano roll: the notes alone, one path for all of them."""
    starts, ends, pitches = notes_of(tune)
    lowest, highest = pitch_range(pitches)
    scale = STILL_WIDTH / max(ends.max(initial=1), 1)
    notes = "".join(
        f"M{start * scale:.1f} {(highest - pitch + 0.5) * STILL_ROW:.0f}h{(end - start) * scale - 1:.1f}"
        for start, end, pitch in zip(starts.tolist(), ends.tolist(), pitches.tolist(), strict=True)
    )
    label = html.escape(f"Piano roll: {tune['title'] or 'a melody'}")
    height = (highest - lowest + 1) * STILL_ROW
    return STILL.format(width=STILL_WIDTH, height=height, label=label, notes=notes, row=STILL_ROW - 1)


def notes_of(tune: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Start, end and pitch of each note of a tune's data."""
    if "events" in tune:
        return Melody(np.array(tune["events"], np.int8)).notes()
    rows = np.array([note[:3] for note in tune["notes"]], int).reshape(-1, 3)
    return rows[:, 0], rows[:, 1], rows[:, 2]


def player_head() -> str:
    """What a page holds once, however many players it has: their style, and the script that wakes them."""
    return f'<style>\n{player_style()}</style>\n<script type="module">\n{inline("page.js")}</script>'


def player_style() -> str:
    """CSS of the player."""
    return (WEB / "player.css").read_text(encoding="utf-8")
