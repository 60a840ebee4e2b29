"""Tiles: together they are the whole picture, and what does not fit is measured."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.imaging.resample import BICUBIC, resize
from upbench.benchmark.imaging.tiles import WHOLE, Seams, Tiling, bands, equal_spans, spans

IMAGE = np.random.default_rng(4).random((83, 131, 3)).astype(np.float32)


def tiled(image: np.ndarray, scale: int, tiling: Tiling, seams: Seams | None = None) -> np.ndarray:
    """Enlarge by bicubic, in tiles."""
    call = lambda rows, columns: resize(image[rows, columns], scale, BICUBIC)  # noqa: E731
    return np.concatenate([*bands(image.shape[:2], scale, tiling, call, seams)])


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 400), st.integers(16, 90), st.integers(0, 40))
def test_spans_cover_an_axis_once(length: int, side: int, margin: int) -> None:
    """Each pixel is kept by one tile and seen with its margin; no tile is too long."""
    found = spans(length, Tiling(side, margin))
    kept = [i for span in found for i in range(span.start, span.stop)]
    assert kept == list(range(length))
    for span in found:
        assert span.first == max(0, span.start - margin)
        assert span.last == min(length, span.stop + margin)
        assert span.last - span.first <= side + 3 * margin


@pytest.mark.parametrize("scale", [2, 3])
@pytest.mark.parametrize("side", [16, 17, 50, 131])
def test_tiles_equal_the_whole(scale: int, side: int) -> None:
    """With a margin of a kernel's reach, tiles give the very pixels of the whole picture."""
    seams = Seams()
    found = tiled(IMAGE, scale, Tiling(side, 3), seams)
    np.testing.assert_allclose(found, resize(IMAGE, scale, BICUBIC), atol=1e-12)
    assert seams.largest < 1e-12


def test_a_margin_that_is_too_small_is_measured() -> None:
    """Without a margin tiles do not fit, and the seams say by how much at least."""
    seams = Seams()
    found = tiled(IMAGE, 2, Tiling(32, 1), seams)
    assert np.abs(found - resize(IMAGE, 2, BICUBIC)).max() > 0.01
    assert seams.largest > 0.01


def test_the_whole_is_one_tile() -> None:
    """Side 0 takes a picture of any size at once."""
    assert [*spans(100_000, WHOLE)] == [(0, 100_000, 0, 100_000)]


@pytest.mark.parametrize("scale", [2, 3, 4, 8, 16])
def test_default_tiles_have_outputs_of_bounded_size(scale: int) -> None:
    """Tiles shrink as the scale grows, and begin at multiples that windows of networks divide."""
    tiling = Tiling.for_scale(scale)
    assert tiling.side * scale <= 2048
    assert tiling.side % 16 == 0


@pytest.mark.parametrize(("side", "margin"), [(5, 8), (-16, 8), (32, -1)])
def test_tiles_that_make_no_sense_are_refused(side: int, margin: int) -> None:
    """A tile of a few pixels, or a negative number, is refused with what was given."""
    with pytest.raises(UsageError, match=f"got {side} and {margin}"):
        Tiling(side, margin)


@settings(deadline=None, max_examples=500)
@given(st.data())
def test_tiles_of_one_length_share_what_an_output_pixel_sees(data: st.DataObject) -> None:
    """Whatever the steps: an inner end of a tile is kept by its neighbour, which sees as far."""
    step = data.draw(st.sampled_from((1, 2, 3, 8, 16, 32, 64)), "step")
    side = step * data.draw(st.integers(1, 40), "side, in steps")
    length = side + step * data.draw(st.integers(0, 60), "rest, in steps")
    overlap = data.draw(st.integers(0, 80), "overlap")
    found = equal_spans(length, side, overlap, step)
    kept = [pixel for span in found for pixel in range(span.start, span.stop)]
    assert kept == list(range(length))
    # of a tile of few steps, all that steps leave
    least = min(overlap, (side - step) // 2)
    for span in found:
        assert span.first % step == 0
        assert span.last - span.first == side
        assert not span.first or span.start - span.first >= least
        assert span.last == length or span.last - span.stop >= least


def test_tiles_that_begin_at_steps_still_overlap() -> None:
    """Rounded beginnings once left tiles of 96 pixels side by side, with nothing in common."""
    found = [span[2:] for span in equal_spans(352, 96, 5, 32)]
    assert found == [(0, 96), (64, 160), (128, 224), (192, 288), (256, 352)]


@pytest.mark.parametrize(("length", "number"), [(10, 1), (16, 2), (22, 3), (23, 4)])
def test_no_tile_of_one_length_is_in_vain(length: int, number: int) -> None:
    """Tiles of 10 pixels that share 4 move on by 6."""
    assert len(equal_spans(length, 10, 2)) == number
