r"""Frames as CSV that a spreadsheet may open and that comes back unchanged.

Text stays text: "0801" is no number and "NA" is not null.  A text that a spreadsheet would run as
a formula (it begins with =, +, - or @), or that holds control characters, is written behind an
apostrophe with backslash escapes: ``=1+1`` as ``'=1+1``, a line break as ``'a\nb``.
:func:`read_csv` undoes it; another reader needs to know that names are text, and which cells are
null: ``pandas.read_csv(file, dtype={"method": str, "dataset": str, "image": str},
keep_default_na=False, na_values={"psnr_db": [""]})``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.files import write_atomically
from upbench.benchmark.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    import pandas as pd

_FORMULA = re.compile("[=+\\-@\uff1d\uff0b\uff0d\uff20]")
"""What a formula begins with, in full width too."""
_LOOKS_GUARDED = re.compile(r"'(?:[=+\-@\uff1d\uff0b\uff0d\uff20']|[^\\]*\\)", re.DOTALL)
"""What a guarded cell looks like; other texts that begin with an apostrophe are left alone."""
_ESCAPE = re.compile(r"\\(\\|[tnr]|x[0-9a-f]{2}|u[0-9a-f]{4})")


def write_csv(frame: pd.DataFrame, file: Path, *, float_format: str | None = None) -> Path:
    """Write a frame as CSV, whole or not at all, and return its file; null is an empty cell.

    Columns of text are guarded as above.  Floats have every digit, or pandas' ``float_format``.

    Raises:
        StoreError: The disk is full or the folder cannot be written.
    """
    with write_atomically(file) as unfinished:
        _guarded(frame).to_csv(unfinished, index=False, float_format=float_format)
    return file


def to_csv(frame: pd.DataFrame) -> str:
    """Return a frame as the text of such a CSV."""
    return _guarded(frame).to_csv(index=False)


def _guarded(frame: pd.DataFrame) -> pd.DataFrame:
    texts = frame.select_dtypes(["object", "str"])
    return frame.assign(**{str(name): _mapped(column, _guard) for name, column in texts.items()})


def read_csv(file: Path, texts: Collection[str]) -> pd.DataFrame:
    """Read a CSV that :func:`write_csv` wrote; all columns but ``texts`` hold numbers.

    Text is as it was written, numbers are as pandas reads them; an empty cell is null.

    Raises:
        ValueError: A column of numbers holds something else, or the file is no table.
    """
    import pandas as pd

    frame = pd.read_csv(file, dtype=str, keep_default_na=False, na_values=[""])
    read = {
        str(name): _mapped(column, _unguard) if name in texts else pd.to_numeric(column)
        for name, column in frame.items()
    }
    return frame.assign(**read)


def _mapped(column: pd.Series[Any], change: Callable[[Any], Any]) -> pd.Series[Any]:
    """Change each different value once: a table of many rows has few names."""
    known = column.dropna().unique()
    return column.map({value: change(value) for value in known})


def _guard(text: Any) -> Any:
    """Put an apostrophe before a text that is a danger, or that looks guarded already."""
    if not isinstance(text, str):
        return text
    if not (_FORMULA.match(text) or _LOOKS_GUARDED.match(text) or printable(text) != text):
        return text
    return "'" + printable(text.replace("\\", "\\\\"))


def _unguard(text: str) -> str:
    if not _LOOKS_GUARDED.match(text):
        return text
    return _ESCAPE.sub(_unescape, text[1:])


def _unescape(found: re.Match[str]) -> str:
    code = found[1]
    named = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}
    return named.get(code) or chr(int(code[1:], 16))
