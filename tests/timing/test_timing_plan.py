"""The plan of timings: sizes of the output, conditions, estimates."""

from __future__ import annotations

from typing import Any

import pytest

from upbench.benchmark.core.contract import Method
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.timing.plan import estimate, plan_timing


def function(image: Any, scale: int) -> Any:
    """Stand for a method without state."""


class Loader:
    """Stand for a method that is loaded."""


PLAIN = Method("plain", "test", function)
LEARNED = Method("learned", "test", Loader, scales=(3, 4), colour="luma")


def test_sizes_are_of_the_output() -> None:
    """The input's side is size / scale rounded, and the output is that times the scale."""
    cells = plan_timing([PLAIN], [2, 3], [256])
    assert [(c.scale, c.size, c.low_side, c.side) for c in cells] == [
        (2, 256, 128, 256),
        (3, 256, 85, 255),
    ]


def test_cells_go_from_small_to_large_method_by_method() -> None:
    """Whatever order the sizes were given in, and each once."""
    cells = plan_timing([PLAIN, LEARNED], [4, 4], [512, 64, 512])
    assert [(c.method, c.size) for c in cells] == [
        ("plain", 64),
        ("plain", 512),
        ("learned", 64),
        ("learned", 512),
    ]


def test_scale_that_is_not_offered_is_skipped_with_a_reason() -> None:
    """The cell says what the method offers."""
    (cell,) = plan_timing([LEARNED], [2], [64])
    assert cell.skip == "learned does not offer x2, only x3, x4."


def test_device_is_that_of_methods_that_can_choose_one() -> None:
    """A plain function gets no device, so its cells do not claim one."""
    cells = plan_timing([PLAIN, LEARNED], [4], [64], device="cuda", threads=2)
    assert [(c.device, c.threads, c.channels) for c in cells] == [("cpu", 2, 3), ("cuda", 2, 1)]


def test_estimate_grows_with_cells_and_budget_and_leaves_out_what_is_skipped() -> None:
    """A process per method, and at most about the budget for each size."""
    one = plan_timing([PLAIN], [2], [64])
    assert estimate(one, budget=2.0) > 2.0
    assert estimate(one * 3, budget=2.0) - estimate(one, budget=2.0) == pytest.approx(4.8)
    assert estimate(plan_timing([LEARNED], [2], [64])) == 0.0


@pytest.mark.parametrize("size", [0, 15, 40000, 64.0, "64"])
def test_size_that_is_no_side_is_refused(size: Any) -> None:
    """The error repeats what was given."""
    with pytest.raises(UsageError, match=f"whole number from 16 to 32768; got {size!r}"):
        plan_timing([PLAIN], [2], [size])


@pytest.mark.parametrize("threads", [0, -1, 1.5])
def test_number_of_threads_is_checked(threads: Any) -> None:
    """Nothing runs on no thread."""
    with pytest.raises(UsageError, match=f"1 thread or more; got {threads}"):
        plan_timing([PLAIN], [2], [64], threads=threads)


def test_sizes_may_be_a_width_and_a_height() -> None:
    """Of the output; the input is what it takes, and megapixels count both sides."""
    (cell,) = plan_timing([PLAIN], [4], [(1920, 1080)])
    assert (cell.low_side, cell.low_width, cell.side, cell.width) == (270, 480, 1080, 1920)
    assert cell.place == "1920 x 1080 px"
    squares = plan_timing([PLAIN], [2], [256, (256, 256)])
    assert [one.place for one in squares] == ["256 px"]


def test_the_basis_says_what_goes_in_and_comes_out() -> None:
    """8-bit RGB and float luma are for every method; by default it is what the method takes."""
    cells = plan_timing([PLAIN, LEARNED], [4], [64], bases=("uint8-rgb", "float-luma", "float"))
    assert [(c.method, c.channels, c.dtype) for c in cells] == [
        *(("plain", 3, "uint8"), ("plain", 1, "float32"), ("plain", 3, "float32")),
        *(("learned", 3, "uint8"), ("learned", 1, "float32"), ("learned", 1, "float32")),
    ]
    with pytest.raises(UsageError, match="no basis named 'uint8'; did you mean 'uint8-rgb'"):
        plan_timing([PLAIN], [4], [64], bases=("uint8",))


def test_several_numbers_of_threads_are_several_cells() -> None:
    """Each its own."""
    cells = plan_timing([PLAIN], [2], [64], threads=(1, 4))
    assert [cell.threads for cell in cells] == [1, 4]
    assert len({cell.identity for cell in cells}) == 2
