"""The best networks that these parts make: the sub-pixel head after three trunks.

The other learned methods share one short training, so that their heads can be compared; these were
trained for longer, and otherwise.  ``upnet-small`` has the trunk that all heads share;
``upnet-slim`` spends about as many weights on four layers more, which is slower and better;
``upnet-large`` has nine times the weights.  At x3 and x4 training begins with the trunk of x2.
"""

from __future__ import annotations

from typing import Any, ClassVar

from upbench.methods._shared.subpixel import ICNR
from upbench.methods.learned import LearnedUpsampler, learned

_SOURCE = "this suite; layers: A. Aitken et al., arXiv:1707.02937, 2017; K. Bhardwaj et al., 2021"
_KERNEL = "3 x 3, s x s phases, equal at first"
_RECIPE: dict[str, Any] = {
    "batch": 16,
    "patch": 32,
    "momentum": (0.95, 0.95),
    "optimiser": "soap",
    "mixed": 0.85,
    "sizes": (1.0, 0.9, 0.8, 0.7, 0.6),
}


@learned(ICNR, name="upnet-small", source=_SOURCE, kernel=_KERNEL)
class UpnetSmall(LearnedUpsampler):
    """16 channels, six layers, 10 000 to 12 000 weights."""

    recipe: ClassVar[dict[str, Any]] = {**_RECIPE, "steps": 100_000, "rate": 3e-3}
    begins_with: ClassVar[int | None] = 2


@learned(ICNR, name="upnet-slim", source=_SOURCE, kernel=_KERNEL)
class UpnetSlim(LearnedUpsampler):
    """12 channels, ten layers, 11 000 to 12 400 weights."""

    shape_name: ClassVar[str] = "slim"
    recipe: ClassVar[dict[str, Any]] = {
        **_RECIPE,
        "steps": 120_000,
        "rate": 3e-3,
        "drawn": "equally",
    }
    begins_with: ClassVar[int | None] = 2


@learned(ICNR, name="upnet-large", source=_SOURCE, kernel=_KERNEL)
class UpnetLarge(LearnedUpsampler):
    """32 channels, twelve layers, 94 000 to 98 000 weights."""

    shape_name: ClassVar[str] = "large"
    recipe: ClassVar[dict[str, Any]] = {**_RECIPE, "steps": 30_000, "rate": 2e-3}
    begins_with: ClassVar[int | None] = 2
