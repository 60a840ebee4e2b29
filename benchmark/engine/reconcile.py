"""Measuring a method once per low-resolution image, for every convention at once.

The method runs in a worker process, as in a run; this process makes its images and takes the
errors of its outputs while it works at the next one.  SSIM costs far more than PSNR, so that it is
taken of those planes alone whose PSNR fits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from upbench.benchmark.core.errors import ImageError, MethodError
from upbench.benchmark.engine.method import Answer
from upbench.benchmark.engine.method import Low as Given
from upbench.benchmark.engine.supervisor import Limits, Worker, wait
from upbench.benchmark.protocols.conventions.axes import AXES, Low, View, lows, views
from upbench.benchmark.protocols.conventions.measure import measure
from upbench.benchmark.protocols.conventions.pixels import (
    cropped,
    finished,
    low_image,
    planes,
    reference_of,
)
from upbench.benchmark.protocols.conventions.search import fitting_planes
from upbench.benchmark.protocols.conventions.tables import psnr_table, ssim_table
from upbench.benchmark.registry.images import list_images, read_image

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from upbench.benchmark.core.arrays import Floats, Image, Image8
    from upbench.benchmark.core.contract import Dataset, Progress
    from upbench.benchmark.engine.method import MethodService
    from upbench.benchmark.protocols.conventions.measure import Measured
    from upbench.benchmark.protocols.conventions.search import Target

SAME = 2e-5
"""Low-resolution images in [0, 1] that are nearer to each other than this give one output."""
MOST_KEPT = 1 << 30
"""Bytes of outputs that are kept until it is known which SSIMs are wanted."""

Plane = tuple[Low, View]
Tables = dict[Plane, tuple["Floats", "Floats"]]
"""By what is compared: PSNR and SSIM of a set, as the search takes them."""


@dataclass(frozen=True)
class Asked:
    """What is to be reconciled."""

    method: str
    service: Callable[[], MethodService]
    """Makes the service of the worker process that holds the method; picklable."""
    own_8bit: bool
    """Whether the method has an 8-bit path of its own."""
    targets: tuple[Target, ...]
    datasets: dict[str, Dataset]
    shrinkers: tuple[str, ...]
    tolerances: tuple[float, float]
    limits: Limits


@dataclass
class _Truth:
    """What outputs of one kind have to equal, and its planes, made once."""

    pixels: Image8
    known: dict[str, Floats] = field(default_factory=dict)

    def planes(self, colour: str) -> Floats:
        if colour not in self.known:
            self.known[colour] = planes(self.pixels, colour)
        return self.known[colour]


@dataclass
class _Job:
    """One image at one scale: its pixels, and what is made of it."""

    target: int
    scale: int
    own_8bit: bool
    name: str
    pixels: Image8
    outputs: dict[Low, Image] = field(default_factory=dict)
    measured: dict[Plane, Measured] = field(default_factory=dict)
    truths: dict[tuple[str, str], _Truth] = field(default_factory=dict)

    def truth(self, low: Low) -> _Truth:
        """Return what an output has to equal."""
        place = (low.given, low.grey)
        if place not in self.truths:
            self.truths[place] = _Truth(reference_of(self.pixels, low))
        return self.truths[place]


class _Call(NamedTuple):
    """One low-resolution image, and all the ways of making it that give this very one."""

    job: _Job
    lows: list[Low]
    given: Given


def measure_all(asked: Asked, progress: Progress | None = None) -> tuple[list[Tables], list[str]]:
    """Measure a method on every low-resolution image, and return the tables of each target.

    Returns:
        The tables, and a sentence for each way of making low-resolution images that the method
        could not take.

    Raises:
        MethodError: The method hangs, crashes, or fails on every image.
        ImageError, DatasetError: An image cannot be read, or is too small.
    """
    jobs = [job for n, target in enumerate(asked.targets) for job in _jobs(n, target, asked)]
    has_grey = any(job.pixels.shape[2] == 1 for job in jobs)
    ways = list(lows(own_8bit=asked.own_8bit, has_grey=has_grey, shrinkers=asked.shrinkers))
    with Worker(asked.service, asked.limits) as worker:
        notes = _measure_errors(asked, jobs, ways, worker, progress)
        known = _common_planes(jobs)
        if not known:
            raise MethodError(notes[0] if notes else f"{asked.method} gave no output.")
        if any(target.ssim for target in asked.targets):
            tables = [_tables(known, jobs, n) for n in range(len(asked.targets))]
            wanted = fitting_planes(asked.targets, tables, asked.tolerances[0])
            _measure_similarity(asked, jobs, wanted, worker, progress)
            known = wanted
    return [_tables(known, jobs, n) for n in range(len(asked.targets))], notes


def _jobs(number: int, target: Target, asked: Asked) -> Iterator[_Job]:
    for item in list_images(asked.datasets[target.dataset]):
        try:
            pixels = cropped(read_image(item), target.scale)
        except ImageError as error:
            raise ImageError(f"{target.dataset}, {item.name}: {error}") from None
        yield _Job(number, target.scale, asked.own_8bit, item.name, pixels)


def _calls(job: _Job, ways: Sequence[Low]) -> Iterator[_Call]:
    """Yield each different low-resolution image of a job once."""
    found: list[_Call] = []
    for low in ways:
        image, levels = low_image(job.truth(low).pixels, low, job.scale)
        for call in found:
            if _equal(call.given, image, levels):
                call.lows.append(low)
                break
        else:
            found.append(_Call(job, [low], Given(job.scale, image, levels)))
    yield from found


def _equal(given: Given, image: Image, levels: Image8 | None) -> bool:
    same_kind = (given.eight_bit is None) == (levels is None) and given.image.shape == image.shape
    return bool(same_kind and np.abs(given.image - image).max() < SAME)


def _measure_errors(
    asked: Asked,
    jobs: Sequence[_Job],
    ways: Sequence[Low],
    worker: Worker,
    progress: Progress | None,
) -> list[str]:
    """Take the errors of every output; return what the method could not take, once each."""
    notes: dict[str, str] = {}
    kept, done, total = 0, 0, len(jobs) * len(ways)
    calls = (call for job in jobs for call in _calls(job, ways))
    last = jobs[0]
    for call, answer in _answers(asked, calls, worker):
        if call.job is not last:  # its planes are many times the image
            last.truths.clear()
            last = call.job
        done += len(call.lows)
        if progress:
            progress(f"{call.job.name} x{call.job.scale}", done, total)
        if answer.output is None:
            kind = call.lows[0].given
            notes.setdefault(kind, f"{asked.method} fails on {call.job.name}: {answer.reason}")
            continue
        _take(call.job, call.lows, answer.output)
        if any(target.ssim for target in asked.targets) and kept < MOST_KEPT:
            kept += answer.output.nbytes
            call.job.outputs.update(dict.fromkeys(call.lows, answer.output))
    last.truths.clear()
    return [*notes.values()]


def _measure_similarity(
    asked: Asked,
    jobs: Sequence[_Job],
    wanted: Sequence[Plane],
    worker: Worker,
    progress: Progress | None,
) -> None:
    """Take the SSIMs of some planes; an output that was not kept is made again."""
    ways = list(dict.fromkeys(low for low, _ in wanted))
    chosen = set(wanted)
    done, total = 0, len(jobs) * len(ways)
    for job in jobs:
        calls = _calls(job, [low for low in ways if low not in job.outputs])
        again = ((call.lows, answer.output) for call, answer in _answers(asked, calls, worker))
        for made, output in chain(_kept(job, ways), again):
            if output is not None:
                _take(job, made, output, chosen)
            done += len(made)
            if progress:
                progress(f"SSIM of {job.name} x{job.scale}", done, total)
        job.outputs.clear()
        job.truths.clear()


def _kept(job: _Job, ways: Sequence[Low]) -> Iterator[tuple[list[Low], Image | None]]:
    """Yield each output that was kept, with the ways that gave it."""
    by_output: dict[int, list[Low]] = {}
    for low in ways:
        if low in job.outputs:
            by_output.setdefault(id(job.outputs[low]), []).append(low)
    yield from ((made, job.outputs[made[0]]) for made in by_output.values())


def _take(
    job: _Job, made: Sequence[Low], output: Image, similar: Collection[Plane] | None = None
) -> None:
    """Measure the planes of one output, whose low-resolution image was made in some ways.

    Those that come out the same are measured once.  ``similar`` are the planes whose SSIM is
    wanted, alone; None is every plane, without SSIM.
    """
    shared: dict[tuple[object, ...], Measured] = {}
    levels = {pixels: finished(output, pixels) for pixels in AXES["pixels"]}
    for low in made:
        truth = job.truth(low)
        is_rgb = output.shape[2] == 3
        for view in views(low, own_8bit=job.own_8bit):
            if similar is not None and (low, view) not in similar:
                continue
            colour = view.colour if is_rgb else view.colour == "y-rounded"
            place = (low.given if is_rgb else "", view.pixels, colour)
            if place not in shared:
                image = planes(levels[view.pixels], view.colour)
                shared[place] = measure(
                    truth.planes(view.colour), image, job.scale, similarity=similar is not None
                )
            job.measured[low, view] = shared[place]


def _answers(
    asked: Asked, calls: Iterator[_Call], worker: Worker
) -> Iterator[tuple[_Call, Answer]]:
    """Yield each call with what the method gave; it is at the next one meanwhile.

    Raises:
        MethodError: It hangs or crashes: it would do so at the next image too.
    """
    current = next(calls, None)
    if current is not None:
        worker.ask((asked.method, current.given))
    while current is not None:
        following = next(calls, None)  # made while the method works
        while (outcome := worker.poll()) is None:
            wait([worker])
        if outcome.status != "ok":
            where = f"{current.job.name} x{current.job.scale}"
            raise MethodError(f"{asked.method} fails on {where}: {outcome.reason}")
        if following is not None:
            worker.ask((asked.method, following.given))
        yield current, Answer(**outcome.value)
        current = following


def _common_planes(jobs: Sequence[_Job]) -> list[Plane]:
    """Return the planes that every image has."""
    first, *others = jobs
    return [plane for plane in first.measured if all(plane in job.measured for job in others)]


def _tables(planes: Sequence[Plane], jobs: Sequence[_Job], target: int) -> Tables:
    own = [job for job in jobs if job.target == target]
    found: Tables = {}
    for plane in planes:
        images = [job.measured[plane] for job in own]
        found[plane] = (psnr_table(images), ssim_table(images))
    return found
