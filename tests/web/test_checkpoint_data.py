"""A checkpoint as data of a page: nothing is lost, and float16 only where nothing would be."""

import base64
import json

import numpy as np
from untrained import random_checkpoint

from melody_tutorial.web import checkpoint_data, halved


def arrays_of(data):
    """The weights that data hold, as NumPy reads them."""
    return {
        name: np.frombuffer(base64.b64decode(each["data"]), np.dtype(each["type"]))
        .reshape(each["shape"])
        .astype(np.float32)
        for name, each in data["weights"].items()
    }


def types_of(data):
    return {each["type"] for each in data["weights"].values()}


def check_arrays(checkpoint, data):
    found = arrays_of(data)
    assert found.keys() == checkpoint.weights.keys()
    for name, array in checkpoint.weights.items():
        np.testing.assert_array_equal(found[name], array, name)


def test_nothing_is_lost_of_weights():
    checkpoint = random_checkpoint()
    data = json.loads(json.dumps(checkpoint_data(checkpoint)))
    check_arrays(checkpoint, data)
    assert types_of(data) == {"float32"}
    assert data["model"]["units"] == [8, 6] and data["first_event_counts"][14] == 5


def test_halved_weights_take_half_the_room_and_are_the_nearest_numbers():
    checkpoint = random_checkpoint()
    half = halved(checkpoint)
    data = checkpoint_data(half)
    check_arrays(half, data)
    assert types_of(data) == {"float16"}
    assert (
        0.5
        <= len(json.dumps(data["weights"])) / len(json.dumps(checkpoint_data(checkpoint)["weights"]))
        < 0.6
    )
    for name, array in checkpoint.weights.items():
        np.testing.assert_allclose(half.weights[name], array, rtol=2**-11, atol=2**-25)


def test_a_weight_beyond_float16_stays_finite():
    checkpoint = random_checkpoint()
    checkpoint.weights["logits/bias"][:2] = 1e6, -1e-7
    assert types_of(checkpoint_data(checkpoint)) == {"float32"}
    assert halved(checkpoint).weights["logits/bias"][0] == 65504
