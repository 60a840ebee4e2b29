"""What runs in the process that measures: a method is loaded at a scale, then measured."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.contract import Method
from upbench.benchmark.core.errors import InvalidOutputError, UnknownNameError
from upbench.benchmark.core.text import describe
from upbench.benchmark.imaging.pixels import eight_bit_call
from upbench.benchmark.registry.catalog import described_by
from upbench.benchmark.timing.measure import Effort, measure, synchroniser
from upbench.benchmark.timing.picture import picture

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from upbench.benchmark.core.contract import Upsampler
    from upbench.benchmark.core.sizes import Scale

__all__ = ["MeasuringService", "measuring_services"]


@dataclass
class MeasuringService:
    """Answers ``("load", scale, method)`` and ``("measure", height, channels, width, dtype)``.

    Height and width are the input's; by default it is a square of float32, and the method the
    first one.

    An answer has a "status" and a "reason"; of loading also "load", the seconds that it took (None
    for a plain function), of measuring "measured", the fields of
    :class:`upbench.benchmark.timing.measure.Measured`.
    """

    methods: Mapping[str, tuple[Method, str]]
    """The methods and their devices, by name."""
    effort: Effort
    _upsampler: Upsampler | None = None
    _scale: Scale = 0

    def __post_init__(self) -> None:
        self.method, self.device = next(iter(self.methods.values()))

    def __call__(self, request: tuple[Any, ...]) -> dict[str, Any]:
        """Load or measure."""
        step, *arguments = request
        try:
            found = self._load(*arguments) if step == "load" else self._measure(*arguments)
        except InvalidOutputError as error:
            return {"status": "invalid_output", "reason": describe(error)}
        except BaseException as error:  # noqa: BLE001 - the plugin boundary
            reason = describe(error)
            if step == "load":
                reason = f"{self.method.name} cannot be loaded: {reason}"
            return {"status": "error", "reason": reason}
        return {"status": "ok", "reason": None, **found}

    def _load(self, scale: Scale, name: str = "") -> dict[str, Any]:
        self._upsampler = None
        self.method, self.device = self.methods[name or self.method.name]
        wait = synchroniser(self.device)
        start = time.perf_counter()
        self._upsampler, self._scale = self.method.load(scale, self.device), scale
        wait()
        return {"load": time.perf_counter() - start if self.method.is_loader else None}

    def _measure(
        self, height: int, channels: int, width: int = 0, dtype: str = "float32"
    ) -> dict[str, Any]:
        if self._upsampler is None:
            raise RuntimeError("Nothing has been loaded.")
        call: Callable[[Any], Any] = self._upsampler
        image: Any = picture(height, width or height, channels)
        if dtype == "uint8":
            image = (image * 255).round().astype(dtype)
            call = eight_bit_call(self.method, self._upsampler, self._scale)
        return {"measured": asdict(measure(call, image, self._scale, self.effort, self.device))}


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
