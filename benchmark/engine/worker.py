"""The worker's side: ``python -m upbench.benchmark.engine.worker``, a process that runs plugins.

It takes requests from the channel and answers each, until the driver closes the channel or ends.
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import pickle
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from upbench.benchmark.core.text import describe
from upbench.benchmark.engine.channel import SharedFile, WorkerEnd

if TYPE_CHECKING:
    from collections.abc import Callable

Service: TypeAlias = "Callable[[Any], Any]"
"""Turns a request into an answer of JSON values and numeric arrays."""

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


@dataclass(frozen=True)
class Hello:
    """What a worker is sent first."""

    setup: bytes
    """A pickled function without arguments that returns the Service."""
    path: list[str]
    """The driver's ``sys.path``."""
    memory: int | None
    """Bytes of data that the process may hold; None is no limit."""


def main() -> None:
    """Serve until the driver closes the channel: the worker's whole life."""
    parent, descriptor, requests, answers = map(int, sys.argv[1:])
    _end_with(parent)
    faulthandler.enable()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    connection = socket.socket(fileno=descriptor)
    channel = WorkerEnd(connection, SharedFile(requests), SharedFile(answers))
    with suppress(EOFError, ConnectionError):
        hello = channel.receive()
        sys.path[:] = hello.path
        _limit_memory(hello.memory)
        channel.answer({})
        _serve(channel, hello.setup)


def _serve(channel: WorkerEnd, setup: bytes) -> None:
    here = os.getpid()
    service: Service | None = None
    while True:
        request = channel.receive()
        try:
            service = service or pickle.loads(setup)()  # noqa: S301 - the driver's own
            answer = {"value": service(request)}
        except BaseException as error:  # noqa: BLE001 - the plugin boundary; a worker gets no Ctrl-C
            answer = {"error": describe(error)}
        if os.getpid() != here:
            os._exit(0)  # a copy of this process that a plugin has made by a fork
        try:
            channel.answer(answer)
        except (TypeError, ValueError) as error:
            channel.answer({"error": f"The answer cannot be sent: {describe(error)}"})


def _end_with(parent: int) -> None:
    """On Linux, end when the driver ends, even if it was killed; keep orphans of children."""
    with suppress(AttributeError, OSError):
        library = ctypes.CDLL(None)
        library.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        library.prctl(PR_SET_CHILD_SUBREAPER, 1)
    if os.getppid() != parent:
        os._exit(1)


def _limit_memory(memory: int | None) -> None:
    if memory is None:
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    largest = sys.maxsize if most == resource.RLIM_INFINITY else most
    resource.setrlimit(resource.RLIMIT_DATA, (min(memory, largest), most))


if __name__ == "__main__":
    main()
