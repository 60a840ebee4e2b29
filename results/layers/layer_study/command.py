"""``python results/layers/layer_study DIR...``: publish trainings as tables, page and picture."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from layer_study.page import PICTURE, text
from layer_study.picture import DOTS, draw
from layer_study.study import CURVES, ROWS
from upbench.benchmark.core.errors import DataError, UpbenchError
from upbench.benchmark.core.files import write_text

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = Path(__file__).parents[1]
TEXT = "layers.md"
ROLE = "superresolution"
SET = "set5"


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the options, publish; return the exit code."""
    parser = argparse.ArgumentParser("python results/layers/layer_study", description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", help="what upbench layers --out wrote")
    parser.add_argument("--to", type=Path, default=FOLDER)
    parser.add_argument(
        "--add", action="store_true", help="keep published trainings that the folders lack"
    )
    given = parser.parse_args(arguments)
    try:
        publish(given.folders, given.to, add=given.add)
    except UpbenchError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def publish(folders: Sequence[Path], to: Path, *, add: bool) -> None:
    """Write the tables, the page and the picture of some runs, all or none.

    Raises:
        DataError: In one sentence.
    """
    rows, curves = (joined(folders, name, to if add else None) for name in (ROWS, CURVES))
    if f"psnr_{SET}_db" not in rows:
        raise DataError(
            f"No training of the role {ROLE} that is scored on Set5 is in these folders; expected "
            "one of --data x2, x3 or x4; train it first."
        )
    lengths = rows.groupby("data")["steps"].unique()
    for data, steps in lengths[lengths.map(len) > 1].items():
        raise DataError(
            f"The trainings of {data} have {' and '.join(map(str, sorted(steps)))} steps; expected "
            "one number: give folders of one study alone."
        )
    stored = {
        name: table.to_csv(index=False, float_format="%.6g")
        for name, table in ((ROWS, rows), (CURVES, curves))
    }
    tables = [pd.read_csv(io.StringIO(one)) for one in stored.values()]
    page, figure = text(*tables), draw(*tables)
    to.mkdir(parents=True, exist_ok=True)
    for name, written in {**stored, TEXT: page}.items():
        write_text(to / name, written)
    figure.savefig(to / PICTURE, dpi=DOTS)


def joined(folders: Sequence[Path], name: str, published: Path | None = None) -> pd.DataFrame:
    """Return a table of several runs, the role's own rows and columns alone.

    Of a training that is there twice the later one stays, and one that failed never stands in the
    place of one that did not.  What is published, of the role alone, comes first.

    Raises:
        DataError: A folder has no such table.
    """
    tables = [_read(folder / name) for folder in folders]
    own = [table[table["role"] == ROLE].drop(columns="role") for table in tables]
    if published is not None:
        own.insert(0, _read(published / name, "layer"))
    every = pd.concat(own, ignore_index=True)
    what = [key for key in ("data", "layer", "seed", "steps", "step") if key in every]
    if "status" in every:
        every = every.iloc[every["status"].eq("ok").argsort(kind="stable")]
    return every.drop_duplicates(what, keep="last").sort_index().dropna(axis=1, how="all")


def _read(file: Path, needed: str = "role") -> pd.DataFrame:
    try:
        table = pd.read_csv(file)
    except OSError:
        raise DataError(f"{file} cannot be read; run upbench layers --out first.") from None
    if needed not in table:
        raise DataError(f"{file} is not what upbench layers writes: it has no column {needed}.")
    return table
