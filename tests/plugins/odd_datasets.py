"""Datasets that break the contract of images, each image in its own way."""

import numpy as np

from upbench import ImageItem, dataset

GREY = np.random.default_rng(0).random((24, 24, 1)).astype(np.float32)
IMAGES = {
    "complex": GREY.astype(complex),
    "objects": GREY.astype(object),
    "empty": np.zeros((0, 24, 1), np.float32),
    "masked": np.ma.masked_array(GREY, mask=GREY > 0.9),
    "generator": (row for row in GREY),
    "nearly": np.full((24, 24, 1), 1.0001, np.float32),
    "two-channels": np.concatenate([GREY, GREY], axis=2),
    "good": GREY,
}


@dataset("odd", source="here", licence="none")
def odd():
    return [ImageItem(name, name, lambda name=name: IMAGES[name]) for name in IMAGES]


@dataset("one-digest", source="here", licence="none")
def one_digest():
    return [ImageItem("a", "same", lambda: GREY), ImageItem("b", "same", lambda: 1 - GREY**2)]


@dataset("names", source="here", licence="none")
def names():
    return ["a", "b"]
