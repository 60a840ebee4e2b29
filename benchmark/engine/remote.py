"""What runs on the workers of a Dask cluster: the same pool of processes as on one machine.

A method that crashes, hangs or takes too much memory ends its own process there, not the Dask
worker's.  A Dask worker that is lost for another reason is replaced by Dask, which runs its pieces
again.
"""

from __future__ import annotations

import importlib.util
import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from upbench.benchmark.core.contract import Method
from upbench.benchmark.core.environment import versions
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.hashing import code_hash, method_hash
from upbench.benchmark.engine.pool import Pool
from upbench.benchmark.registry.importing import ORIGIN, described_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upbench.benchmark.core.arrays import Image
    from upbench.benchmark.engine.plan import Batch
    from upbench.benchmark.engine.result import Result
    from upbench.benchmark.engine.supervisor import Limits
    from upbench.benchmark.engine.workbench import Setup


@dataclass(frozen=True)
class Job:
    """What a Dask worker must know of the run."""

    name: str
    """The run's own."""
    setup: Setup
    limits: Limits
    versions: Mapping[str, str]
    """Of the libraries on the driver's machine."""
    is_local: bool
    """Whether the Dask workers are the driver's own."""


Pixels: TypeAlias = "tuple[Image, Image | None]"
"""Of an image, and of its low-resolution image where it is of a real pair."""


@dataclass
class _Bench:
    """One thread's pool for one run."""

    name: str
    pool: Pool
    checked: set[str] = field(default_factory=set)
    """Methods whose code is the driver's."""


_BENCHES: dict[int, _Bench] = {}
"""By the thread that works there."""


def work(job: Job, piece: Batch, pixels: Pixels | None) -> list[Result]:
    """Run a piece on a Dask worker; without pixels this machine reads the image itself.

    Raises:
        UsageError: The libraries or the method's code are not the driver's.
    """
    bench = _bench(job)
    _refuse_other_code(bench.checked, piece)
    if pixels is not None:
        image, small = pixels
        low = None if small is None else partial(given, small)
        piece = replace(piece, item=replace(piece.item, load=partial(given, image), low=low))
    return list(bench.pool.results([piece]))


def unread() -> Image:
    """Stand for an image's file on workers that need not have it."""
    raise NotImplementedError  # the pixels come beside the piece


def given(pixels: Any) -> Any:
    """Return an image's pixels, float32 (H, W, C), as they are: a task that holds them."""
    return pixels


def end_pools() -> None:
    """End the processes of the last run on this Dask worker."""
    for bench in [_BENCHES.pop(thread) for thread in [*_BENCHES]]:
        bench.pool.end()


def _bench(job: Job) -> _Bench:
    """Make this thread's pool at its first piece of a run, and keep it warm."""
    here = threading.get_ident()
    if here not in _BENCHES or _BENCHES[here].name != job.name:
        if here in _BENCHES:
            _BENCHES.pop(here).pool.end()
        if job.is_local:
            _print_nothing()
        _refuse_other_libraries(job.versions)
        _BENCHES[here] = _Bench(job.name, Pool(job.setup, 1, job.limits))
    return _BENCHES[here]


def _print_nothing() -> None:
    """Keep the Dask worker's own tracebacks at Ctrl-C off the driver's terminal."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _refuse_other_libraries(expected: Mapping[str, str]) -> None:
    here = versions()
    other = [
        f"{name} {here.get(name, 'missing')} instead of {expected.get(name, 'none')}"
        for name in sorted(here | dict(expected))
        if here.get(name) != expected.get(name)
    ]
    if other:
        raise UsageError(
            f"A Dask worker has other libraries than this machine: {', '.join(other)}; "
            f"the rows would not be comparable; install the same versions on the workers."
        )


def _refuse_other_code(checked: set[str], piece: Batch) -> None:
    for cell in piece.cells:
        if cell.method in checked:
            continue
        found = _code_of(cell.origin)
        if found != cell.code_hash:
            has = "has other code for" if found else "does not have the method"
            raise UsageError(
                f"A Dask worker {has} {cell.method}; expected what this machine has; install the "
                f"same upbench on the workers, and put plugin files at the same path there."
            )
        checked.add(cell.method)


def _code_of(source: str) -> str:
    """Return the hash of a method's code here, or "" without it."""
    if source.startswith(ORIGIN):
        (method,) = described_by(source)
        return method_hash(method) if isinstance(method, Method) else ""
    return code_hash(_file_of(source))


def _file_of(source: str) -> str:
    """Return the file of a method's source here, or "" without one; nothing is imported of it."""
    if source.endswith(".py"):
        return source
    module = source.rpartition("=")[2].partition(":")[0]
    with suppress(ImportError, ValueError):
        spec = importlib.util.find_spec(module)
        return str(spec.origin) if spec is not None else ""
    return ""
