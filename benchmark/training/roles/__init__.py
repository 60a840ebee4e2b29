"""Roles: what an upsampling layer is used for, one folder each, trained and scored alike.

A role is a network with a layer left open (a generator, a decoder of a segmentation network), what
it learns from, and what it is scored by.  A folder here whose ``__init__.py`` defines ``ROLE`` is a
role; only the help of ``upbench layers`` names it.  Nothing heavy may be imported when it is.

What a role has to write::

    ROLE = Role("generate", needs, steps, columns, datasets, load, begin, initial)

    load(data, progress) -> Data          # a name of ``datasets``, or a path; numpy, no torch
    begin(layer, seed, data, steps, device) -> Training   # layer.name, layer.build(in, out, scale)

and a :class:`Training`: ``step``, ``state``, ``restore``, ``measure``, ``pictures``, ``weights``.
The framework does the rest, the same for each role: milestones, checkpoints, losses that are no
numbers, the worker process, rows, curves, tables, pictures, the page.

Random numbers: all that a training draws must follow from its seed and the number of the step
(``numpy.random.default_rng((seed, step))``), or be in its ``state``.  ``measure`` and ``pictures``
may draw from torch's global generator: it is put back after them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from upbench.benchmark.core.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from upbench.benchmark.core.contract import Layer, Progress
    from upbench.benchmark.core.table import Column

    Load: TypeAlias = Callable[[str, Progress | None], "Data"]
    Begin: TypeAlias = Callable[[Layer, int, Any, int, str], "Training"]
    Losses: TypeAlias = Mapping[str, float]
    Step: TypeAlias = Callable[[], Sequence[Losses]]
    Together: TypeAlias = Callable[[Sequence[Any], str], Step]

__all__ = ["Data", "Role", "Training", "every_role", "role_named"]

FOLDER = Path(__file__).parent


class Data(Protocol):
    """What a role learns from and is scored on."""

    @property
    def name(self) -> str:
        """What tables call it."""

    @property
    def digest(self) -> str:
        """A text that changes when the data do."""

    @property
    def undefined(self) -> Mapping[str, str]:
        """Columns that have no value on these data, each with the reason in one sentence."""


class Training(Protocol):
    """One network while it is trained, with one layer and one seed."""

    def step(self) -> dict[str, float]:
        """Take one step of optimisation; return its losses by name."""

    def state(self) -> dict[str, Any]:
        """Return all that an exact resumption needs.

        Nested dictionaries and lists of tensors, numbers, texts and None.
        """

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over such a state; tuples have become lists.

        Raises:
            ValueError, KeyError, TypeError, RuntimeError: It is of another network.
        """

    def measure(self) -> dict[str, float | None]:
        """Return the role's columns as they are now; None has no value."""

    def pictures(self) -> dict[str, NDArray[Any]]:
        """Return pictures by name: uint8 ``(H, W)`` or ``(H, W, 3)``."""

    def weights(self) -> dict[str, Tensor]:
        """Return the weights that are worth keeping."""


@dataclass(frozen=True)
class Role:
    """What a layer is used for."""

    name: str
    """What ``--role`` takes; the name of its folder."""
    needs: str
    """What it is and what it needs, in one sentence."""
    steps: int
    """Steps of optimisation by default."""
    columns: tuple[Column, ...]
    """What :meth:`Training.measure` returns, the most telling first."""
    datasets: Mapping[str, str]
    """The names that ``--data`` takes and what they are; the first is the default and needs
    nothing from outside."""
    load: Load
    """From a name of ``datasets`` or a path to :class:`Data`; raises ``DataError``."""
    begin: Begin
    """From (layer, seed, data, steps, device) to a training before its first step."""
    pools: bool = False
    """Whether its network keeps the indices of poolings for a layer that needs them; else such a
    layer is refused."""
    initial: tuple[str, ...] = ()
    """Keys of columns whose value before the first step is in a row too, as ``KEY_initial``."""
    repeats: bool = True
    """Whether a GPU computes in the ways that give the same bits each time, where there are; they
    can take three times as long."""
    together: Together | None = None
    """On a GPU, from trainings of one seed that have come equally far, and the device, to a step of
    all, which returns the losses of each; None where each training is alone."""


@cache
def every_role() -> dict[str, Role]:
    """Return the roles by name: those whose folders are there."""
    names = sorted(file.parent.name for file in FOLDER.glob("*/__init__.py"))
    return {name: import_module(f"{__name__}.{name}").ROLE for name in names}


def role_named(name: str) -> Role:
    """Return a role.

    Raises:
        UnknownNameError: There is no such role.
    """
    known = every_role()
    if name not in known:
        raise UnknownNameError("role", name, known)
    return known[name]
