"""The boundary at which a dataset's images, and what it says of itself, come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from upbench.benchmark.core.contract import Dataset, ImageItem, LocalStatus
from upbench.benchmark.core.errors import DatasetError, FetchError
from upbench.benchmark.registry.catalog import ensure_available
from upbench.benchmark.registry.images import list_images, status_of

if TYPE_CHECKING:
    from pathlib import Path

PIXELS = np.zeros((4, 4, 1), np.float32)


def dataset_of(scale: Any = None, **fields: Any) -> Dataset:
    """Return a dataset of one pair."""
    item = ImageItem("a", "1", lambda: PIXELS, lambda: PIXELS[::2, ::2], scale)
    return Dataset("odd", lambda: [item], "made up", "none", **fields)


@pytest.mark.parametrize("scale", [0, 1, -2, 17, True, 2.0, "2"])
def test_a_scale_that_no_run_takes_is_refused_at_the_listing(scale: Any) -> None:
    """Before it ends a whole run, or a message asks for a scale that is refused."""
    with pytest.raises(DatasetError) as caught:
        list_images(dataset_of(scale))
    assert str(caught.value) == (
        f"odd lists 'a' with the scale {scale!r}; expected that of a real pair, a whole number "
        "from 2 to 16, or None."
    )


@pytest.mark.parametrize("scale", [None, 2, 16])
def test_scales_of_pairs_are_taken(scale: int | None) -> None:
    """All that a run takes."""
    (item,) = list_images(dataset_of(scale))
    assert item.scale == scale


def broken(*_: Any) -> Any:
    """Raise what a plugin's mistake raises."""
    raise KeyError("photos")


def test_a_status_that_is_none_is_one_sentence() -> None:
    """Whatever a plugin's function raises or returns."""
    here = LocalStatus("here", 1, 1, 0)
    assert status_of(dataset_of()) is None
    assert status_of(dataset_of(status=lambda: here)) == here
    with pytest.raises(DatasetError, match=r"^odd cannot say what is on this machine: KeyError: "):
        status_of(dataset_of(status=broken))
    with pytest.raises(DatasetError, match=r"^odd: status returned a str; expected a LocalStatus"):
        status_of(dataset_of(status=lambda: "here"))
    odd: Any = LocalStatus("here", 1, 1, "3 MB")  # type: ignore[arg-type]
    with pytest.raises(DatasetError) as caught:
        status_of(dataset_of(status=lambda: odd))
    assert str(caught.value) == (
        "odd: status returned LocalStatus(place='here', present=1, total=1, bytes='3 MB'); "
        "expected numbers as present, total and bytes."
    )


def test_a_download_that_fails_is_one_sentence() -> None:
    """A plugin's own sentence stays; a mistake becomes one."""
    with pytest.raises(DatasetError, match=r"^odd cannot be downloaded: KeyError: 'photos'"):
        ensure_available(dataset_of(fetch=broken))

    def no_server(*_: Any) -> Path:
        raise FetchError("There is no server.")

    with pytest.raises(FetchError, match=r"^There is no server\.$"):
        ensure_available(dataset_of(fetch=no_server))
