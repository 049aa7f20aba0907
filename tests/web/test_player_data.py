"""What a page holds of a player: its data, its picture until it comes to life, its modules as one text."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from examples import TWINKLE, random_melody

from melody_tutorial.melodies.keys import Key
from melody_tutorial.melodies.melody import Melody, melody_to_score
from melody_tutorial.web import inlining, player

MELODY = Melody(
    np.array(TWINKLE * 3, np.int8), steps_per_bar=12, key=Key(2, "dorian"), metre=(6, 8), qpm=90.0
)


def data_in(page: str) -> dict:
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', page)[1])


class TestData:
    def test_of_a_melody(self):
        assert player.tune_data(MELODY, "a tune", 12) == {
            "title": "a tune",
            "events": TWINKLE * 3,
            "steps_per_quarter": 4,
            "steps_per_bar": 12,
            "qpm": 90.0,
            "primer_steps": 12,
            "key": [2, "dorian"],
            "metre": [6, 8],
        }

    def test_of_token_ids(self):
        assert player.tune_data([14, 0, 1, 0])["events"] == [60, -2, -1, -2]

    def test_a_score_keeps_its_grid(self):
        data = player.tune_data(melody_to_score(MELODY))
        assert (data["steps_per_quarter"], data["steps_per_bar"], data["metre"]) == (480, 1440, [6, 8])
        assert data["notes"][:2] == [[0, 240, 60], [240, 480, 60]]
        loud = player.tune_data(melody_to_score(MELODY, velocity=127))
        assert loud["notes"][0] == [0, 240, 60, 0, 127]

    def test_a_score_that_changes_its_tempo_is_in_seconds(self):
        score = melody_to_score(Melody(np.array([60, -2, -2, -2] * 4), qpm=60.0))
        score = replace(score, tempo_tick=np.array([0, 960]), tempo_qpm=np.array([60.0, 120.0]))
        data = player.tune_data(score)
        assert data["steps_per_bar"] is None
        assert [note[:2] for note in data["notes"]] == [[0, 100], [100, 200], [200, 250], [250, 300]]

    def test_drums_are_no_notes(self):
        score = replace(melody_to_score(MELODY), is_drum=np.array([True]))
        assert player.tune_data(score)["notes"] == []

    def test_endless_scores_are_cut(self):
        score = melody_to_score(random_melody(1, notes=player.MOST_NOTES + 10))
        assert len(player.tune_data(score)["notes"]) == player.MOST_NOTES


class TestHtml:
    def test_holds_the_data(self):
        tunes = [player.tune_data(MELODY, "one </script> & <two>")]
        page = player.player_html(tunes)
        assert data_in(page) == {"tunes": tunes}
        assert page.count("</script>") == 1 and "one &lt;/script&gt; &amp;" in page

    @pytest.mark.parametrize("bars", [16, 64])
    def test_a_melody_takes_less_than_10_kb(self, bars):
        assert len(player.player_html([player.tune_data(random_melody(3, notes=4 * bars))])) < 10_000

    def test_the_picture_shows_every_note(self):
        page = player.player_html([player.tune_data(MELODY)])
        assert re.search(r'd="([^"]*)"', page)[1].count("M") == len(MELODY.notes()[0])

    def test_a_page_without_notes_has_a_picture_too(self):
        assert 'd=""' in player.player_html([player.tune_data([-2, -2])])

    def test_nothing_leads_out_of_the_page(self):
        assert not re.search(r"https?://(?!www\.w3\.org)|url\(|@import", player.player_head())


class TestInlining:
    def test_a_module_comes_after_what_it_imports(self):
        order = inlining.in_order("page.js")
        assert order[-2:] == ["player.js", "page.js"] and len(set(order)) == len(order)
        assert order.index("dom.js") < order.index("controls.js") < order.index("player.js")
        text = inlining.inline("page.js")
        assert not re.search(r"^import\b", text, re.MULTILINE) and "class Player" in text

    def test_only_the_modules_own_exports_stay(self):
        assert re.findall(r"^export .*", inlining.inline("widget.js"), re.MULTILINE) == ["export default {"]
        assert re.findall(r"^export \w+ (\w+)", inlining.inline("transport.js"), re.MULTILINE) == [
            "Transport"
        ]

    def test_two_things_of_one_name_are_found_out(self, tmp_path, monkeypatch):
        (tmp_path / "a.js").write_text('import { b } from "./b.js";\nconst SIZE = b;\n', "utf-8")
        (tmp_path / "b.js").write_text("const SIZE = 1;\nexport const b = SIZE;\n", "utf-8")
        monkeypatch.setattr(inlining, "WEB", tmp_path)
        with pytest.raises(ValueError, match=r"b\.js and a\.js both name something SIZE"):
            inlining.inline.__wrapped__("a.js")
