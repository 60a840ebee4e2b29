"""A method as the probe calls it: whatever it does wrong becomes one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.core.errors import InvalidOutputError, MethodError, pass_on_ctrl_c
from upbench.benchmark.core.text import describe, plugin_errors
from upbench.benchmark.imaging.validation import checked_output, refuse_changed

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Image, Method, Plane, Upsampler


@dataclass(frozen=True)
class ProbedMethod:
    """A method made ready at one scale."""

    name: str
    scale: int
    channels: int
    """1 for a method that takes luma only, 3 for the others."""
    upsampler: Upsampler
    any_size: bool = False
    """Whether it makes images smaller too."""

    def __call__(self, low: Image) -> Plane:
        """Enlarge an image; return float64 ``(h * s, w * s, C)`` in [0, 1], not clipped.

        Raises:
            MethodError: The method raised, or returned what the contract does not allow.
        """
        given = low.copy()
        try:
            output = checked_output(self.upsampler(given), low.shape, self.scale)
            refuse_changed(given, low)
        except InvalidOutputError as error:
            raise InvalidOutputError(f"{self.name} x{self.scale}: {error}") from None
        except BaseException as error:  # noqa: BLE001 - the plugin boundary
            pass_on_ctrl_c(error)
            size = f"{low.shape[0]}x{low.shape[1]}x{low.shape[2]}"
            raise MethodError(
                f"{self.name} x{self.scale} fails on a {size} image: {describe(error)}"
            ) from None
        return output.astype(np.float64)

    def grey(self, low: Image) -> Plane:
        """Enlarge an image and average its channels: float64 ``(h * s, w * s)``.

        Raises:
            MethodError: As for a call.
        """
        return np.asarray(self(low).mean(axis=2))


def load_probed(method: Method, scale: int) -> ProbedMethod:
    """Make a method ready to be probed at one scale.

    Raises:
        MethodError: It does not offer the scale, or cannot be loaded.
    """
    with plugin_errors(f"{method.name} x{scale} cannot be loaded"):
        upsampler = method.load(scale)
    return ProbedMethod(
        method.name, scale, 1 if method.colour == "luma" else 3, upsampler, method.any_size
    )
