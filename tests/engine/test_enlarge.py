"""Enlarging one picture: in tiles as in one piece, with colour and transparency."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from upbench.benchmark.core.errors import MethodError
from upbench.benchmark.engine.enlarge import (
    IsolatedMethod,
    enlarge,
    local,
    tiling_for,
)
from upbench.benchmark.engine.runner import make_setup
from upbench.benchmark.engine.supervisor import Worker
from upbench.benchmark.imaging.tiles import WHOLE, Tiling
from upbench.benchmark.registry.catalog import own

if TYPE_CHECKING:
    from upbench.benchmark.engine.enlarge import Enlarge

RED = np.array([0.9, 0.2, 0.3], np.float32)
METHODS = ["bicubic", "lanczos3", "opencv-lanczos4", "torch-bicubic", "upnet-slim"]


def ready(name: str, scale: int = 2) -> Enlarge:
    """Return a built-in method in this process."""
    method = own().methods[name]
    return local(method, method.load(scale), scale)


def disc() -> np.ndarray:
    """Return a red disc with a soft edge on transparent green, float32 (70, 90, 4)."""
    y, x = np.mgrid[:70, :90]
    alpha = np.clip(25.5 - np.hypot(y - 35, x - 44.3), 0, 1).astype(np.float32)
    colour = np.where(alpha[:, :, None] > 0, RED, np.array([0, 1, 0], np.float32))
    return np.concatenate([colour, alpha[:, :, None]], axis=2)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_tiles_equal_the_whole(name: str, channels: int) -> None:
    """Tiles with the default margin give the whole picture's pixels, colour and alpha."""
    image = np.random.default_rng(1).random((75, 110, channels)).astype(np.float32)
    whole = enlarge(image, ready(name), 2, WHOLE)
    assert whole.shape == (150, 220, channels)
    assert whole.dtype == np.float32
    np.testing.assert_allclose(enlarge(image, ready(name), 2, Tiling(32)), whole, atol=2e-4)


@pytest.mark.parametrize("name", METHODS)
def test_hidden_colour_does_not_leak(name: str) -> None:
    """A red disc on transparent green stays red wherever it can be seen."""
    output = enlarge(disc(), ready(name), 2, WHOLE)
    visible = np.abs(output[:, :, :3] - RED) * output[:, :, 3:]
    assert visible.max() < 0.5 / 255


@pytest.mark.parametrize("name", METHODS)
def test_opaque_stays_opaque(name: str) -> None:
    """Alpha has no ripples: inside it is 1, outside 0, to the last bit."""
    alpha = enlarge(disc(), ready(name), 2, WHOLE)[:, :, 3]
    assert (alpha[60:80, 80:100] == 1).all()
    assert (alpha[:10] == 0).all()


def test_an_even_alpha_changes_no_colour() -> None:
    """Glass of one strength has the colours that it would have if it were opaque."""
    colour = np.random.default_rng(2).random((30, 30, 3)).astype(np.float32)
    glass = np.concatenate([colour, np.full((30, 30, 1), 0.5, np.float32)], axis=2)
    output = enlarge(glass, ready("bicubic"), 2, WHOLE)
    np.testing.assert_allclose(output[:, :, :3], ready("bicubic")(colour).clip(0, 1), atol=1e-6)
    assert (output[:, :, 3] == 0.5).all()


def test_what_is_all_transparent_has_no_colour() -> None:
    """A picture of which nothing can be seen is enlarged to such a one."""
    image = np.ones((20, 20, 4), np.float32)
    image[:, :, 3] = 0
    assert not enlarge(image, ready("bicubic"), 2, WHOLE).any()


def test_a_grid_that_aligns_corners_is_not_cut() -> None:
    """Where its samples lie depends on the size of the picture, so that tiles would not fit."""
    methods = own().methods
    assert tiling_for(methods["torch-bicubic-align-corners"], 2) == WHOLE
    assert tiling_for(methods["bicubic"], 2) == Tiling(512)
    assert tiling_for(methods["bicubic"], 8) == Tiling(256)
    assert tiling_for(methods["bicubic"], 8, 64) == Tiling(64)


def test_a_worker_gives_the_same_picture() -> None:
    """In a process of its own a method gives the very pixels that it gives here."""
    method = own().methods["bicubic"]
    image = disc()
    with Worker(partial(make_setup().method_service, "upbench.methods.canonical")) as worker:
        isolated = IsolatedMethod(method, 2, worker)
        np.testing.assert_array_equal(
            enlarge(image, isolated, 2, Tiling(32)), enlarge(image, ready("bicubic"), 2, Tiling(32))
        )


def test_a_failure_names_method_and_scale() -> None:
    """A method that raises is one sentence, not a traceback."""
    method = own().methods["upnet-slim"]
    broken = local(method, lambda image: image, 2)
    with pytest.raises(MethodError, match=r"upnet-slim x2: The output has shape .* expected"):
        broken(np.zeros((8, 8, 3), np.float32))
