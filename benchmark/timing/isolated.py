"""Methods are timed in processes of their own, one step after another.

A process that hangs or crashes costs the size it was at; another process takes the rest.  After a
time-out the larger sizes of that scale are skipped, since they would take longer still; not where
the process never started, which is the machine's doing.
:class:`MeasuringService` is what runs in such a process.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.contract import Method
from upbench.benchmark.core.errors import InvalidOutputError, UnknownNameError
from upbench.benchmark.core.text import describe
from upbench.benchmark.engine.supervisor import Outcome, Worker
from upbench.benchmark.imaging.pixels import eight_bit_call
from upbench.benchmark.imaging.validation import checked_output
from upbench.benchmark.registry.importing import described_by
from upbench.benchmark.timing.measure import Effort, measure, synchroniser
from upbench.benchmark.timing.picture import picture

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from upbench.benchmark.core.contract import Image, Upsampler
    from upbench.benchmark.core.sizes import Scale
    from upbench.benchmark.timing.plan import TimingCell


def measure_in_processes(
    cells: Sequence[TimingCell], effort: Effort
) -> Generator[tuple[TimingCell, Outcome]]:
    """Measure cells in one process, method by method, each from its smallest size to its largest.

    Args:
        cells: Of one number of threads; of one method, or of several that may share a process.
        effort: How long to measure each; its timeout ends whatever hangs.

    Yields:
        Each cell with its outcome, whose value holds "load" and "measured" where there are such.
    """
    if not cells:
        return
    origins = dict.fromkeys((cell.origin, cell.method, cell.device) for cell in cells)
    setup = partial(measuring_services, tuple(origins), effort)
    with Worker(setup, effort, cells[0].threads) as worker:
        loaded, load = None, Outcome()
        slow: dict[tuple[Any, ...], TimingCell] = {}
        names = [method for _, method, _ in origins]
        for cell in sorted(cells, key=lambda one: _order(one, names)):
            kind = (cell.method, cell.scale, cell.dtype, cell.channels)
            if kind in slow:
                where = f"x{slow[kind].scale} at {slow[kind].place}"
                reason = f"It was not tried, since {where} timed out."
                yield cell, Outcome(None, "skipped", reason)
                continue
            if not worker.is_alive or loaded != kind[:2]:
                loaded = kind[:2]
                load = _step(worker, f"loading at x{cell.scale}", cell.scale, cell.method)
            outcome = _measured(worker, cell, load)
            if outcome.status == "timeout" and worker.is_ready:
                slow[kind] = cell
            yield cell, outcome


def _order(cell: TimingCell, names: list[str]) -> tuple[Any, ...]:
    pixels = cell.side * cell.width
    return (names.index(cell.method), cell.scale, cell.dtype, cell.channels, pixels)


def _measured(worker: Worker, cell: TimingCell, load: Outcome) -> Outcome:
    if load.status != "ok":
        return load
    asked = (cell.low_side, cell.channels, cell.low_width, cell.dtype)
    outcome = _step(worker, "measuring", *asked)
    return replace(outcome, value={**load.value, **(outcome.value or {})})


def _step(worker: Worker, what: str, *arguments: Any) -> Outcome:
    """Take one step; say in the reason which one did not end well."""
    outcome = worker.call(("measure" if what == "measuring" else "load", *arguments))
    if outcome.status == "ok":
        answer = outcome.value
        return Outcome(answer, answer["status"], answer["reason"])
    if outcome.status == "timeout" and not worker.is_ready:
        return outcome  # no step was begun: the supervisor says what took too long
    if outcome.status == "timeout":
        limit = worker.limits.timeout
        reason = f"{what.capitalize()} took longer than the limit of {limit:g} s."
        return replace(outcome, reason=reason)
    return replace(outcome, reason=f"While {what}: {outcome.reason}")


@dataclass
class MeasuringService:
    """Answers ``("load", scale, method)`` and ``("measure", height, channels, width, dtype)``.

    Height and width are the input's.  An answer has a "status" and a "reason"; of loading also
    "load", the seconds that it took (None for a plain function), of measuring "measured", the
    fields of :class:`upbench.benchmark.timing.measure.Measured`.
    """

    methods: Mapping[str, tuple[Method, str]]
    """The methods and their devices, by name."""
    effort: Effort
    _loaded: tuple[Method, str, Upsampler, Scale] | None = None
    """The method, its device, and what it is at the scale."""

    def __call__(self, request: tuple[Any, ...]) -> dict[str, Any]:
        """Load or measure."""
        step, *arguments = request
        try:
            found = self._load(*arguments) if step == "load" else self._measure(*arguments)
        except InvalidOutputError as error:
            return {"status": "invalid_output", "reason": describe(error)}
        except BaseException as error:  # noqa: BLE001 - the plugin boundary
            where = f"{arguments[1]} cannot be loaded: " if step == "load" else ""
            return {"status": "error", "reason": where + describe(error)}
        return {"status": "ok", "reason": None, **found}

    def _load(self, scale: Scale, name: str) -> dict[str, Any]:
        self._loaded = None
        method, device = self.methods[name]
        wait = synchroniser(device)
        start = time.perf_counter()
        self._loaded = (method, device, method.load(scale, device), scale)
        wait()
        return {"load": time.perf_counter() - start if method.is_loader else None}

    def _measure(self, height: int, channels: int, width: int, dtype: str) -> dict[str, Any]:
        if self._loaded is None:
            raise RuntimeError("Nothing has been loaded.")
        method, device, upsampler, scale = self._loaded
        call: Callable[[Any], Any] = upsampler
        image: Any = picture(height, width, channels)
        if dtype == "uint8":
            image = (image * 255).round().astype(dtype)
            call = eight_bit_call(method, checked_first(upsampler, scale), scale)
        return {"measured": asdict(measure(call, image, scale, self.effort, device))}


def checked_first(call: Upsampler, scale: Scale) -> Upsampler:
    """Return a method whose first output is checked: as 8-bit levels NaN would be black."""
    unchecked = True

    def checked(image: Image) -> Image:
        nonlocal unchecked
        output = call(image)
        if unchecked:
            output, unchecked = checked_output(output, image.shape, scale), False
        return output

    return checked


def measuring_services(origins: Sequence[tuple[str, str, str]], effort: Effort) -> MeasuringService:
    """Find the methods of one process, each by its source and name; the third is its device.

    Raises:
        UnknownNameError: A source describes no such method.
    """
    methods = {}
    for source, name, device in origins:
        found = {one.name: one for one in described_by(source) if isinstance(one, Method)}
        if name not in found:
            raise UnknownNameError("method", name, found)
        methods[name] = (found[name], device)
    return MeasuringService(methods, effort)
