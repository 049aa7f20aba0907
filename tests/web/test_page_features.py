"""Features in a page are those of Python: by name, by value after each event of real tunes, by table."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from melody_tutorial.config import MODELS
from melody_tutorial.networks import Facts, Tune, read_tunes
from melody_tutorial.networks.features import FEATURES, offsets_of, tables_of

EVERYTHING = replace(MODELS["melody_rnn"], features=tuple(FEATURES))
VALUES = """
return argument.map(([ids, facts]) => {
  const heard = new Heard(facts, 38);
  const read = () => Object.values(FEATURES).map((feature) => feature.read(heard));
  return [read(), ...ids.map((id) => (heard.hear(id), read()))];
});
"""
# Longer bars than are counted, notes at the ends of the range; nothing known; more bars than are counted.
ODD = [
    ([2, 37, 0, 1, 1, 2, 0, 37] * 30, Facts((5, 1), "lydian", 1, 80)),
    ([0, 0, 1, 14, 14, 0] * 200, Facts()),
    ([14, 0, 16, 18] * 300, Facts((2, 4), "minor", 100, 8)),
]


def values_in_page(run, tunes):
    """Values of all features before each event and after the last: one array for each tune."""
    given = [(ids, asdict(facts)) for ids, facts in tunes]
    return [np.array(rows) for rows in run(["heard.js", "features.js"], VALUES, given)]


def test_they_have_the_same_names_values_and_tables(run):
    code = """return Object.entries(FEATURES).map(([name, { values, isEvent, table }]) =>
      [name, values(argument), Boolean(isEvent), table ? table(argument) : null])"""
    found = {name: rest for name, *rest in run(["features.js"], code, 38)}
    assert found.keys() == FEATURES.keys()
    for name, feature in FEATURES.items():
        values, is_event, table = found[name]
        assert (values, is_event) == (feature.values(38), feature.is_event), name
        assert (table is None) == (feature.table is None), name
        if table is not None:
            np.testing.assert_array_equal(table, feature.table(38), name)


@pytest.mark.parametrize("which", ["real", "odd"])
def test_each_has_the_same_value_after_each_event(which, run, real_tunes):
    tunes = real_tunes() if which == "real" else ODD
    readings = read_tunes(EVERYTHING, [Tune(np.array(ids, np.uint8), facts) for ids, facts in tunes])
    differ = np.zeros(len(FEATURES), int)
    names = list(run(["features.js"], "return Object.keys(FEATURES)"))
    columns = [names.index(name) for name in EVERYTHING.features]
    for found, reading in zip(values_in_page(run, tunes), readings, strict=True):
        assert len(found) == len(reading.inputs)
        differ += (found[:, columns] != reading.inputs).sum(axis=0)
    assert not {
        name: count for name, count in zip(EVERYTHING.features, differ.tolist(), strict=True) if count
    }


def test_each_says_something_of_real_tunes(run, real_tunes):
    """The control: no feature is the same after all events, so that none is right by chance."""
    values = np.concatenate(values_in_page(run, [*real_tunes(), *ODD]))
    assert (values.min(axis=0) < values.max(axis=0)).all()


@pytest.mark.parametrize("name", MODELS)
def test_they_take_as_many_rows_as_in_python(name, run):
    code = "return featuresOf(argument).sizes"
    sizes = np.diff(offsets_of(MODELS[name])).tolist()
    assert run(["features.js"], code, asdict(MODELS[name])) == sizes
    assert [len(table) for table in tables_of(MODELS[name])] == sizes
