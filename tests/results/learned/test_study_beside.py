"""The longer trained networks: beside published ones, and along their training."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from head_study.figures import draw_longer
from head_study.page import page
from head_study.published import PUBLISHED, published_table
from head_study.table import Tables
from upbench.benchmark.report.render import DASH

TRAINED_ON = "t91 and bsd200"


def row(method: str, scale: int, psnr_db: float, dataset: str = "set5", **more: Any) -> Any:
    """Return a line of the table of heads."""
    known = {"parameters": float("nan"), "trained_on": None, "training_images": None}
    return {
        "method": method,
        "scale": scale,
        "dataset": dataset,
        "psnr_db": psnr_db,
        **known,
    } | more


@pytest.fixture
def heads() -> pd.DataFrame:
    """Return bicubic and a small network, which has no weights at x4, on two datasets."""
    small = {"trained_on": TRAINED_ON}
    return pd.DataFrame(
        [
            row("bicubic", 2, 33.66),
            row("bicubic", 3, 30.39),
            row("bicubic", 2, 20.0, "folder:photos"),
            row("upnet-small", 2, 37.204, parameters=10020, training_images=271, **small),
            row("upnet-small", 3, 33.1, parameters=10745, training_images=270, **small),
            row("cnn-carafe", 2, 36.5, parameters=9000, **small),
        ]
    )


def cells(heads: pd.DataFrame) -> list[list[str]]:
    """Return the table's cells, its head first and its rule left out."""
    lines = published_table(heads).splitlines()
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [found[0], *found[2:]]


def test_networks_are_in_the_order_of_their_psnr(heads: pd.DataFrame) -> None:
    """Ours stands among the others; heads of the short training are not in it."""
    head, *lines = cells(heads)
    assert head == ["network", "source", "weights", "trained on", "Set5 x2", "Set5 x3", "Set5 x4"]
    assert [line[0] for line in lines] == [
        "bicubic",
        "SRCNN 9-5-5",
        "FSRCNN",
        "upnet-small",
        "VDSR",
    ]
    assert lines[0][1:] == [DASH, DASH, DASH, "33.66", "30.39", DASH]
    assert lines[2][1] == "Dong et al., 2016, arXiv:1608.00367"
    assert lines[2][2:] == ["12,464", "T91 and General-100, 191 images", "37.00", "33.16", "30.71"]
    assert lines[3][2:] == [
        *("10,020 to 10,745", "t91 and bsd200, 270 to 271 images", "37.20", "33.10", DASH)
    ]


def test_nothing_to_set_beside_is_no_table(heads: pd.DataFrame) -> None:
    """Without a dataset of the literature, or a network of ours, there is nothing to compare."""
    assert published_table(heads[heads["dataset"] != "set5"]) == ""
    assert published_table(heads[heads["method"] != "upnet-small"]) == ""


def test_published_numbers_fall_with_the_scale() -> None:
    """A misplaced digit would show: x2 is easier than x3 than x4, and the years went up."""
    for one in PUBLISHED:
        assert all(x2 > x3 + 2 > x4 + 3 for x2, x3, x4 in one.psnr_db.values()), one.name
    for name in ("set5", "set14"):
        in_order = [one.psnr_db[name] for one in PUBLISHED]
        assert in_order == sorted(in_order)


def test_curves_have_a_panel_for_each_scale() -> None:
    """Each network is a line from the first records that are worth a look."""
    steps = [0, 10, 300, 1000, 2000]
    curves = pd.DataFrame(
        {"method": name, "scale": scale, "seed": 0, "step": step, "psnr_db": 30 + step / 1000}
        for name in ("upnet-small", "upnet-large", "cnn-carafe")
        for scale in (2, 4)
        for step in steps
    )
    figure = draw_longer(curves)
    assert figure is not None
    assert [panel.get_title() for panel in figure.axes] == ["x2", "x4"]
    for panel in figure.axes:
        assert [list(line.get_xdata()) for line in panel.lines] == [[300, 1000, 2000]] * 2
    assert draw_longer(curves[curves["method"] == "cnn-carafe"]) is None


def test_page_shows_table_and_curves(heads: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    """The section is there with its table, and is not where there is no such table."""
    from head_study import page as writing

    for name in ("findings", "trained_table"):
        monkeypatch.setattr(writing, name, lambda *_: "")
    nothing = pd.DataFrame()
    said = page(Tables(heads, nothing, nothing, nothing, nothing))
    assert published_table(heads) in said
    assert "(figures/longer.png)" in said
    short = heads[heads["method"] != "upnet-small"]
    assert "longer.png" not in page(Tables(short, nothing, nothing, nothing, nothing))
