"""The best networks that these parts make: the sub-pixel head after a small and a larger trunk.

The other learned methods share one short training, so that their heads can be compared; these two
were trained for longer.  ``upnet-small`` has the trunk that all heads share.  ``upnet-large`` has
nine times its weights; at x3 and x4 its training begins with the trunk of x2.
"""

from __future__ import annotations

from typing import Any, ClassVar

from upbench.methods.learned._head import Head
from upbench.methods.learned._subpixel import build_icnr
from upbench.methods.learned._upsampler import LearnedUpsampler, learned

HEAD = Head("subpixel-conv-icnr", build_icnr)
_SOURCE = "this suite; layers: A. Aitken et al., arXiv:1707.02937, 2017; K. Bhardwaj et al., 2021"
_KERNEL = "3 x 3, s x s phases, equal at first"


@learned(HEAD, name="upnet-small", source=_SOURCE, kernel=_KERNEL)
class UpnetSmall(LearnedUpsampler):
    """16 channels, six layers, 10 000 to 12 000 weights."""

    recipe: ClassVar[dict[str, Any]] = {"steps": 20_000}


@learned(HEAD, name="upnet-large", source=_SOURCE, kernel=_KERNEL)
class UpnetLarge(LearnedUpsampler):
    """32 channels, twelve layers, 94 000 to 98 000 weights."""

    shape_name: ClassVar[str] = "large"
    recipe: ClassVar[dict[str, Any]] = {"steps": 10_000, "rate": 1e-3, "batch": 12, "patch": 24}
    begins_with: ClassVar[int | None] = 2
