r"""The summary as LaTeX tables, ready for a paper: booktabs rules, the best of each column bold.

One ``table`` environment per dataset, scale and protocol, so that ``\input{summary.tex}`` sets
them all, and a paper can copy the one that it needs.
"""

from __future__ import annotations

import math
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from upbench.benchmark.report.summary import (
    COLUMNS,
    DASH,
    GROUP,
    best_of,
    format_tie,
    notes,
    reference_of,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd

__all__ = ["escape", "to_latex"]

SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
}
"""What TeX would read as an instruction, or set as another sign."""

PREAMBLE = "% Needs \\usepackage{booktabs}."
NOTHING = "--"
"""A null: TeX sets it as a dash."""


def escape(text: object) -> str:
    r"""Return a text as LaTeX sets it, sign by sign, on one line.

    >>> escape("a_b & 50 %")
    'a\\_b \\& 50 \\%'
    """
    return "".join(SIGNS.get(sign, sign) for sign in " ".join(str(text).split()))


def to_latex(summary: pd.DataFrame, origin: str = "") -> str:
    """Return every table of a summary as LaTeX.

    Args:
        summary: As :func:`upbench.benchmark.report.summary.summarise` returns it.
        origin: Where the numbers come from, for a comment at the top.

    Returns:
        A ``table`` environment per dataset, scale and protocol, in the order of the Markdown,
        methods by falling PSNR.  Means are over the images that the column "images" counts; the
        best of each column among the methods that scored every image is bold.  The caption says
        what the images can tell.
    """
    head = [PREAMBLE, *([f"% {' '.join(origin.split())}"] if origin else []), ""]
    tables = [
        _table(table, dict(zip(GROUP, key, strict=True)))
        for key, table in summary.groupby(GROUP, sort=True)
    ]
    return "\n".join([*head, *tables])


def _table(table: pd.DataFrame, group: Mapping[str, object]) -> str:
    """Set one table; pandas lays it out."""
    headings = _headings(table)
    shown = table.reset_index(drop=True)
    rows = shown.to_dict("records")
    shown["difference"] = [_difference(row) for row in rows]
    shown["tie"] = [format_tie(row).replace(DASH, NOTHING) for row in rows]
    best = _bold(shown)[list(headings)]
    styler = shown[list(headings)].style.hide(axis="index").apply(lambda _: best, axis=None)
    for column, (_, form, _) in COLUMNS.items():
        styler = styler.format(partial(_number, form=form), subset=[column], na_rep=NOTHING)
    styler = styler.format(escape, subset=["method", "images"])
    styler = styler.format_index(lambda name: escape(headings[str(name)]), axis=1)
    return str(
        styler.to_latex(
            hrules=True,
            column_format="l" + "r" * (len(headings) - 1),
            environment="table",
            position="htbp",
            position_float="centering",
            caption=_caption(table, group),
            label=_label(group),
        )
    )


def _headings(table: pd.DataFrame) -> dict[str, str]:
    """Return what stands above each column; the statistics of the PSNR stand beside it."""
    scores = {column: heading for column, (heading, _, _) in COLUMNS.items()}
    difference = {"difference": f"minus {reference_of(table) or 'reference'}", "tie": "tie"}
    first = {"method": "method", "images": "images", "psnr_db": scores.pop("psnr_db")}
    return first | difference | scores


def _difference(row: Mapping[Hashable, Any]) -> str:
    """Set the paired difference of the PSNR and its interval: "$+0.43$ $[+0.30, +0.55]$"."""
    mean, low, high = (row[f"psnr_db_diff{end}"] for end in ("", "_low", "_high"))
    if math.isnan(mean) or row["method"] == row["reference"]:
        return NOTHING
    ends = "" if math.isnan(low) else f" $[{low:+.2f}, {high:+.2f}]$"
    return f"${_signs(f'{mean:+.2f}')}${ends}"


def _number(value: float, form: str) -> str:
    text = f"{value:{form}}"
    return f"${_signs(text)}$" if text.startswith("-") or "inf" in text else text


def _signs(text: str) -> str:
    return text.replace("inf", r"\infty")


def _bold(shown: pd.DataFrame) -> pd.DataFrame:
    """Return a frame of styles, as pandas wants them, that marks the best of each column."""
    import pandas as pd

    styles = pd.DataFrame("", index=shown.index, columns=shown.columns)
    for column in COLUMNS:
        styles.loc[shown["method"].isin(best_of(shown, column)), column] = "textbf:--rwrap;"
    return styles


def _caption(table: pd.DataFrame, group: Mapping[str, object]) -> str:
    dataset, protocol = escape(group["dataset"]), escape(group["protocol"])
    told = " ".join(["", *map(escape, notes(table))])
    return (
        f"Upsampling by {group['scale']} on {dataset}, protocol {protocol}: means over the images, "
        "the best of each column in bold. Differences of PSNR are paired, with 95\\,\\% intervals; "
        f"the images do not tell the methods of one tie group apart.{told}"
    )


def _label(group: Mapping[str, object]) -> str:
    name = f"{group['dataset']}-x{group['scale']}-{group['protocol']}"
    return "tab:" + re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()
