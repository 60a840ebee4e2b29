"""What every row of a table says: said once below the table, where each row alone said it."""

from __future__ import annotations

import re
from collections import Counter
from itertools import takewhile
from typing import TYPE_CHECKING

from upbench.benchmark.core.row import score_columns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import pandas as pd

NOTED = "noted"
"""The column of a summary that holds it: a table's sentences, a line each."""


def noted(done: pd.DataFrame, by: list[str]) -> pd.Series[str]:
    """Return what the rows of each group say alike; groups of which nothing is said are left out.

    Args:
        done: Rows that have scores, with their reasons.
        by: The columns that make a group.

    Returns:
        Of a score that no row has: why, starting with its name, as far as all rows agree.  Of
        everything else: the sentences that all rows of an image hold, with the count of images
        where that is not all of them.
    """
    import pandas as pd

    scores = score_columns(done.columns)
    said = {key: [*_said(frame, scores)] for key, frame in done.groupby(by) if "reason" in frame}
    found = {key: "\n".join(lines) for key, lines in said.items() if lines}
    index = pd.MultiIndex.from_tuples([*found], names=by) if found else None
    return pd.Series([*found.values()], index=index, dtype="str", name=NOTED)


def why(frame: pd.DataFrame, score: str) -> str | None:
    """Return why no row of a table has a score: "needs a whole scale."; None where they differ."""
    starts = [line for line in lines_of(frame) if is_of(line, [score])]
    if not starts:
        return None
    said = starts[0].removeprefix(score)
    return f"raised {said[2:]}" if said.startswith(": ") else said.strip()


def lines_of(frame: pd.DataFrame) -> list[str]:
    """Return what one group of a summary says of all its rows."""
    if NOTED not in frame or frame[NOTED].isna().all():
        return []
    return str(frame[NOTED].dropna().iloc[0]).split("\n")


def _said(frame: pd.DataFrame, scores: Sequence[str]) -> Iterator[str]:
    """Yield what the rows of one group say alike."""
    starts = "|".join(f"{re.escape(score)}:? " for score in scores)
    ends = re.compile(rf"(?<=\.) (?=[A-Z]|{starts})")
    rows = [ends.split(reason) if reason else [] for reason in frame["reason"].fillna("")]
    for score in scores:
        if frame[score].isna().all():
            yield from _alike([[one for one in row if is_of(one, [score])] for row in rows])
    yield from _of_images(frame, [[one for one in row if not is_of(one, scores)] for row in rows])


def is_of(sentence: str, scores: Collection[str]) -> bool:
    """Say whether a sentence says why one of some scores is not there: it begins with the name."""
    return sentence.partition(" ")[0].rstrip(":") in scores


def _alike(rows: list[list[str]]) -> Iterator[str]:
    """Yield the beginning that all rows share, up to the end of a clause."""
    if not all(rows):
        return
    first = {row[0] for row in rows}
    if len(first) == 1:
        yield first.pop()
        return
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(min(first), max(first), strict=False))
    shared = "".join(one for one, _ in pairs)
    if clause := re.match(r"(.*\w)[,:;] ", shared):
        yield f"{clause[1]}."


def _of_images(frame: pd.DataFrame, rows: list[list[str]]) -> Iterator[str]:
    """Yield the sentences that all rows of an image hold, with the count of such images."""
    held: dict[str, set[str]] = {}
    for image, row in zip(frame["image"], rows, strict=True):
        held[image] = held.get(image, {*row}) & {*row}
    for sentence, count in Counter(one for lines in held.values() for one in lines).items():
        of = "" if count == len(held) else f" ({count} of {len(held)} images)"
        yield f"{sentence.removesuffix('.')}{of}."
