"""What runs in the process that measures one method: it is loaded at a scale, then measured."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.contract import Method
from upbench.benchmark.core.errors import InvalidOutputError, UnknownNameError
from upbench.benchmark.core.text import describe
from upbench.benchmark.registry.catalog import described_by
from upbench.benchmark.timing.measure import Effort, measure, synchroniser
from upbench.benchmark.timing.picture import picture

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Upsampler
    from upbench.benchmark.core.sizes import Scale

__all__ = ["MeasuringService", "measuring_service"]


@dataclass
class MeasuringService:
    """Answers ``("load", scale)`` and ``("measure", side, channels)``, the input's side in pixels.

    An answer has a "status" and a "reason"; of loading also "load", the seconds that it took (None
    for a plain function), of measuring "measured", the fields of
    :class:`upbench.benchmark.timing.measure.Measured`.
    """

    method: Method
    device: str
    effort: Effort
    _upsampler: Upsampler | None = None
    _scale: Scale = 0

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

    def _load(self, scale: Scale) -> dict[str, Any]:
        wait = synchroniser(self.device)
        start = time.perf_counter()
        self._upsampler, self._scale = self.method.load(scale, self.device), scale
        wait()
        return {"load": time.perf_counter() - start if self.method.is_loader else None}

    def _measure(self, side: int, channels: int) -> dict[str, Any]:
        if self._upsampler is None:
            raise RuntimeError("Nothing has been loaded.")
        image = picture(side, side, channels)
        return {
            "measured": asdict(
                measure(self._upsampler, image, self._scale, self.effort, self.device)
            )
        }


def measuring_service(source: str, method: str, device: str, effort: Effort) -> MeasuringService:
    """Find a method by its source and name, in the process that measures it.

    Raises:
        UnknownNameError: The source describes no such method.
    """
    found = {one.name: one for one in described_by(source) if isinstance(one, Method)}
    if method not in found:
        raise UnknownNameError("method", method, found)
    return MeasuringService(found[method], device, effort)
