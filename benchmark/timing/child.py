"""The fresh process that measures one method: ``python -m upbench.benchmark.timing.child``.

A job comes as JSON on standard input; answers go as lines of JSON to what standard output was at
the start.  Standard output itself is turned to standard error before any plugin is read, so that
what a plugin prints cannot mix with the answers.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TextIO

from upbench.benchmark.core.errors import InvalidOutputError
from upbench.benchmark.core.text import describe
from upbench.benchmark.registry.catalog import collect
from upbench.benchmark.timing.measure import Effort, measure, synchroniser
from upbench.benchmark.timing.picture import picture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from upbench.benchmark.core.contract import Method, Upsampler

__all__ = ["answers", "main"]

METHODS = ("upbench.methods",)
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class _Loaded:
    """A method made ready at one scale, or the reason why it could not be."""

    upsampler: Upsampler | None
    seconds: float | None
    """What loading took; None for a plain function, which needs none."""
    reason: str = ""


def main() -> None:
    """Read the job, measure, answer."""
    _end_with_parent()
    with _private_output() as output:
        for answer in answers(json.load(sys.stdin)):
            output.write(json.dumps(answer) + "\n")
            output.flush()


def answers(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what happens, as it does.

    Args:
        job: "method", "plugins", "device", "budget", "limit" and "cells", a list of
            ``[scale, side of the input, channels]`` in the order to measure, one scale after
            another.

    Yields:
        ``{"now": what begins}`` before whatever may hang; and for each cell, in order, its
        "status" and "reason", with "load" in seconds and "measured" where there are such.

    Raises:
        UnknownNameError: This process does not find the method.
    """
    method = collect(job["plugins"], METHODS).method(job["method"])
    effort = Effort(job["budget"], job["limit"])
    for scale, cells in groupby(job["cells"], key=itemgetter(0)):
        yield {"now": f"loading at x{scale}"}
        loaded = _load(method, scale, job["device"])
        for _, side, channels in cells:
            yield {"now": "measuring"}
            yield _answer(loaded, scale, (side, side, channels), effort, job["device"])


def _load(method: Method, scale: int, device: str) -> _Loaded:
    wait = synchroniser(device)
    start = time.perf_counter()
    try:
        upsampler = method.load(scale, device)
        wait()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin boundary
        return _Loaded(None, None, f"{method.name} cannot be loaded: {describe(error)}")
    seconds = time.perf_counter() - start
    return _Loaded(upsampler, seconds if method.is_loader else None)


def _answer(
    loaded: _Loaded, scale: int, shape: tuple[int, int, int], effort: Effort, device: str
) -> dict[str, Any]:
    if loaded.upsampler is None:
        return {"status": "error", "reason": loaded.reason}
    answer: dict[str, Any] = {"status": "ok", "reason": None, "load": loaded.seconds}
    try:
        measured = measure(loaded.upsampler, picture(*shape), scale, effort, device)
    except InvalidOutputError as error:
        return answer | {"status": "invalid_output", "reason": describe(error)}
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin boundary
        return answer | {"status": "error", "reason": describe(error)}
    return answer | {"measured": asdict(measured)}


def _private_output() -> TextIO:
    """Keep standard output for the answers, and let everybody else print to standard error."""
    kept = os.dup(1)  # not inherited by processes that a plugin starts
    os.dup2(2, 1)
    return os.fdopen(kept, "w", encoding="utf-8")


def _end_with_parent() -> None:
    """Ask Linux to end this process when its parent ends, even if that was killed."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main()
