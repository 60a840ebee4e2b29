"""The upsampling layers that a role may be given: those of ``upbench.layers``, and plugins'."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import UsageError
from upbench.layers import named, names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upbench.benchmark.core.contract import Layer
    from upbench.benchmark.training.roles import Role

__all__ = ["choose_layers"]


def choose_layers(role: Role, wanted: Sequence[str], plugins: Sequence[str] = ()) -> list[Layer]:
    """Return the layers of some names, each once; for no name all that the role has a use for.

    Raises:
        UnknownNameError: There is no such layer.
        UsageError: The role has no use for one.
        PluginError: A plugin's file cannot be used.
    """
    found = [named(name, plugins) for name in dict.fromkeys(wanted or names(plugins))]
    fitting = [layer for layer in found if role.pools or not layer.pooling]
    unfit = [layer.name for layer in found if layer not in fitting]
    if wanted and unfit:
        raise UsageError(
            f"{unfit[0]} needs the indices of a pooling before it, and role {role.name} has none; "
            "leave it out."
        )
    return fitting
