"""What runs on the workers of a Dask cluster: the same pool of processes as on one machine.

A method that crashes, hangs or takes too much memory ends its own process there, not the Dask
worker's.  A Dask worker that is lost for another reason is replaced by Dask, which runs its pieces
again.

Several runs may share a cluster.  Each Dask thread keeps the pool of the run that it worked for
last, in a thread of the pool's own: no other touches its processes and descriptors, not even to end
them.
"""

from __future__ import annotations

import importlib.util
import os
import threading
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeAlias

from upbench.benchmark.core.contract import Method
from upbench.benchmark.core.environment import library_version, versions
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.hashing import code_hash, method_hash
from upbench.benchmark.engine.pool import Pool, StoppedError
from upbench.benchmark.registry.catalog import own
from upbench.benchmark.registry.importing import ORIGIN, described_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upbench.benchmark.core.arrays import Image
    from upbench.benchmark.core.contract import Metric, ScoringProtocol
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
    scoring: Mapping[str, str]
    """Hashes of its code of what scores, as :func:`scoring_code` has them."""
    is_local: bool
    """Whether the Dask workers are the driver's own."""


SCORING = ("upbench.benchmark.metrics", "upbench.benchmark.protocols")
"""Our own folders of what scores."""
Pixels: TypeAlias = "tuple[Image, Image | None]"
"""Of an image, and of its low-resolution image where it is of a real pair."""


@dataclass
class _Bench:
    """The pool of one run and one Dask thread, in a thread that alone touches it."""

    run: str
    pool: Pool
    checked: set[str] = field(default_factory=set)
    """Methods whose code is the driver's."""
    _asked: SimpleQueue[tuple[Batch, Future[list[Result]]] | None] = field(
        default_factory=SimpleQueue
    )
    """Pieces to run; None is the end."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        # a daemon: a Dask worker that ends must not wait for the piece that a method is at
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def results(self, piece: Batch) -> list[Result]:
        """Run a piece and wait for its results.

        Raises:
            StoppedError: The run is over.
        """
        answer: Future[list[Result]] = Future()
        with self._lock:  # behind the end, nobody would answer
            if self.pool.stop.is_set():
                raise StoppedError
            self._asked.put((piece, answer))
        return answer.result()

    def tell_to_end(self) -> None:
        """Have the pool end by its own thread, also in the middle of a piece; never waits."""
        with self._lock:
            self.pool.stop.set()
            self._asked.put(None)

    def end(self) -> None:
        """Have the pool end and wait until it has."""
        self.tell_to_end()
        self._thread.join()

    def _serve(self) -> None:
        try:
            while (asked := self._asked.get()) is not None:
                piece, answer = asked
                try:
                    answer.set_result([*self.pool.results([piece])])
                except BaseException as error:  # noqa: BLE001 - raised where the piece was asked for
                    answer.set_exception(error)
        finally:
            self.pool.end()


MOST_ENDED = 1000
"""How many runs a Dask worker remembers as over: their last pieces may still come."""
_BENCHES: dict[int, _Bench] = {}
"""By the Dask thread that works there."""
_ENDED: deque[str] = deque(maxlen=MOST_ENDED)
"""Runs that are over."""
_LOCK = threading.Lock()
"""For both: the end of a run comes in a thread of its own."""


def work(job: Job, piece: Batch, pixels: Pixels | None) -> list[Result]:
    """Run a piece on a Dask worker; without pixels this machine reads the image itself.

    Raises:
        UsageError: The libraries, the method's code or the code that scores are not the driver's.
        StoppedError: The run is over.
    """
    bench = _bench(job)
    _refuse_other_code(bench.checked, piece)
    if pixels is not None:
        image, small = pixels
        low = None if small is None else partial(given, small)
        piece = replace(piece, item=replace(piece.item, load=partial(given, image), low=low))
    try:
        return bench.results(piece)
    except BaseException:
        _drop(bench)  # its pool was in the middle of something
        raise


def unread() -> Image:
    """Stand for an image's file on workers that need not have it."""
    raise NotImplementedError  # the pixels come beside the piece


def given(pixels: Any) -> Any:
    """Return an image's pixels, float32 (H, W, C), as they are: a task that holds them."""
    return pixels


def end_pools(run: str) -> None:
    """Have the processes of a run on this Dask worker end, and no piece of it begin; never waits.

    Those of other runs go on.  It is called in the thread by which the Dask worker talks to others.
    """
    with _LOCK:
        _ENDED.append(run)
        for thread, bench in [*_BENCHES.items()]:
            if bench.run == run:
                _BENCHES.pop(thread).tell_to_end()


def scoring_code(setup: Setup) -> dict[str, str]:
    """Return hashes of the code here of a run's protocols and metrics; "" for what is not here."""
    ours, found = own(SCORING), {}
    for protocol, parts in setup.parts.items():
        for part in parts:
            known = ours.protocols.get(protocol)
            found[f"the protocol {protocol}"] = _code_that_scores(part.protocol, known)
            for name in part.metrics:
                code = _code_that_scores(part.source, ours.metrics.get(name))
                found[f"the metric {name}"] = code
    return found


def _bench(job: Job) -> _Bench:
    """Make this thread's pool at its first piece of a run, and keep it warm."""
    here = threading.get_ident()
    with _LOCK:
        bench = _BENCHES.get(here)
        if bench is not None and bench.run == job.name:
            return bench
    if bench is not None:
        _drop(bench)  # of another run: two would hold the memory of two
    if job.is_local:
        _print_nothing()
    _refuse_other_libraries(job.versions)
    _refuse_other_scoring(job)
    with _LOCK:
        if job.name in _ENDED:
            raise StoppedError
        _BENCHES[here] = _Bench(job.name, Pool(job.setup, 1, job.limits))
        return _BENCHES[here]


def _drop(bench: _Bench) -> None:
    """End the pool of this thread; the next piece makes another."""
    here = threading.get_ident()
    with _LOCK:
        if _BENCHES.get(here) is bench:
            del _BENCHES[here]
    bench.end()


def _print_nothing() -> None:
    """Keep the Dask worker's own tracebacks at Ctrl-C off the driver's terminal."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _refuse_other_libraries(
    expected: Mapping[str, str], here: Mapping[str, str] | None = None
) -> None:
    """Check versions by library, all that take part by default."""
    here = versions() if here is None else here
    other = [
        f"{name} {here.get(name, 'missing')} instead of {expected.get(name, 'none')}"
        for name in sorted({**here, **expected})
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
            raise _other_code(cell.method if found else f"the method {cell.method}", found)
        _refuse_other_library(cell.library)
        checked.add(cell.method)


def _refuse_other_library(expected: str) -> None:
    """Check what a method is computed with; "numpy " is numpy where it is not installed."""
    name, _, version = expected.rpartition(" ")
    here = library_version(name)
    if name:
        _refuse_other_libraries({name: version} if version else {}, {name: here} if here else {})


def _refuse_other_scoring(job: Job) -> None:
    here = scoring_code(job.setup)
    for what, expected in job.scoring.items():
        if here.get(what) != expected:
            raise _other_code(what, here.get(what, ""))


def _other_code(what: str, found: str) -> UsageError:
    has = "has other code for" if found else "does not have"
    return UsageError(
        f"A Dask worker {has} {what}; expected what this machine has; install the "
        f"same upbench on the workers, and put plugin files at the same path there."
    )


def _code_that_scores(source: str, ours: Metric | ScoringProtocol | None) -> str:
    """Return the hash of the code here of a metric or protocol of a plugin, or of our own."""
    if source:
        return _code_of(source)
    return "" if ours is None else code_hash(ours.file)


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
