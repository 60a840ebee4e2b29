"""A worker: one process that runs strangers' code, so that its death is nobody else's.

It has two pipes: one for batches and results, one for whatever it prints.  It leads a session of
its own, so that everything it starts ends with it.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import re
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from pathlib import Path

    from upbench.benchmark.engine.plan import Batch, Cell
    from upbench.benchmark.engine.result import Result
    from upbench.benchmark.engine.workbench import Workbench

__all__ = ["Limits", "Prints", "Worker", "current_cell", "end", "give", "received", "start"]

LONGEST_TAIL = 400
"""Characters of what a worker said last that go into a row's reason."""
FATAL = "Fatal Python error"
"""How faulthandler begins."""
GULP = 1 << 16
"""Bytes of prints that are taken at once: a flood must not keep the driver from other workers."""
LARGEST_LOG = 1_000_000
"""Bytes that one worker may leave in its log; what a flood prints after that is dropped."""


@dataclass(frozen=True)
class Limits:
    """What a cell may use up before its worker is killed."""

    timeout: float = 300.0
    """Seconds per cell, loading the method included."""
    memory: int | None = None
    """Bytes of data per worker; None is no limit."""

    def __str__(self) -> str:
        memory = "" if self.memory is None else f" and {self.memory / (1 << 30):.1f} GiB"
        return f"{self.timeout:g} s{memory}"


@dataclass
class Prints:
    """What a worker prints: its tail for a row's reason, a bounded log for the reader."""

    pipe: Connection
    log: Path | None = None
    """Made at the first print; None keeps the tail alone."""
    ended: bool = False
    """Whether the worker's end is closed."""
    _tail: bytes = b""
    _written: int = 0

    def drain(self) -> None:
        """Take what has been printed so far, but at most one gulp; never waits."""
        if self.ended or not self.pipe.poll():
            return
        said = os.read(self.pipe.fileno(), GULP)
        self.ended = not said
        self._keep(said)

    def forget(self) -> None:
        """Begin a new tail: another cell is next."""
        self._tail = b""

    def quoted(self) -> str:
        """Return the tail as the end of a sentence, with the log's name; "" for silence."""
        text = re.sub(r"\s+", " ", self._tail.decode(errors="replace")).strip()
        if not text:
            return ""
        fatal = text.rfind(FATAL)
        if fatal >= 0:  # Python's own account of a segfault begins with the place
            kept = text[fatal : fatal + LONGEST_TAIL]
        else:
            kept = text if len(text) <= LONGEST_TAIL else f"... {text[-LONGEST_TAIL:]}"
        where = f" (log: {self.log.parent.name}/{self.log.name})" if self.log else ""
        return f" It last said: {kept}{where}"

    def _keep(self, said: bytes) -> None:
        """Hold on to the tail, and write the log up to its largest size."""
        self._tail = (self._tail + said)[-20 * LONGEST_TAIL :]
        if not said or self.log is None or self._written >= LARGEST_LOG:
            return
        self.log.parent.mkdir(exist_ok=True)
        with self.log.open("ab") as file:
            file.write(said[: LARGEST_LOG - self._written])
        self._written += len(said)


@dataclass
class Worker:
    """The driver's end of one worker."""

    process: BaseProcess
    pipe: Connection
    prints: Prints
    origin: str
    """The file whose methods it runs."""
    batch: Batch | None = None
    """What it is working on."""
    finished: int = 0
    """How many cells of that it has sent."""
    since: float = field(default_factory=time.monotonic)
    """When it began its current cell."""


def start(setup: Callable[[], Workbench], batch: Batch, limits: Limits, log: Path | None) -> Worker:
    """Start a worker on its first batch."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    listening, printing = context.Pipe(duplex=False)
    # not a daemon: a daemon may have no children, and a method may well use a pool of its own
    process = context.Process(target=_live, args=(theirs, printing, setup, limits.memory))
    with _ctrl_c_ignored():
        process.start()
    theirs.close()
    printing.close()
    worker = Worker(process, ours, Prints(listening, log), batch.origin)
    give(worker, batch)
    return worker


def give(worker: Worker, batch: Batch) -> None:
    """Send a worker its next batch."""
    worker.batch, worker.finished = batch, 0
    worker.since = time.monotonic()
    worker.prints.forget()
    with suppress(ConnectionError):  # a worker that has died is noticed where it is waited for
        worker.pipe.send(batch)


def received(worker: Worker) -> Iterator[Result]:
    """Yield what the worker has sent; afterwards its batch is None if that was all of it."""
    try:
        while worker.batch is not None and worker.pipe.poll():
            result = worker.pipe.recv()
            worker.finished += 1
            worker.since = time.monotonic()
            worker.prints.drain()
            worker.prints.forget()
            if worker.finished == len(worker.batch.cells):
                worker.batch = None
            yield result
    except (EOFError, OSError):  # OSError where it died in the middle of sending
        worker.process.join()


def current_cell(worker: Worker) -> Cell | None:
    """Return the cell that a worker is at, if it is at any."""
    return worker.batch.cells[worker.finished] if worker.batch is not None else None


def end(worker: Worker) -> None:
    """Kill a worker and everything that it started, and take back its pipes."""
    import psutil

    family: list[psutil.Process] = []
    with suppress(psutil.Error):
        family = psutil.Process(worker.process.pid).children(recursive=True)
    worker.process.kill()
    # its session, for children whose parent is gone already, then those that left the session
    if worker.process.pid is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(worker.process.pid, signal.SIGKILL)
    for child in family:
        with suppress(psutil.Error):
            child.kill()
    worker.process.join()
    worker.pipe.close()
    worker.prints.drain()
    worker.prints.pipe.close()


def _live(
    pipe: Connection, printing: Connection, setup: Callable[[], Workbench], memory: int | None
) -> None:
    """Take batches and send results until the driver closes the pipe: the worker's whole life."""
    os.setsid()
    _print_into(printing)
    if memory is not None:
        _limit_memory(memory)
    workbench = setup()
    with suppress(EOFError, ConnectionError):
        while True:
            for result in workbench.run(pipe.recv()):
                pipe.send(result)


def _print_into(printing: Connection) -> None:
    """Let everything that is printed, by C code too, go down the pipe; a segfault says where."""
    for standard in (sys.stdout, sys.stderr):
        os.dup2(printing.fileno(), standard.fileno())
        standard.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    printing.close()
    faulthandler.enable()


def _limit_memory(memory: int) -> None:
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    allowed = memory if most == resource.RLIM_INFINITY else min(memory, most)
    resource.setrlimit(resource.RLIMIT_DATA, (allowed, most))


@contextmanager
def _ctrl_c_ignored() -> Iterator[None]:
    """Ignore Ctrl-C; a worker that is started meanwhile does so for life: the driver ends it."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python sets signals in the main thread alone
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
