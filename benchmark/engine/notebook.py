"""What a script or a notebook shows: a bar while something runs, and rows as their means.

As data the rows are a plain frame.
"""

from __future__ import annotations

import sys
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.sizes import scale_label

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Progress

GROUP = ["dataset", "scale", "protocol"]
SHOWN = [*GROUP, "method", "image", "status", "reason", "psnr_db", "ssim"]
REASONS = 3
"""Reasons of failures that are shown."""


def progress_for(wanted: Progress | bool | None) -> Progress | None:  # noqa: FBT001 - as a user gives it
    """Return what is called with (what, done, total): the user's own, a bar, or None.

    Raises:
        UsageError: It is none of these.
    """
    if callable(wanted):
        return wanted
    if not wanted:
        return None
    if wanted is not True:
        raise UsageError(
            f"progress takes True, False or a function (what, done, total); got {wanted!r:.60}."
        )
    if "ipykernel" in sys.modules:
        return _Bar()
    return _line if sys.stderr.isatty() else None


def _line(what: str, done: int, total: int) -> None:
    text = f"{done}/{total} {what}" if done < total else ""
    sys.stderr.write(f"\r\x1b[K{text}")
    sys.stderr.flush()


class _Bar:
    """A bar in the output of a notebook's cell; it goes when all is done."""

    def __init__(self) -> None:
        self._shown: Any = None

    def __call__(self, what: str, done: int, total: int) -> None:
        from IPython import display as shows

        make: Any = shows.HTML
        display: Any = shows.display
        bar = f"<progress value={done} max={total}></progress> {done}/{total} {escape(what)}"
        shown = make(bar if done < total else "")
        if self._shown is None:
            self._shown = display(shown, display_id=True)
        else:
            self._shown.update(shown)


def scores_of(rows: Any) -> Any:
    """Return rows, as :func:`upbench.load` has them, as a frame that a notebook shows as means."""
    shown = _shown_frame()(rows)
    shown.attrs = rows.attrs  # what is stated of its metrics
    return shown


def means_of(rows: Any) -> Any:
    """Return the mean PSNR and SSIM of each method, by dataset, scale and protocol."""
    done = rows[rows["status"] == "ok"]
    means = done.groupby([*GROUP, "method"], sort=False)[["psnr_db", "ssim"]].mean()
    return means.rename(columns={"psnr_db": "PSNR dB", "ssim": "SSIM"})


@cache
def _shown_frame() -> Any:
    """Make the class once pandas is wanted: what is cut out of it is a plain frame."""
    import pandas as pd

    class Scores(pd.DataFrame):
        """Rows of scores."""

        @property
        def _constructor(self) -> Any:
            return pd.DataFrame

        def __reduce__(self) -> Any:
            plain = pd.DataFrame(self)
            plain.attrs = self.attrs
            return scores_of, (plain,)

        def _repr_html_(self) -> Any:
            if not {*SHOWN} <= {*self.columns}:  # some were renamed or dropped in place
                plain: Any = pd.DataFrame(self)
                return plain._repr_html_()
            table = means_of(self).style.format({"PSNR dB": "{:.2f}", "SSIM": "{:.4f}"})
            count = f"<p>{len(self)} rows, one for each image: mean of PSNR and SSIM.</p>"
            return f"{table.to_html()}{count}{_failures(self)}"

    return Scores


def _failures(rows: Any) -> str:
    """Return what failed, with the first reasons."""
    failed = rows[~rows["status"].isin(["ok"])]
    reasons = failed.drop_duplicates("reason").head(REASONS)
    lines = "".join(
        f"<li>{escape(f'{cell}: {row.status}: {row.reason}')}</li>"
        for row in reasons.itertuples()
        for cell in [f"{row.method} {scale_label(row.scale)}, {row.image}"]
    )
    return f"<p>{len(failed)} without a score:</p><ul>{lines}</ul>" if len(failed) else ""
