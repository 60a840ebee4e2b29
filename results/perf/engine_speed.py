"""What the harness costs beside degrading, methods and scores."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measuring import show

from upbench.benchmark.core.threads import use_one_thread_each

if TYPE_CHECKING:
    from collections.abc import Callable

use_one_thread_each()  # read when the libraries are imported


def measure() -> list[tuple[str, float, float]]:
    """Compare a serial run with the sum of its degradations, methods (loaded, called) and scores.

    Every (what, figure, target) is a ratio of two times of one run.
    The rows after the first say where the rest goes: to pictures of places and whole images, to the
    store, to the rest of the engine, each as a share of the sum.

    In processor seconds, which other programs on the machine do not change as much.
    """
    from upbench.benchmark.engine import cell as cells
    from upbench.benchmark.engine import method as methods
    from upbench.benchmark.engine import store as stores
    from upbench.benchmark.engine import workbench
    from upbench.benchmark.engine.result import Result
    from upbench.benchmark.engine.runner import Request, make_plan, results
    from upbench.benchmark.engine.store import Store

    spent = {"work": 0.0, "pictures": 0.0, "stored": 0.0, "store": 0.0}
    within = dict.fromkeys(spent, 0)

    def counted(function: Callable[..., object], part: str) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            within[part] += 1
            start = time.process_time()
            answer = function(*arguments, **options)
            within[part] -= 1
            if not within[part]:  # loading a method calls it too: what is inside counts once
                spent[part] += time.process_time() - start
            return answer

        return call

    plan = make_plan(Request(executor="serial"))
    steps: list[tuple[Any, str, str]] = [
        (workbench, "read_image", "work"),
        (workbench, "prepare", "work"),
        (methods.MethodService, "_load", "work"),
        (methods, "_output", "work"),
        (cells, "_finished", "work"),
        (cells, "_scores", "work"),
        (cells, "views_of", "pictures"),
        (Result, "picture", "stored"),
        (stores, "encode_png", "stored"),
        (Store, "add", "store"),
    ]
    originals = [getattr(owner, name) for owner, name, _ in steps]
    for (owner, name, part), original in zip(steps, originals, strict=True):
        is_property = isinstance(original, property)
        made = counted(original.fget if is_property else original, part)
        setattr(owner, name, property(made) if is_property else made)
    try:
        with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
            start = time.process_time()
            list(results(plan, store, plan.cells))
            total = time.process_time() - start
    finally:
        for (owner, name, _), original in zip(steps, originals, strict=True):
            setattr(owner, name, original)
    work, pictures = spent["work"], spent["pictures"] + spent["stored"]
    kept = spent["store"] - spent["stored"]
    rest = total - work - spent["pictures"] - spent["store"]
    return [
        ("run / (degrade + method + score)", total / work, 1.02),
        ("  of that: pictures / work", pictures / work, 0.01),
        ("  of that: store without pictures / work", kept / work, 0.01),
        ("  of that: the rest of the engine / work", rest / work, 0.01),
    ]


if __name__ == "__main__":
    show(measure())
