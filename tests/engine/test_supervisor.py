"""The supervisor: whatever a plugin does to its process, each request has its own outcome."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest

from upbench.benchmark.core.errors import UpbenchError
from upbench.benchmark.engine.supervisor import Limits, Outcome, Worker

if TYPE_CHECKING:
    from collections.abc import Callable

SERVICE = '''
import ctypes, os, sys, time
from pathlib import Path

def fork_twice():
    """Leave a process of a session of its own behind."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            Path(__file__).with_name("daemon").write_text(str(os.getpid()))
            time.sleep(1000)
        os._exit(0)
    while not Path(__file__).with_name("daemon").exists():
        time.sleep(0.01)

def write_everywhere(data):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, data)
        except OSError:
            pass

def closed(first):
    os.closerange(first, 1024)
    time.sleep(1000)

def spin():
    while True:
        pass

def daemon_then_exit():
    fork_twice()
    os._exit(3)

class Own(BaseException):
    """Not an Exception."""

def raising():
    raise Own("mine")

ACTIONS = {
    "answer": lambda: 7,
    "pid": os.getpid,
    "fork": lambda: (os.fork(), 7)[1],
    "stray": lambda: write_everywhere(b"stray bytes"),
    "stray flood": lambda: [write_everywhere(b"x" * 65536) for _ in range(10**9)],
    "forged": lambda: write_everywhere(bytes(32) + b"[]\\n{}"),
    "close all": lambda: closed(3),
    "close everything": lambda: closed(0),
    "sleep": lambda: time.sleep(1000),
    "spin": spin,
    "flood": lambda: [print("x" * 1000) for _ in range(10**9)],
    "exit": lambda: os._exit(7),
    "system exit": lambda: sys.exit("no"),
    "segfault": lambda: ctypes.string_at(0),
    "raise": raising,
    "daemon": fork_twice,
    "daemon then exit": daemon_then_exit,
    "no json": object,
    "memory": lambda: len(bytearray(1 << 33)),
}

def service(request):
    if not isinstance(request, str):
        return {"doubled": request * 2, "writeable": request.flags.writeable}
    return ACTIONS[request]()

def make():
    print("made")
    return service

def broken():
    raise RuntimeError("no service")
'''


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a module with services that do all kinds of things."""
    (tmp_path / "supervised_service.py").write_text(SERVICE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "supervised_service", raising=False)
    import supervised_service  # type: ignore[import-not-found]

    return supervised_service


@pytest.fixture
def worker(module: Any) -> Any:
    """Return a worker with a short limit."""
    with Worker(module.make, Limits(3.0)) as made:
        yield made


def pid_of(worker: Worker) -> int:
    """Return the id of a worker's process."""
    return int(worker.call("pid").value)


def is_gone(pid: int) -> bool:
    """Wait until a process has ended; say whether it has."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


NO_ANSWER = ("crash", "The worker sent bytes that are no answer; it was ended.")
CLOSED = ("crash", "The worker process closed its channel; it was ended.")
KILLED = ("timeout", "No result within 3 s; the worker was killed.")
LOSSES = {
    "stray": NO_ANSWER,
    "stray flood": NO_ANSWER,
    "forged": NO_ANSWER,
    "close all": CLOSED,
    "close everything": CLOSED,
    "sleep": KILLED,
    "spin": KILLED,
    "flood": ("timeout", "Last output: ... xxxx"),
    "exit": ("crash", "The worker process ended with exit code 7."),
    "segfault": ("crash", "SIGSEGV. Last output: Fatal Python error: Segmentation fault"),
    "daemon then exit": ("crash", "The worker process ended with exit code 3."),
}
FAILURES = {
    "system exit": "SystemExit: no",
    "raise": "Own: mine",
    "no json": "cannot be sent: TypeError: An answer cannot hold a object.",
}


@pytest.mark.parametrize("action", LOSSES)
def test_lost_worker_costs_one_request(worker: Worker, action: str) -> None:
    """The outcome says how it was lost; another process answers the next request."""
    before = pid_of(worker)
    outcome = worker.call(action)
    status, reason = LOSSES[action]
    assert (outcome.value, outcome.status) == (None, status)
    assert reason in outcome.reason
    assert worker.call("answer") == Outcome(7)
    assert is_gone(before)


@pytest.mark.parametrize("action", FAILURES)
def test_error_costs_one_request(worker: Worker, action: str) -> None:
    """Whatever class the error is of; the process goes on."""
    before = pid_of(worker)
    outcome = worker.call(action)
    assert outcome.status == "error"
    assert FAILURES[action] in outcome.reason
    assert pid_of(worker) == before


def test_copy_of_the_process_that_goes_on_is_not_heard(worker: Worker) -> None:
    """A plugin forks and lets both return: one answer for each request, from the process asked."""
    first = pid_of(worker)
    assert [worker.call("fork") for _ in range(3)] == [Outcome(7)] * 3
    assert pid_of(worker) == first


def test_arrays_travel_unchanged_and_read_only(worker: Worker) -> None:
    """Of any number kind and size, again and again in the same memory."""
    for side in (3, 300, 30):
        array = np.random.default_rng(side).random((side, side, 3)).astype(np.float32)
        found = worker.call(array).value
        assert np.array_equal(found["doubled"], array * 2)
        assert found["doubled"].dtype == np.float32
        assert not found["doubled"].flags.writeable
        assert found["writeable"] is False


def test_daemon_that_a_plugin_leaves_ends_with_its_worker(worker: Worker, module: Any) -> None:
    """It has a session of its own, and no parent."""
    assert worker.call("daemon").status == "ok"
    pid = int(Path(module.__file__).with_name("daemon").read_text())
    worker.end()
    assert is_gone(pid)


def test_process_that_died_between_two_requests_is_replaced(worker: Worker) -> None:
    """The next request is not to blame, unless it needs what that process kept."""
    for follows in (False, True):
        pid = pid_of(worker)
        os.kill(pid, signal.SIGKILL)
        assert is_gone(pid)
        assert not worker.is_alive
        found = worker.call("answer", follows=follows)
        reason = "The worker process was ended by SIGKILL (out of memory?)." if follows else ""
        assert (found.value, found.reason) == (None if follows else 7, reason)


def test_service_that_cannot_be_made_is_the_error_of_the_request(module: Any) -> None:
    """Nothing waits for it."""
    with Worker(module.broken) as worker:
        assert "RuntimeError: no service" in worker.call("answer").reason


def test_memory_is_limited(module: Any) -> None:
    """What asks for more gets a MemoryError; a limit beyond what the system counts is none."""
    with Worker(module.make, Limits(60.0, memory=1 << 31)) as worker:
        assert "MemoryError" in worker.call("memory").reason
    with Worker(module.make, Limits(60.0, memory=1 << 70)) as worker:
        assert worker.call("answer") == Outcome(7)


def test_log_is_bounded_and_one_that_cannot_be_written_stops_nothing(
    module: Any, tmp_path: Path
) -> None:
    """Also where one process after the other floods it; a folder stands where it would be."""
    with Worker(module.make, Limits(3.0), log=tmp_path / "logs" / "a.log") as worker:
        for _ in range(2):
            assert "(log: logs/a.log)" in worker.call("flood").reason
    assert 0 < (tmp_path / "logs" / "a.log").stat().st_size <= 1_000_000
    with Worker(module.make, log=tmp_path) as worker:
        assert worker.call("answer") == Outcome(7)


def test_threads_are_set_for_every_library(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A number that is asked for overrules the user's; otherwise the user's counts."""
    monkeypatch.setenv("OMP_NUM_THREADS", "64")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    found = []
    for threads in (3, None):
        with Worker(module.make, threads=threads) as worker:
            environ = psutil.Process(pid_of(worker)).environ()
            found.append((environ["OMP_NUM_THREADS"], environ["MKL_NUM_THREADS"]))
    assert found == [("3", "3"), ("64", "1")]


DRIVER = """
import sys
sys.path.insert(0, sys.argv[1])
import supervised_service
from upbench.benchmark.engine.supervisor import Worker
worker = Worker(supervised_service.make)
print(worker.call("pid").value, flush=True)
worker.call("spin")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the system's own signal is of Linux")
def test_worker_ends_when_its_driver_is_killed(module: Any) -> None:
    """Even one that spins."""
    folder = str(Path(module.__file__).parent)
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER, folder], stdout=subprocess.PIPE, text=True
    ) as driver:
        assert driver.stdout is not None
        pid = int(driver.stdout.readline())
        driver.kill()
    assert is_gone(pid)


def test_request_that_cannot_be_pickled_is_refused_at_once(worker: Worker, module: Any) -> None:
    """It raises where it is asked, and nothing waits for an answer."""

    def local() -> None:
        """Have no name that another process could find."""

    ask: Callable[[Any], Any] = worker.call
    with pytest.raises((AttributeError, TypeError), match="local"):
        ask(local)
    assert worker.call("answer") == Outcome(7)
    with pytest.raises((AttributeError, TypeError), match="local"):
        ask(local)
    assert worker.call("answer") == Outcome(7)


@pytest.mark.parametrize("call", ["subprocess.Popen", "socket.socketpair", "os.pipe"])
@pytest.mark.parametrize("number", [errno.EAGAIN, errno.ENOMEM, errno.EMFILE])
def test_process_that_cannot_be_started_keeps_no_descriptor(
    module: Any, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    """The sentence says what to lower; when there is room again, the same worker starts."""

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    worker = Worker(module.make)
    before = psutil.Process().num_fds()
    with monkeypatch.context() as changed:
        changed.setattr(call, refuse)
        with pytest.raises(UpbenchError, match=r"No further worker.*choose a smaller --jobs\.$"):
            worker.ask("answer")
    assert psutil.Process().num_fds() == before
    with worker:
        assert worker.call("answer") == Outcome(7)


def test_process_is_ended_once_however_often_it_is_asked_for(module: Any) -> None:
    """By several threads at the same time, too: nothing raises, and everything is given back."""
    before = psutil.Process().num_fds()
    worker = Worker(module.make)
    process = psutil.Process(pid_of(worker))
    together = threading.Barrier(4)

    def end() -> None:
        together.wait(60)
        worker.end()

    with ThreadPoolExecutor(4) as threads:
        for ended in [threads.submit(end) for _ in range(4)]:
            ended.result(60)
    assert not process.is_running()  # nor a zombie
    assert psutil.Process().num_fds() == before
