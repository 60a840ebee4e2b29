"""Gates: what is an expression, what breaks one, and what leaves one open."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from upbench.benchmark.core.errors import UnknownNameError, UsageError
from upbench.benchmark.report.compare import judge, parse_gate
from upbench.benchmark.report.compare.columns import known_columns
from upbench.benchmark.report.compare.comparison import Comparison
from upbench.benchmark.report.compare.lines import summarise_pairs
from upbench.benchmark.report.compare.pairs import PAIR_COLUMNS, Side
from upbench.benchmark.report.compare.reading import Run

KNOWN = known_columns([])
COLUMNS = {name: KNOWN[name] for name in ("psnr_db", "ssim", "mpx_per_s")}
RUN = Run(Path("run"), pd.DataFrame(), {})


def pairs_of(*given: dict[str, Any]) -> Comparison:
    """Return a comparison of pairs: defaults, with what is given."""
    default = {
        "method": "bicubic",
        "dataset": "set",
        "scale": 2,
        "protocol": "y-classic",
        "column": "psnr_db",
        "a": 30.0,
        "b": 30.0,
        "change": 0.0,
        "effect": 0.0,
        "reason": None,
        "present": "both",
        "lost": False,
    }
    rows = [default | {"image": f"image-{n}"} | row for n, row in enumerate(given)]
    for row in rows:
        if row["change"] and not row["effect"]:
            is_ratio = row["column"] == "mpx_per_s"
            row["effect"] = math.log(row["change"]) if is_ratio else row["change"]
    pairs = pd.DataFrame(rows, columns=PAIR_COLUMNS).astype({"reason": "str", "lost": "bool"})
    sides = (Side(name, RUN, pd.DataFrame()) for name in "AB")
    return Comparison(*sides, COLUMNS, pairs, summarise_pairs(pairs, COLUMNS))


def changes(*values: float, column: str = "psnr_db", **more: Any) -> list[dict[str, Any]]:
    """Return pairs that changed by these values."""
    return [{"change": value, "column": column, **more} for value in values]


# ------------------------------------------------------------------ expressions


@pytest.mark.parametrize(
    ("text", "over", "column", "sign", "limit"),
    [
        ("psnr_db < -0.05", "mean", "psnr_db", "<", -0.05),
        ("psnr_db<-.05dB", "mean", "psnr_db", "<", -0.05),
        ("  mean   ssim <= -1e-3 ", "mean", "ssim", "<=", -0.001),
        ("any psnr_db < -0.5 db", "any", "psnr_db", "<", -0.5),
        ("mpx_per_s < 0.9", "mean", "mpx_per_s", "<", 0.9),
        ("mpx_per_s >= 1.5x", "mean", "mpx_per_s", ">=", 1.5),
    ],
)
def test_expressions(text: str, over: str, column: str, sign: str, limit: float) -> None:
    """Spaces, the unit and the word "mean" are free."""
    gate = parse_gate(text, COLUMNS)
    assert (gate.over, gate.column.key, gate.sign, gate.limit) == (over, column, sign, limit)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "psnr_db",
        "psnr_db <",
        "psnr_db < x",
        "psnr_db < nan",
        "psnr_db == 0",
        "psnr_db < 1 < 2",
        "-0.05 > psnr_db",
        "psnr_db < -0,05",
        "psnr_db < -0.05; ssim < 0",
        "every psnr_db < 0",
        "psnr_db < 0 and ssim < 0",
        "psnr_db < 1e9999",
        "psnr_db < ٣",
    ],
)
def test_a_bad_expression_is_explained_in_one_sentence(text: str) -> None:
    """The sentence shows what would be right and repeats what was given."""
    with pytest.raises(
        UsageError, match=r"^--fail-if takes one change and its limit, like"
    ) as caught:
        parse_gate(text, COLUMNS)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("psnr_db < -5 px", "psnr_db changes in dB; got the unit 'px'"),
        ("ssim < -0.1 dB", "ssim changes in no unit; got the unit 'dB'"),
        ("mpx_per_s < -0.1", "changes by a ratio, new / old; expected a limit above 0"),
        ("mpx_per_s < 0", "expected a limit above 0, like 0.9 for a tenth slower; got 0"),
        ("shift_px > 1", "shift_px is not compared, because --metrics leaves it out"),
    ],
)
def test_a_limit_that_does_not_fit_its_column_is_refused(text: str, sentence: str) -> None:
    """A ratio below zero and another column's unit are mistakes."""
    with pytest.raises(UsageError, match=sentence):
        parse_gate(text, COLUMNS)


def test_a_misspelt_column_gets_a_hint() -> None:
    """The names are those of the metrics."""
    with pytest.raises(UnknownNameError, match="no metric named 'psnr'; did you mean 'psnr_db'"):
        parse_gate("psnr < -1", COLUMNS)


# ------------------------------------------------------------------ what breaks a gate


def broken(text: str, found: Comparison) -> tuple[str, ...]:
    """Return what breaks one gate."""
    (verdict,) = judge([parse_gate(text, COLUMNS)], found).verdicts
    assert verdict.open == ()
    return verdict.broken


def test_a_mean_that_falls_too_far_breaks_its_gate() -> None:
    """The message names method, place, change, images and the worst of them."""
    found = pairs_of(*changes(-0.1, -0.3, 0.1))
    assert broken("psnr_db < -0.05", found) == (
        "bicubic on set x2, y-classic: -0.100 dB over 3 images, worst on image-1: -0.300",
    )
    assert broken("psnr_db < -0.2", found) == ()


def test_a_gate_on_any_image_names_the_images_the_worst_first() -> None:
    """One image is enough, however the mean is."""
    found = pairs_of(*changes(-0.1, -0.3, 5.0))
    assert broken("any psnr_db < -0.05", found) == (
        "bicubic on set x2, y-classic: -0.300 dB on image-1",
        "bicubic on set x2, y-classic: -0.100 dB on image-0",
    )


def test_the_limit_itself_is_decided_by_the_sign() -> None:
    """`<` leaves the limit in peace and `<=` does not."""
    found = pairs_of(*changes(0.0, 0.0))
    assert broken("psnr_db < 0", found) == ()
    assert len(broken("psnr_db <= 0", found)) == 1


def test_speed_breaks_by_its_geometric_mean() -> None:
    """A ratio of 0.5 and one of 1.28 are 0.8 together."""
    found = pairs_of(*changes(0.5, 1.28, column="mpx_per_s"))
    (text,) = broken("mpx_per_s < 0.9", found)
    assert "0.800x over 2 images, worst on image-0: 0.500x" in text
    assert broken("mpx_per_s < 0.79", found) == ()


def test_each_line_is_judged_by_itself() -> None:
    """A gain of one method does not pay for the loss of another."""
    found = pairs_of(*changes(-0.3, -0.3), *changes(9.0, 9.0, method="nearest"))
    assert len(broken("psnr_db < -0.05", found)) == 1


def test_a_perfect_image_that_is_perfect_no_more_breaks_a_gate() -> None:
    """Infinitely much is more than every limit."""
    assert (
        "-inf dB over 2 images" in broken("psnr_db < -0.05", pairs_of(*changes(-math.inf, 0.0)))[0]
    )


def test_an_image_that_failed_breaks_every_gate() -> None:
    """A crash is worse than any number."""
    lost = {"column": "", "reason": "B failed (crash): signal 11", "lost": True, "change": None}
    found = pairs_of(*changes(1.0, 1.0), lost, lost)
    judgement = judge([parse_gate("psnr_db < -0.05", COLUMNS)], found)
    assert judgement.is_broken
    (sentence,) = judgement.lost
    assert sentence.startswith("bicubic: 2 images with a result of A and none of B, the first set/")
    assert sentence.endswith("image-2 x2, y-classic: B failed (crash): signal 11")
    assert not judge([], found).is_broken


# ------------------------------------------------------------------ what leaves a gate open


def test_a_gate_without_a_comparable_image_is_open() -> None:
    """Lines are counted by reason; a gate on another column is judged all the same."""
    unlike = {"column": "ssim", "reason": "metric ssim differs", "change": None}
    found = pairs_of(*changes(0.0, 0.0), unlike, unlike | {"method": "nearest"})
    judgement = judge([parse_gate(text, COLUMNS) for text in ("ssim < -1", "psnr_db < -1")], found)
    ssim, psnr = judgement.verdicts
    assert ssim.open == ("bicubic on set x2, y-classic and 1 more line: metric ssim differs",)
    assert psnr.open == ()
    assert (judgement.is_open, judgement.is_broken) == (True, False)


def test_what_one_side_never_tried_leaves_no_gate_open() -> None:
    """A new method has nothing to be compared with."""
    alone = {"column": "", "reason": "only B has it", "present": "b", "method": "new"}
    assert not judge([parse_gate("psnr_db < 0", COLUMNS)], pairs_of(*changes(0.0), alone)).is_open


def test_pairs_that_no_gate_sees_are_counted() -> None:
    """Images that cannot be compared beside others that can are no pass in silence."""
    unlike = {"reason": "the image is another one", "change": None}
    of_others = unlike | {"column": "ssim", "reason": "metric ssim differs"}
    found = pairs_of(*changes(0.0, 0.0), unlike, unlike | {"column": ""}, of_others)
    judgement = judge([parse_gate("psnr_db < 0", COLUMNS)], found)
    assert (judgement.unseen, judgement.is_open, judgement.is_broken) == (2, False, False)
    assert judge([], found).unseen == 0


def test_a_gate_on_no_change_names_no_worst_image() -> None:
    """Where nothing changed, no image is the worst."""
    found = pairs_of(*changes(0.0, 0.0), *changes(-1.0, -2.0, method="nearest"))
    assert broken("psnr_db <= 0", found) == (
        "bicubic on set x2, y-classic: 0 dB over 2 images",
        "nearest on set x2, y-classic: -1.50 dB over 2 images, worst on image-3: -2.00",
    )


def test_nothing_in_common_leaves_a_gate_open() -> None:
    """A gate that nothing was held against does not hold."""
    alone = {"column": "", "reason": "only B has it", "present": "b"}
    judgement = judge([parse_gate("psnr_db < 0", COLUMNS)], pairs_of(alone))
    assert judgement.verdicts[0].open == ("the two sides have no row in common that has psnr_db",)


def test_a_mean_that_does_not_exist_leaves_a_gate_open() -> None:
    """Infinitely better and infinitely worse have no mean; single images can be judged."""
    found = pairs_of(*changes(-math.inf, math.inf))
    mean, single = judge(
        [parse_gate(text, COLUMNS) for text in ("psnr_db < -1", "any psnr_db < -1")], found
    ).verdicts
    assert "images change by infinity both ways" in mean.open[0]
    assert single.open == ()
    assert len(single.broken) == 1
