"""Pictures of a segmentation."""

from __future__ import annotations

from typing import Any

import numpy as np

from upbench.benchmark.training.roles.segment import ROLE, camvid, pictures
from upbench.benchmark.training.roles.segment.shapes import make_shapes
from upbench.layers import named


def test_each_class_has_a_colour_of_its_own_and_void_is_black() -> None:
    """CamVid's are SegNet's; a set without colours gets some that differ."""
    scenes = make_shapes((1, 1, 1), 32, 32)
    plain: Any = type(scenes)(
        "plain", tuple("abcdefghijkl"), scenes.train, scenes.validation, scenes.test, (32, 32)
    )
    assert len(set(camvid.COLOURS)) == len(camvid.CLASSES)
    for data in (scenes, plain):
        colours = pictures.palette(data)
        assert len(np.unique(colours, axis=0)) == len(data.classes) + 1
        assert colours[data.void].tolist() == [0, 0, 0]


def test_predictions_stand_beside_image_and_truth() -> None:
    """A row for each shown image: the image, its truth in colours, the prediction."""
    scenes = make_shapes((2, 1, 3), 32, 32)
    training: Any = ROLE.begin(named("resize-conv-nearest"), 0, scenes, 2, "cpu")
    shown = training.pictures()["predictions"]
    assert shown.shape == (3 * 32 + 2 * 4, 3 * 32 + 2 * 4, 3)
    assert np.array_equal(shown[:32, :32], scenes.test.images[0])
    truth = pictures.palette(scenes)[scenes.test.labels[0]]
    assert np.array_equal(shown[:32, 36:68], truth)
    assert (shown[32:36] == 255).all()


def test_maps_before_and_after_show_a_weak_pattern() -> None:
    """Each is stretched to black and white and enlarged by whole pixels."""
    before = np.full((40, 40, 2), 0.5, np.float32)
    before[:, ::2, 0] += 0.001
    after = np.full((40, 40, 2), 0.9, np.float32)
    shown = pictures.before_and_after(before, after)
    assert shown.shape == (120, 2 * 120 + 4, 3)
    assert shown[0, :9, 0].tolist() == [255, 255, 255, 0, 0, 0, 255, 255, 255]
    assert (shown[:, 124:] == 0).all()  # nothing to stretch is no division by zero
