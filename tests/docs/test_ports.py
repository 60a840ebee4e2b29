"""The usual ports that docs/agreement.md begins with: the published pairs agree."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
PAIRS = {
    "`cv2.INTER_CUBIC`": ("opencv-cubic", "torch-bicubic"),
    "`cv2.INTER_LINEAR`": ("opencv-linear", "torch-bilinear"),
    "Pillow's `BILINEAR`": ("pillow-bilinear", "torch-bilinear"),
    "`cv2.INTER_NEAREST`": ("opencv-nearest", "torch-nearest"),
    "Pillow's `NEAREST`": ("pillow-nearest", "torch-nearest"),
    "Pillow's `BICUBIC`": ("pillow-bicubic", "torch-bicubic-antialias"),
}


@pytest.mark.parametrize("call", PAIRS)
def test_the_ports_that_the_page_begins_with_agree(call: str) -> None:
    """Both methods are at most one level of 255 apart on every crop of the bench, at each scale."""
    text = (ROOT / "docs" / "agreement.md").read_text(encoding="utf-8")
    assert call in text.partition("## How it is measured")[0]
    pairs = pd.read_csv(ROOT / "results" / "bench" / "agreement.csv")
    own = pairs[pairs["method_a"].isin(PAIRS[call]) & pairs["method_b"].isin(PAIRS[call])]
    assert set(own["scale"]) == {2, 3, 4}
    assert (own["max_abs"] * 255 < 1.01).all()
