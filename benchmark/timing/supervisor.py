"""The supervisor of the fresh processes: one per method, under a hard time limit.

A process that hangs, crashes or is killed costs exactly the cell it was at: that cell gets a status
and a reason, and another process takes the rest.  After a time-out the larger sizes of that scale
are skipped, since they would take longer still.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from types import TracebackType

    from upbench.benchmark.core.row import Status
    from upbench.benchmark.timing.measure import Effort
    from upbench.benchmark.timing.plan import TimingCell

__all__ = ["Outcome", "environment", "supervise"]

CHILD = "upbench.benchmark.timing.child"
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)
"""What the libraries read, once, when they are imported."""
LAST_WORDS = 2000
"""Bytes of what a process printed last that are kept."""
PATIENCE = 1.0
"""Seconds for a process that has closed its output to end."""


@dataclass(frozen=True)
class Outcome:
    """What became of one cell."""

    cell: TimingCell
    status: Status
    reason: str | None = None
    load: float | None = None
    """Seconds that loading the method at this scale took; None for a plain function."""
    measured: dict[str, Any] | None = None
    """The fields of :class:`upbench.benchmark.timing.measure.Measured`."""


def supervise(
    cells: Sequence[TimingCell], effort: Effort, plugins: Sequence[str] = ()
) -> Generator[Outcome]:
    """Measure the cells of one method, each scale from its smallest size to its largest.

    Args:
        cells: Cells of one method, number of threads and device.
        effort: How long to measure each; its limit ends whatever hangs.
        plugins: Python files that the process collects methods from.

    Yields:
        One outcome for each cell.
    """
    waiting = sorted(cells, key=lambda cell: (cell.scale, cell.size))
    while waiting:
        with closing(_of_one_process(waiting, effort, plugins)) as outcomes:
            for outcome in outcomes:
                waiting = [cell for cell in waiting if cell != outcome.cell]
                yield outcome
        if outcome.status == "timeout":
            larger = [cell for cell in waiting if cell.scale == outcome.cell.scale]
            waiting = [cell for cell in waiting if cell not in larger]
            yield from (_too_large(cell, outcome.cell) for cell in larger)


def environment(threads: int) -> dict[str, str]:
    """Return the environment of a process whose libraries use so many threads."""
    variables = dict.fromkeys(THREAD_VARIABLES, str(threads))
    # else `python -m` would look for packages where the user happens to be
    return {**os.environ, **variables, "PYTHONSAFEPATH": "1"}


def _of_one_process(
    cells: Sequence[TimingCell], effort: Effort, plugins: Sequence[str]
) -> Generator[Outcome]:
    """Yield outcomes until every cell has one, or until one that the process did not survive."""
    with _Child(_job(cells, effort, plugins), cells[0].threads, effort.limit) as child:
        for cell in cells:
            outcome = child.outcome(cell)
            yield outcome
            if outcome.status in {"timeout", "crash"}:
                return


def _job(cells: Sequence[TimingCell], effort: Effort, plugins: Sequence[str]) -> bytes:
    job = {
        "method": cells[0].method,
        "plugins": list(plugins),
        "device": cells[0].device,
        "budget": effort.budget,
        "limit": effort.limit,
        "cells": [(cell.scale, cell.low_side, cell.channels) for cell in cells],
    }
    return json.dumps(job).encode()


def _too_large(cell: TimingCell, slow: TimingCell) -> Outcome:
    reason = f"It was not tried, since x{slow.scale} at {slow.size} px timed out."
    return Outcome(cell, "skipped", reason)


class _Child:
    """A fresh process and the two streams that come out of it."""

    def __init__(self, job: bytes, threads: int, limit: float) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own module, in this very Python
            [sys.executable, "-m", CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=environment(threads),
            start_new_session=True,  # so that what it starts is ended with it
        )
        self._limit = limit
        self._doing = "starting"
        self._unread = b""
        self._printed = b""
        self._streams = selectors.DefaultSelector()
        self._streams.register(_open(self._process.stdout), selectors.EVENT_READ, "answers")
        self._streams.register(_open(self._process.stderr), selectors.EVENT_READ, "prints")
        with suppress(BrokenPipeError), _open(self._process.stdin) as stdin:
            stdin.write(job)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()
        self._streams.close()
        for stream in (self._process.stdout, self._process.stderr):
            _open(stream).close()

    def outcome(self, cell: TimingCell) -> Outcome:
        """Wait for what becomes of the next cell, as long as nothing in it passes the limit."""
        try:
            answer = self._answer()
        except TimeoutError:
            reason = f"{self._doing.capitalize()} took longer than the limit of {self._limit:g} s."
            return Outcome(cell, "timeout", reason)
        if answer is None:
            return Outcome(cell, "crash", self._cause_of_death())
        return Outcome(cell, **answer)

    def _answer(self) -> dict[str, Any] | None:
        """Return the next answer; None when the process has closed its output.

        Raises:
            TimeoutError: A step took longer than the limit.
        """
        while True:
            deadline = time.monotonic() + self._limit
            while b"\n" not in self._unread:
                if not self._read(deadline):
                    return None
            line, _, self._unread = self._unread.partition(b"\n")
            message: dict[str, Any] = json.loads(line)
            if "now" not in message:
                return message
            self._doing = message["now"]

    def _read(self, deadline: float) -> bool:
        """Take in what has come; False when the answers are at their end."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        for key, _ in self._streams.select(left):
            data = os.read(key.fd, 65536)
            if key.data == "prints":
                self._printed = (self._printed + data)[-LAST_WORDS:]
            else:
                self._unread += data
            if not data:
                self._streams.unregister(key.fileobj)
                if key.data == "answers":
                    return False
        return True

    def _cause_of_death(self) -> str:
        """Say how the process ended, and the last line that it printed."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)
        self._end()
        patience = time.monotonic() + PATIENCE
        with suppress(TimeoutError):  # a process left behind may keep the stream open
            while self._streams.get_map():
                self._read(patience)
        lines = self._printed.decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        words = f" Its last words: {last}" if last else ""
        return f"While {self._doing}, the process ended by {_how(self._process.returncode)}.{words}"

    def _end(self) -> None:
        """Kill the process and what it has started, and wait for it."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    """Return a stream that the process was started with."""
    if stream is None:  # pragma: no cover - Popen was asked for all three
        raise RuntimeError("The process was started without its streams.")
    return stream
