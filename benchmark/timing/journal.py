"""The journal of timings, ``timing.jsonl``: one line of JSON per finished cell, written for good.

A line is on the disk before the next cell begins, so a run that is interrupted at any moment keeps
every finished cell; a line cut short by that moment is left out when the journal is read.  A later
line about the same thing replaces an earlier one.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Self

from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.timing.table import identity_of

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from upbench.benchmark.timing.plan import Identity
    from upbench.benchmark.timing.table import TimingRow

__all__ = ["JOURNAL", "Journal", "read_rows"]

JOURNAL = "timing.jsonl"


class Journal:
    """A folder's journal, open for one writer.

    Args:
        folder: The run's folder; made if it is not there.

    Raises:
        StoreError: It cannot be written, or another process is timing into it.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / JOURNAL
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("ab")
        except OSError as error:
            raise StoreError(
                f"Cannot write {self.path} ({error.strerror}); choose another --out."
            ) from None
        try:
            self._lock()
            self._end_last_line()
            self.rows = read_rows(folder)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, row: TimingRow) -> None:
        """Write one row, for good.

        Raises:
            StoreError: The disk is full or gone; rows written before are safe.
        """
        values = asdict(row)
        try:
            self._file.write(json.dumps(values).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise StoreError(
                f"Cannot write to {self.path} ({error.strerror}); every timing that was finished "
                "before is kept: make room, then give the same command again."
            ) from None
        self.rows[identity_of(values)] = values

    def _lock(self) -> None:
        """Two runs at the same time would time each other."""
        with suppress(ImportError):  # Windows has no flock
            import fcntl

            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise StoreError(
                    f"Another process is timing into {self.path}; wait until it has finished, "
                    "since two at a time would disturb each other."
                ) from None

    def _end_last_line(self) -> None:
        """End a line that was cut short, so that the next one stands for itself."""
        content = self.path.read_bytes()
        if content and not content.endswith(b"\n"):
            self._file.write(b"\n")
            self._file.flush()


def read_rows(folder: Path) -> dict[Identity, dict[str, Any]]:
    """Return a folder's timings, the latest of each thing measured; none when it has no journal.

    Raises:
        StoreError: There is a journal that cannot be read.
    """
    path = folder / JOURNAL
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StoreError(f"Cannot read {path} ({error.strerror}).") from None
    rows = {}
    for line in lines:
        with suppress(ValueError, KeyError, TypeError):  # cut short, or no line of ours
            values = json.loads(line)
            rows[identity_of(values)] = values
    return rows
