"""The summary as LaTeX: rules, escapes, bold, and an environment that is closed."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd
import pytest

from upbench.benchmark.report.render.latex import SIGNS, escape
from upbench.benchmark.report.tables import to_latex

NUMBERS = {"psnr_db": 30.0, "ssim": 0.9, "checkerboard_db": 0.0, "shift_px": 0.0, "mpx_per_s": 10.0}
STATISTICS = {
    "reference": "bicubic",
    "psnr_db_diff": 0.5,
    "psnr_db_diff_low": -0.25,
    "psnr_db_diff_high": 1.0,
    "psnr_db_best_diff": 0.0,
    "psnr_db_best_low": 0.0,
    "psnr_db_best_high": 0.0,
    "psnr_db_rank_low": 1,
    "psnr_db_rank_high": 3,
    "psnr_db_resolves": 0.3,
    "ssim_resolves": 0.0035,
}


def summary(*given: dict[str, Any]) -> pd.DataFrame:
    """Return a summary: defaults, with what is given."""
    default = {"dataset": "set", "scale": 2, "protocol": "y-classic", "images": "12/12"}
    return pd.DataFrame([default | NUMBERS | STATISTICS | row for row in given])


def body(text: str) -> list[list[str]]:
    """Return the cells of every row between the rules."""
    lines = [line for line in text.splitlines() if line.endswith(r" \\")]
    return [[cell.strip() for cell in line.removesuffix(r"\\").split(" & ")] for line in lines]


def test_the_best_is_bold_and_nulls_are_dashes() -> None:
    """Numbers are printed as in the other tables; infinity is a sign of mathematics."""
    text = to_latex(
        summary(
            {"method": "one", "psnr_db": 31.004, "shift_px": None},
            {"method": "two", "psnr_db": 30.0, "ssim": 0.95, "shift_px": 0.1},
            {"method": "part", "psnr_db": 99.0, "images": "11/12"},
            {"method": "all", "psnr_db": math.inf, "dataset": "other"},
        )
    )
    rows = {row[0]: row[1:] for row in body(text)}
    assert rows["one"][:2] == ["12/12", r"\textbf{31.00}"]
    assert rows["one"][5:8] == ["0.9000", r"\textbf{0.0}", "--"]
    assert (rows["two"][1], rows["two"][5]) == ("30.00", r"\textbf{0.9500}")
    assert rows["part"][:2] == ["11/12", "99.00"]
    assert rows["all"][1] == r"\textbf{$\infty$}"


def test_differences_stand_beside_the_psnr_with_their_intervals() -> None:
    """Signs are those of mathematics; the reference has no difference to itself."""
    unknown = dict.fromkeys(["psnr_db_diff", "psnr_db_diff_low", "psnr_db_diff_high"], math.nan)
    text = to_latex(
        summary(
            {"method": "one"},
            {"method": "two", "psnr_db_diff": -math.inf, "psnr_db_diff_low": math.nan},
            {"method": "part", "psnr_db_rank_low": None, **unknown},
            {"method": "bicubic"},
        )
    )
    rows = {row[0]: [row[3], row[5]] for row in body(text)}
    assert rows == {
        "method": ["minus bicubic", "rank"],
        "one": ["$+0.50$ $[-0.25, +1.00]$", "1 to 3"],
        "two": [r"$-\infty$", "1 to 3"],
        "part": ["--", "--"],
        "bicubic": ["--", "1 to 3"],
    }
    assert "With 12 images, differences to bicubic below about 0.3 dB" in text


def test_each_group_is_a_table_of_its_own() -> None:
    """Datasets, scales and protocols never share a table; each has caption and label."""
    text = to_latex(summary({"method": "m"}, {"method": "m", "scale": 3}, {"method": "m"}))
    assert text.count(r"\begin{table}") == text.count(r"\end{table}") == 2
    for rule in ("toprule", "midrule", "bottomrule"):
        assert text.count(rf"\{rule}") == 2
    assert re.findall(r"\\label\{(.+)\}", text) == ["tab:set-x2-y-classic", "tab:set-x3-y-classic"]
    assert text.count(r"\caption{Upsampling by 3 on set, protocol y-classic") == 1


def test_rows_have_as_many_cells_as_the_table_has_columns() -> None:
    """TeX stops at a row that is too long."""
    text = to_latex(summary({"method": "m"}))
    (layout,) = re.findall(r"\\begin\{tabular\}\{(\w+)\}", text)
    assert {len(row) for row in body(text)} == {len(layout)} == {5 + len(NUMBERS)}


@pytest.mark.parametrize(
    ("scale", "said"),
    [
        (2, "Upsampling by 2 on"),
        (1.5, "Upsampling by 1.5 on"),
        (0.5, "Downsampling by 2 on"),
        (0.3, "Downsampling by 10/3 on"),
        ("300x448", "Resizing to 300x448 pixels on"),
        ("from-300x448", "Resizing from 300x448 pixels on"),
    ],
)
def test_the_caption_says_what_is_done_to_an_image(scale: float | str, said: str) -> None:
    """No one upsamples by a half."""
    assert rf"\caption{{{said} set, protocol" in to_latex(summary({"method": "m", "scale": scale}))


def test_the_caption_promises_only_what_the_table_has() -> None:
    """Intervals and ranks of eight images, intervals of two, neither of one."""
    no_ranks = {"psnr_db_rank_low": None, "psnr_db_rank_high": None}
    nothing = dict.fromkeys(["psnr_db_diff_low", "psnr_db_diff_high"], math.nan) | no_ranks
    eight, two, one = (
        to_latex(summary({"method": "m"} | given)) for given in ({}, no_ranks, nothing)
    )
    assert "and the rank ranges, hold for all methods together" in " ".join(eight.split())
    assert r"those to the reference have 95\,\% intervals." in two
    assert "rank ranges" not in two
    assert "interval" not in one
    assert "rank ranges" not in one


def test_no_label_stands_twice() -> None:
    """Names without a letter of TeX's, and names that differ in signs alone."""
    names = ("folder:写真", "folder:図", "a:b", "a b", "A b", "folder-x2-y-classic")
    text = to_latex(summary(*({"method": "m", "dataset": name} for name in names)))
    labels = re.findall(r"\\label\{(.+)\}", text)
    assert len({*labels}) == len(names)
    assert all(re.fullmatch(r"tab:[a-z0-9-]+", label) for label in labels)


@pytest.mark.parametrize("sign", SIGNS)
def test_signs_of_tex_are_escaped(sign: str) -> None:
    """A folder may be called anything; each sign is set and none is obeyed."""
    text = to_latex(summary({"method": "m", "dataset": f"folder:a{sign}b"}))
    caption = next(line for line in text.splitlines() if line.startswith(r"\caption"))
    assert f"folder:a{SIGNS[sign]}b" in caption
    assert re.sub(r"\\.", "", caption).count("{") == re.sub(r"\\.", "", caption).count("}")
    assert balanced(text)


def balanced(text: str) -> bool:
    """Say whether braces and environments are closed in order."""
    depth, stack = 0, []
    without_comments = re.sub(r"(?<!\\)%.*", "", text)
    for mark in re.findall(r"\\(?:begin|end)\{\w+\}|\\.|[{}]", without_comments):
        if mark.startswith(r"\begin"):
            stack.append(mark[7:-1])
        elif mark.startswith(r"\end"):
            if not stack or stack.pop() != mark[5:-1]:
                return False
        elif mark in "{}":
            depth += 1 if mark == "{" else -1
            if depth < 0:
                return False
    return depth == 0 and not stack


def test_the_check_of_balance_finds_what_it_is_for() -> None:
    """An open brace and a crossed environment are found."""
    assert balanced(r"\begin{a}\textbf{b\}}\end{a} 50\% % }")
    assert not balanced(r"\textbf{a")
    assert not balanced(r"\begin{a}\begin{b}\end{a}\end{b}")


def test_the_origin_is_a_comment() -> None:
    """A line break in it cannot end the comment."""
    text = to_latex(summary({"method": "m"}), "Measured\nyesterday.")
    assert text.startswith(
        "% Needs \\usepackage{booktabs}.\n% Measured yesterday.\n\n\\begin{table}"
    )


def test_a_line_break_in_a_name_is_a_space() -> None:
    """A row stays on its line."""
    assert escape("a\nb_c") == r"a b\_c"


def test_no_row_is_no_table() -> None:
    """A run of nothing gives a file that TeX reads."""
    assert to_latex(summary({"method": "m"}).iloc[:0]) == "% Needs \\usepackage{booktabs}.\n"
