"""The standard dataset."""

from __future__ import annotations

import pickle

import numpy as np

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.datasets.standard import standard


def test_the_order_and_names_are_fixed() -> None:
    """Results refer to these names, in this order."""
    assert " ".join(item.name for item in standard()) == (
        "astronaut brick camera china coffee flower grace_hopper grass ihc moon rocket text"
    )


def test_every_image_loads_after_a_process_border() -> None:
    """Each item can be pickled and gives float32 (H, W, 1 or 3) in [0, 1]."""
    for item in pickle.loads(pickle.dumps(list(standard()))):  # noqa: S301 - our own bytes
        image = item.load()
        assert image.dtype == np.float32
        assert image.shape[2] in (1, 3)
        assert 0 <= image.min() < image.max() <= 1


def test_sizes_and_channels() -> None:
    """Two known images have their known shapes."""
    shapes = {item.name: item.load().shape for item in standard()}
    assert shapes["china"] == (214, 320, 3)
    assert shapes["camera"] == (512, 512, 1)


def test_it_is_described() -> None:
    """The decorator attached the metadata."""
    described = getattr(standard, ATTRIBUTE)
    assert described.name == "standard"
    assert described.items is standard
    assert described.source
    assert described.licence
