"""How a network is trained: every number that the weights depend on, beside the data and the seed.

The numbers were chosen by the PSNR on the validation split at a fixed processor time: L1 loss and
Adam as in EDSR (B. Lim et al., arXiv:1707.02921, 2017), a cosine from a short warm-up to nothing
(I. Loshchilov and F. Hutter, arXiv:1608.03983, 2017).  For longer trainings SOAP is better: Adam in
the eigenbasis of Shampoo's preconditioner (N. Vyas et al., arXiv:2409.11321, 2024), which costs
little where matrices have at most a few hundred rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from upbench.benchmark.core.errors import UsageError

__all__ = ["Recipe", "check_recipe", "learning_rate", "milestones"]

Optimiser: TypeAlias = Literal["adam", "soap"]
OPTIMISERS = get_args(Optimiser)
Drawn: TypeAlias = Literal["by size", "equally"]
DRAWINGS = get_args(Drawn)
Check: TypeAlias = tuple[Callable[[Any], bool], str]
"""Whether a value fits, and what is expected of it, after the field's name."""


@dataclass(frozen=True)
class Recipe:
    """One way of training."""

    steps: int = 3000
    """Steps of gradient descent."""
    batch: int = 16
    """Patches a step."""
    patch: int = 20
    """Side of a patch in input pixels."""
    rate: float = 2e-3
    """The highest learning rate.  Trainings of a few hundred steps do not reach it: warm-up and
    decline overlap."""
    warm_up: int = 200
    """Steps until it is reached."""
    last: float = 0.005
    """The learning rate at the end, as a share of the highest."""
    momentum: tuple[float, float] = (0.9, 0.99)
    """The betas of Adam, or of Adam in SOAP's basis."""
    optimiser: Optimiser = "adam"
    """How gradients become steps."""
    mixed: float = 0.0
    """The share of the steps, from the first, that are taken in mixed precision: bfloat16 between
    the first layer and the output.  The rest, in full precision, make good what it lost."""
    sizes: tuple[float, ...] = (1.0,)
    """Images are learned from at these sizes, as in FSRCNN (C. Dong et al., arXiv:1608.00367,
    2016, section 4.1); images that are made smaller are sharper."""
    drawn: Drawn = "by size"
    """Which image a patch is of: the more pixels it has the likelier, or each image as likely at
    each of its sizes, as in EDSR's code.  Scores are means over images, too."""


def check_recipe(recipe: Recipe) -> None:
    """Refuse values that cannot be trained with.

    Raises:
        UsageError: A field has another type or is out of its range.
    """
    for name, (fits, expected) in _FIELDS.items():
        value = getattr(recipe, name)
        if not fits(value):
            raise UsageError(f"A recipe's {name} {expected}; got {value!r}.")


def _whole(least: int) -> Check:
    def fits(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and value >= least

    return fits, f"is a whole number from {least} up"


def _one_of(values: tuple[str, ...], expected: str) -> Check:
    return lambda value: value in values, expected


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_share(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1


def _are_sizes(value: Any) -> bool:
    shares = isinstance(value, tuple | list) and all(map(_is_share, value))
    return shares and len(value) > 0 and min(value) > 0


def _are_betas(value: Any) -> bool:
    shares = isinstance(value, tuple | list) and all(map(_is_share, value))
    return shares and len(value) == 2 and max(value) < 1


_FIELDS: dict[str, Check] = {
    "steps": _whole(1),
    "batch": _whole(1),
    "patch": _whole(8),
    "rate": (lambda value: _is_number(value) and value > 0, "is a number above 0"),
    "warm_up": _whole(0),
    "last": (_is_share, "is a share, from 0 to 1"),
    "momentum": (_are_betas, "is two numbers from 0 to below 1"),
    "optimiser": _one_of(OPTIMISERS, f"is {' or '.join(OPTIMISERS)}"),
    "mixed": (_is_share, "is a share, from 0 to 1"),
    "sizes": (_are_sizes, "are shares above 0, up to 1"),
    "drawn": _one_of(DRAWINGS, "is " + " or ".join(f'"{way}"' for way in DRAWINGS)),
}
"""What each field of a recipe must be, and how that is said."""


def learning_rate(recipe: Recipe, step: int) -> float:
    """Return the learning rate of a step, counted from 0."""
    warm = min(1.0, (step + 1) / max(1, min(recipe.warm_up, recipe.steps)))
    cosine = 0.5 * (1 + math.cos(math.pi * step / recipe.steps))
    return recipe.rate * warm * (cosine * (1 - recipe.last) + recipe.last)


def milestones(steps: int) -> tuple[int, ...]:
    """Return after which steps the network is scored: densely at first, and at the end.

    >>> milestones(3000)
    (0, 10, 30, 100, 300, 1000, 2000, 3000)
    """
    early = [0, 10, 30, 100, 300, 1000, 2000, 4000]
    later = range(8000, steps, max(8000, steps // 10))
    return tuple(sorted({*(step for step in (*early, *later) if step < steps), steps}))
