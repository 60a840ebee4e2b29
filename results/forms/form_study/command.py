"""``python results/forms/form_study --out DIR``: measure every form, write table and figure."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from form_study.run import CHANNELS, SIZES, plan, run
from upbench.benchmark.core.errors import UpbenchError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the options, measure, write; return the exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        run(plan(chosen.sizes, chosen.channels), chosen.out, chosen.budget, chosen.tries, _say)
    except UpbenchError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python results/forms/form_study", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for forms.csv, .md, .png")
    parser.add_argument("--sizes", type=_numbers, default=SIZES, help="sides of the input, px")
    parser.add_argument("--channels", type=_numbers, default=CHANNELS, help="channels in and out")
    parser.add_argument("--budget", type=float, default=2.0, help="seconds for each form of a case")
    parser.add_argument("--tries", type=int, default=3, help="tries while a row is not stable")
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected whole numbers joined by commas, like 16,64; got {text!r}."
        ) from None


def _say(what: str, done: int, total: int) -> None:
    sys.stderr.write(f"{done}/{total}  {what}\n")
