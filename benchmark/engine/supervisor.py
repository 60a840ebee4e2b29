"""The one supervisor of processes that run plugins: a request, a deadline, an outcome.

A :class:`Worker` is a process that answers one request at a time.  One that hangs, crashes, takes
too much memory or breaks its channel costs the request it was at: it is ended with everything that
it started, and the outcome says why.  Method workers, scoring, timing, plugin discovery and the
tasks on a Dask cluster all go through here.

Everything is looked at without waiting: the channel, what the process prints, the process itself,
the clock.  So it does not matter which of them a plugin closes, fills or holds open.
"""

from __future__ import annotations

import os
import pickle
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from secrets import token_bytes
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from upbench.benchmark.core.errors import WORKER, UpbenchError
from upbench.benchmark.core.threads import thread_environment
from upbench.benchmark.engine.channel import (
    TOKEN_BYTES,
    BrokenChannelError,
    DriverEnd,
    SharedFile,
)
from upbench.benchmark.engine.worker import Hello

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from upbench.benchmark.core.row import Status
    from upbench.benchmark.engine.worker import Service

MODULE = "upbench.benchmark.engine.worker"
LONGEST_START = 120.0
"""Seconds for a process to start; it runs no plugin meanwhile, so that only the machine is slow."""
TICK = 0.2
"""Seconds between looks at processes that may have died without closing their channel."""
PATIENCE = 1.0
"""Seconds for a process that has closed its channel to end."""
LONGEST_TAIL = 400
"""Characters of the last output that go into a reason."""
FATAL = "Fatal Python error"
"""How faulthandler begins."""
GULP = 1 << 16
"""Bytes of prints that are taken at once: a flood must not keep the driver from other workers."""
LARGEST_LOG = 1_000_000
"""Bytes that one worker's processes may leave in its log; what is printed after is dropped."""


@dataclass(frozen=True)
class Limits:
    """What a request may use up before its worker is ended."""

    timeout: float = 300.0
    """Seconds per request."""
    memory: int | None = None
    """Bytes of data per worker; None is no limit."""

    def __str__(self) -> str:
        memory = "" if self.memory is None else f" and {self.memory / (1 << 30):.1f} GiB"
        return f"{self.timeout:g} s{memory}"


@dataclass(frozen=True)
class Outcome:
    """What became of a request."""

    value: Any = None
    """The service's answer, arrays read-only; None where the status is not "ok"."""
    status: Status = "ok"
    """"ok", "error" (the service raised), "timeout" or "crash"."""
    reason: str = ""


@dataclass
class Prints:
    """What a worker prints: its tail for a reason, a bounded log for the reader."""

    pipe: int
    """A descriptor to read from."""
    log: Path | None = None
    """Made at the first print; None keeps the tail alone."""
    ended: bool = False
    _tail: bytes = b""
    _written: int = 0

    def drain(self) -> None:
        """Take what has been printed so far, but at most one gulp; never waits."""
        try:
            printed = os.read(self.pipe, GULP)
        except BlockingIOError:
            return
        except OSError:
            printed = b""
        self.ended = not printed
        self._tail = (self._tail + printed)[-20 * LONGEST_TAIL :]
        if printed and self.log is not None and self._written < LARGEST_LOG:
            with suppress(OSError):  # a log that cannot be written stops nothing
                self.log.parent.mkdir(exist_ok=True)
                with self.log.open("ab") as file:
                    file.write(printed[: LARGEST_LOG - self._written])
            self._written += len(printed)

    def forget(self) -> None:
        """Begin a new tail: another request is next."""
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
        return f" Last output: {kept}{where}"


@dataclass
class Worker:
    """The driver's end of one process.

    Args:
        setup: Makes the service, in the process, at the first request; must be picklable.
        limits: What each request may use up.
        threads: How many threads the libraries use; None is one, unless the user's environment
            says otherwise.
        log: Where what it prints is kept.
    """

    setup: Callable[[], Service]
    limits: Limits = Limits()
    threads: int | None = None
    log: Path | None = None
    _is_started: bool = False
    _deadline: float | None = None
    """When the current request is given up; None without one."""
    is_ready: bool = False
    """Whether its latest process had started, so that a time-out is the request's own."""
    _request: Any = None
    """Sent when the process has started."""
    _mark: str = field(default_factory=lambda: uuid4().hex)
    _held: ExitStack = field(default_factory=ExitStack)
    """The process and its descriptors, to give back."""
    _ending: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._prints = Prints(-1, self.log)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def is_alive(self) -> bool:
        """Whether it has a process, which has not ended by itself either."""
        return self._is_started and self._process.poll() is None

    @property
    def is_busy(self) -> bool:
        """Whether it is at a request."""
        return self._deadline is not None

    def ask(self, request: Any, *, follows: bool = False) -> None:
        """Send a request; the worker is started where there is none.

        A request that ``follows`` needs what the process keeps of those before, and is lost with a
        process that died between the two.

        Raises:
            Exception: The request cannot be pickled.
        """
        if not (follows or self.is_alive):
            self.end()  # it died between two requests, of which the next is not to blame
            self._start()
        self._prints.forget()
        if self.is_ready:
            self._channel.send(request)
            self._deadline = time.monotonic() + self.limits.timeout
        else:
            pickle.dumps(request, 5, buffer_callback=lambda _: None)
            self._request = request
            self._deadline = time.monotonic() + LONGEST_START

    def call(self, request: Any, *, follows: bool = False) -> Outcome:
        """Send a request, as :meth:`ask` does, and wait for its outcome."""
        self.ask(request, follows=follows)
        while (outcome := self.poll()) is None:
            wait([self])
        return outcome

    def poll(self) -> Outcome | None:
        """Return the outcome of the current request if there is one by now; never waits."""
        if self._deadline is None:
            return None
        self._channel.flush()
        try:
            is_open = self._channel.read()
            if has_ended := self._process.poll() is not None:
                self._channel.read()  # it may have answered just before
            answer = self._channel.answer()
        except BrokenChannelError:
            return self._lost("crash", "The worker sent bytes that are no answer; it was ended.")
        if answer is not None:
            return self._answered(answer)
        if has_ended or not is_open:
            return self._lost("crash", self._cause_of_death())
        if time.monotonic() > self._deadline:
            return self._late()
        return None

    def end(self) -> None:
        """Kill the process and everything that it started, and take back its descriptors.

        For the thread that asks: no other may close what that one waits for.  Each process is
        ended once, however often this is called.
        """
        with self._ending:
            if not self._is_started:
                return
            self._is_started, self._deadline, self._request = False, None, None
            held, self._held = self._held, ExitStack()
        held.close()

    def _start(self) -> None:
        with ExitStack() as held:
            try:
                self._process = self._spawned(held)
            except OSError as error:
                raise UpbenchError(
                    f"No further worker process can be started ({error}); expected memory, a "
                    f"process number and descriptors for one more; choose a smaller --jobs."
                ) from None
            held.callback(_kill, self._process, self._mark)
            self._held = held.pop_all()
        self._is_started, self.is_ready = True, False
        self._channel.send(Hello(pickle.dumps(self.setup), sys.path, self.limits.memory))

    def _spawned(self, held: ExitStack) -> subprocess.Popen[bytes]:
        """Start a process; our descriptors are given back by ``held``, also where it fails.

        Raises:
            OSError: The system has no further process or descriptors for us.
        """
        ours, theirs = socket.socketpair()
        held.enter_context(ours)
        with ExitStack() as passed_on:
            passed_on.enter_context(theirs)
            requests = held.enter_context(closing(SharedFile()))
            answers = held.enter_context(closing(SharedFile()))
            self._channel = DriverEnd(ours, token_bytes(TOKEN_BYTES), requests, answers)
            reading, printing = os.pipe()
            held.callback(os.close, reading)
            passed_on.callback(os.close, printing)
            os.set_blocking(reading, False)
            self._prints = replace(self._prints, pipe=reading, ended=False)
            passed = (theirs.fileno(), requests.descriptor, answers.descriptor)
            return subprocess.Popen(  # noqa: S603 - our own module, in this very Python
                [sys.executable, "-m", MODULE, str(os.getpid()), *map(str, passed)],
                stdin=subprocess.DEVNULL,
                stdout=printing,
                stderr=printing,
                pass_fds=passed,
                # safe path: else `python -m` would look for packages where the user happens to be
                env=_environment(self.threads) | {WORKER: self._mark, "PYTHONSAFEPATH": "1"},
                start_new_session=True,  # so that what it starts is ended with it
            )

    def _answered(self, answer: dict[str, Any]) -> Outcome | None:
        if not self.is_ready:
            self.is_ready = True
            self._channel.send(self._request)
            self._request = None
            self._deadline = time.monotonic() + self.limits.timeout
            return None
        self._deadline = None
        self._prints.drain()
        if "error" in answer:
            return Outcome(status="error", reason=str(answer["error"]))
        return Outcome(answer.get("value"))

    def _late(self) -> Outcome:
        if not self.is_ready:
            return self._lost("timeout", f"No worker process started within {LONGEST_START:g} s.")
        seconds = self.limits.timeout
        return self._lost("timeout", f"No result within {seconds:g} s; the worker was killed.")

    def _lost(self, status: Status, reason: str) -> Outcome:
        self._prints.drain()
        outcome = Outcome(None, status, reason + self._prints.quoted())
        self.end()
        return outcome

    def _cause_of_death(self) -> str:
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            return "The worker process closed its channel; it was ended."
        if code >= 0:
            return f"The worker process ended with exit code {code}."
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        hint = " (out of memory?)" if name == "SIGKILL" else ""
        return f"The worker process was ended by {name}{hint}."


def wait(workers: Iterable[Worker]) -> None:
    """Wait until a worker has answered, printed or died, or a deadline or a tick has passed."""
    busy = [worker for worker in workers if worker.is_busy]
    prints = [worker._prints for worker in busy if not worker._prints.ended]  # noqa: SLF001
    channels = [worker._channel for worker in busy]  # noqa: SLF001
    now = time.monotonic()
    left = min((worker._deadline - now for worker in busy if worker._deadline), default=0.0)  # noqa: SLF001
    poller = select.poll()
    for one in prints:
        poller.register(one.pipe, select.POLLIN)
    for channel in channels:
        wanted = select.POLLIN | (select.POLLOUT if channel.has_unsent else 0)
        poller.register(channel.connection.fileno(), wanted)
    poller.poll(1000 * min(TICK, max(0.0, left)))
    for one in prints:
        one.drain()


def _environment(threads: int | None) -> dict[str, str]:
    if threads is None:
        return thread_environment(1) | os.environ
    return os.environ | thread_environment(threads)


def _kill(process: subprocess.Popen[bytes], mark: str) -> None:
    """Kill a process and everything that it started, and wait for its end."""
    family = _family(process.pid, mark)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for one in family:
        with suppress(Exception):  # psutil's own errors: it has ended meanwhile
            one.kill()
    process.wait()


def _family(pid: int, mark: str) -> list[Any]:
    """Return what a process has started: its descendants, and what carries its mark."""
    import psutil

    found = {}
    with suppress(psutil.Error):
        found = {child.pid: child for child in psutil.Process(pid).children(recursive=True)}
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid not in found and process.environ().get(WORKER) == mark:
                found[process.pid] = process
    found.pop(pid, None)
    return [*found.values()]
