"""Tables of rows that are read: what they must have, and what is said of those that are damaged."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.core.row import IDENTITY, typed
from upbench.benchmark.core.text import describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pandas as pd

MOST_ROWS = 10_000_000
"""Rows of a table that is read: a few bytes can claim any number."""


def table_of_rows(frame: pd.DataFrame, file: Path) -> pd.DataFrame:
    """Return a table that was read with the dtype of each column.

    Raises:
        StoreError: A column that every table has is missing.
    """
    check_columns(frame, IDENTITY, f"{file} is not a table that upbench can read: it")
    return typed(frame)


def check_columns(frame: pd.DataFrame, needed: Iterable[str], subject: str) -> None:
    """Check that a table has some columns.

    Raises:
        StoreError: One is missing: the subject "has no column" of that name.
    """
    if lacking := [name for name in needed if name not in frame.columns]:
        raise StoreError(
            f"{subject} has no column {lacking[0]}; expected the columns of 'upbench run': was it "
            "written by another program, or another version?"
        )


@contextmanager
def readable(file: Path) -> Iterator[None]:
    """Say in one sentence that a file's rows cannot be made a table of.

    Raises:
        StoreError: Whatever pandas, pyarrow or Python say of them.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # of numbers that no column can hold
            yield
    except (OSError, ValueError, TypeError, LookupError, ArithmeticError, RuntimeError) as error:
        raise StoreError(
            f"{file} is not a table that upbench can read ({describe(error)}); it is damaged or "
            "of another program: copy it again from where the run was made."
        ) from None


def check_size(file: Path) -> None:
    """Read how many rows a Parquet file claims to have.

    Raises:
        ValueError: They are too many.
    """
    import pyarrow.parquet

    claimed = pyarrow.parquet.read_metadata(file).num_rows
    if claimed > MOST_ROWS:
        raise ValueError(f"it has {claimed} rows, more than the {MOST_ROWS} that are read")
