"""The heads by name: their order in tables and figures, and what theory says of each."""

from __future__ import annotations

RANDOM = (
    "cnn-transposed-conv-uneven",
    "cnn-transposed-conv-even",
    "cnn-transposed-conv-9",
)
"""Transposed convolutions that begin at random and differ in the side of their kernel alone."""
ROUGH = (*RANDOM, "cnn-zero-insertion-conv", "cnn-subpixel-conv")
"""Heads that begin with a random filter for each phase: theory wants them far above rounding."""
FITTED = ("cnn-transposed-conv-uneven-bilinear", "cnn-transposed-conv-even-bilinear")
"""FCN's bilinear kernel where it interpolates."""
UNFITTED = "cnn-transposed-conv-9-bilinear"
"""The same where it is the bilinear kernel of another stride."""
SMOOTH = {
    "cnn-subpixel-conv-icnr": 4.0,
    "cnn-resize-conv-nearest": 1.0,
    "cnn-resize-conv-bilinear": 1.0,
}
"""Heads that begin with one filter for all phases, and the most that theory leaves them, in dB."""
HEADS = (*ROUGH, *FITTED, UNFITTED, *SMOOTH, "cnn-carafe")
"""The methods that differ in their head alone."""
LONGER = ("upnet-small", "upnet-slim", "upnet-large")
"""The networks that were trained for longer, to be used."""
ORDER = (*HEADS, *LONGER)
"""The order of tables and figures."""


def rank(name: str) -> tuple[int, str]:
    """Return a key that sorts methods into ORDER, others last."""
    return (ORDER.index(name) if name in ORDER else len(ORDER), name)


def short(name: str) -> str:
    """Return a head's name without what all of them share."""
    return name.removeprefix("cnn-")
