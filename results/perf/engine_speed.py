"""What the harness costs beside degrading, methods and scores."""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measuring import show

from upbench.benchmark.core.threads import use_one_thread_each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

use_one_thread_each()  # read when the libraries are imported


def measure() -> list[tuple[str, float, float]]:
    """Compare a serial run with the sum of its degradations, methods (loaded, called) and scores.

    Every (what, figure, target) is a ratio of two times of one run.
    The rows after the first say where the rest goes: to pictures of places and whole images, to the
    store, to the rest of the engine, each as a share of the sum.

    In processor seconds, which other programs on the machine do not change as much.
    """
    from upbench.benchmark.engine.runner import Request, make_plan, results
    from upbench.benchmark.engine.store import Store

    plan, clock = make_plan(Request(executor="serial")), Clock()
    with (
        timed(clock, _steps()),
        tempfile.TemporaryDirectory() as folder,
        Store(Path(folder)) as store,
    ):
        start = time.process_time()
        list(results(plan, store, plan.cells))
        total = time.process_time() - start
    return list(_shares(total, clock.spent))


class Clock:
    """Adds up the processor seconds of each part of a run."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._within: dict[str, int] = defaultdict(int)

    def counted(self, function: Callable[..., object], part: str) -> Callable[..., object]:
        """Return a function whose calls count; what a call of its own part calls counts once."""

        def call(*arguments: object, **options: object) -> object:
            self._within[part] += 1
            start = time.process_time()
            answer = function(*arguments, **options)
            self._within[part] -= 1
            if not self._within[part]:  # loading a method calls it too
                self.spent[part] += time.process_time() - start
            return answer

        return call


@contextmanager
def timed(clock: Clock, steps: Sequence[tuple[Any, str, str]]) -> Iterator[None]:
    """Count what each (owner, name, part) takes, until the end."""
    originals = [getattr(owner, name) for owner, name, _ in steps]
    for (owner, name, part), original in zip(steps, originals, strict=True):
        is_property = isinstance(original, property)
        made = clock.counted(original.fget if is_property else original, part)
        setattr(owner, name, property(made) if is_property else made)
    try:
        yield
    finally:
        for (owner, name, _), original in zip(steps, originals, strict=True):
            setattr(owner, name, original)


def _steps() -> list[tuple[Any, str, str]]:
    """Return (owner, name, part) of all that is timed."""
    from upbench.benchmark.engine import cell as cells
    from upbench.benchmark.engine import method as methods
    from upbench.benchmark.engine import store as stores
    from upbench.benchmark.engine import workbench
    from upbench.benchmark.engine.result import Result

    return [
        (workbench, "read_image", "work"),
        (workbench, "prepare", "work"),
        (methods.MethodService, "_load", "work"),
        (methods, "_output", "work"),
        (cells, "_finished", "work"),
        (cells, "_scores", "work"),
        (cells, "views_of", "pictures"),
        (Result, "picture", "stored"),
        (stores, "encode_png", "stored"),
        (stores.Store, "add", "store"),
    ]


def _shares(total: float, spent: Mapping[str, float]) -> Iterator[tuple[str, float, float]]:
    work, pictures = spent["work"], spent["pictures"] + spent["stored"]
    kept = spent["store"] - spent["stored"]
    rest = total - work - spent["pictures"] - spent["store"]
    yield "run / (degrade + method + score)", total / work, 1.02
    yield "  of that: pictures / work", pictures / work, 0.01
    yield "  of that: store without pictures / work", kept / work, 0.01
    yield "  of that: the rest of the engine / work", rest / work, 0.01


if __name__ == "__main__":
    show(measure())
