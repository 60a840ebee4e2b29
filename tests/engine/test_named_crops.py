"""``--crop IMAGE:X,Y``: the crop that pictures show lies where the user says."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from skimage import data
from stored_runs import run_into

from upbench.benchmark.core.errors import UnknownNameError, UsageError
from upbench.benchmark.engine.plan import read_crops
from upbench.benchmark.engine.runner import Request
from upbench.benchmark.engine.store import Store

if TYPE_CHECKING:
    from pathlib import Path

PIXELS = data.coffee()[:240, :300]


def shown(folder: Path) -> dict[str, np.ndarray]:
    """Return the crops of a run by method; the reference's is that of ""."""
    with Store(folder) as store:
        return {
            identity[0]: np.asarray(Image.open(io.BytesIO(png)))
            for identity, png in store.crops().items()
        }


def test_the_crop_lies_where_it_is_asked_for(tmp_path: Path) -> None:
    """It is RGB under an RGB protocol; a finished run is run again for it, and the row stays."""
    (tmp_path / "in").mkdir()
    Image.fromarray(PIXELS).save(tmp_path / "in" / "cup.png")
    asked = Request("nearest,bicubic", f"folder:{tmp_path / 'in'}", "2", protocols="rgb8")
    assert set(run_into(tmp_path / "o", asked)["status"]) == {"ok"}
    before = shown(tmp_path / "o")
    placed = replace(asked, crops=("cup:60,70",))
    assert set(run_into(tmp_path / "o", placed)["status"]) == {"ok"}
    after = shown(tmp_path / "o")
    np.testing.assert_array_equal(after[""], PIXELS[22:118, 12:108])
    assert after["bicubic"].shape == (96, 96, 3)
    assert not np.array_equal(before[""], after[""])
    # a method that is not asked for again loses its crop of the old place
    run_into(tmp_path / "o", replace(asked, methods="bicubic"))
    again = shown(tmp_path / "o")
    assert set(again) == {"", "bicubic"}
    np.testing.assert_array_equal(again[""], before[""])


@pytest.mark.parametrize(
    "text", ["cup", "cup:", "cup:1", "cup:-1,2", "cup:1,b", ":1,2", "cup:1.5,2"]
)
def test_what_is_no_place_is_refused(text: str) -> None:
    """The sentence shows the form."""
    with pytest.raises(UsageError, match="like butterfly:120,80; got"):
        read_crops([text], ["cup"])


def test_a_misspelt_image_is_refused() -> None:
    """The sentence says which was meant."""
    with pytest.raises(UnknownNameError, match="no image named 'cub'; did you mean 'cup'"):
        read_crops(["cub:1,2"], ["cup", "baby"])
    with pytest.raises(UsageError, match="--crop names the image cup twice; expected one centre"):
        read_crops(["cup:1,2", "cup:3,4"], ["cup"])


def test_a_name_may_hold_a_colon() -> None:
    """The last colon counts."""
    assert read_crops(["a:b:1, 2"], ["a:b"]) == {"a:b": (1, 2)}
