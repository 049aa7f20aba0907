"""A chunk of scores is extracted in one pass; where that fails, one by one, and the odd one is named."""

import pytest
from midi_bytes import midi_file, off, on, track

from melody_tutorial.melodies import chunks
from melody_tutorial.melodies.extraction import extract_files

# Eight bars of five pitches: a melody.
SCALE = [60, 62, 64, 65, 67] * 8
TUNE = midi_file(
    track(*(event for n, p in enumerate(SCALE) for event in ((96 * n, on(p)), (96 * n + 96, off(p)))))
)


@pytest.mark.parametrize("error", [IndexError("out of bounds"), MemoryError()])
def test_a_score_that_breaks_the_rules_costs_itself(monkeypatch, error):
    def break_down(table, settings):
        if "odd.mid" in table.names:
            raise error
        return extract_from_table(table, settings)

    extract_from_table = chunks.extract_from_table
    monkeypatch.setattr(chunks, "extract_from_table", break_down)
    melodies, funnel = extract_files([("a.mid", TUNE), ("odd.mid", TUNE), ("b.mid", TUNE)])
    assert [melody.source for melody in melodies] == ["a.mid", "b.mid"]
    assert (funnel.stages["files"], funnel.stages["scores"], funnel.stages["melodies"]) == (3, 3, 2)
    ((reason, (reject,)),) = funnel.examples.items()
    expected = {
        IndexError: ("fault", "IndexError: out of bounds"),
        MemoryError: ("costly", "more memory than there is"),
    }
    assert (reject.file, (reason, reject.found)) == ("odd.mid", expected[type(error)])
