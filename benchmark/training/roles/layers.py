"""The upsampling layers that a role may be given: ours and those of plugin files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.engine.discover import discover
from upbench.benchmark.registry.catalog import own_layers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upbench.benchmark.core.contract import Layer
    from upbench.benchmark.training.roles import Role

__all__ = ["choose_layers"]

FOLDERS = ("upbench.methods.layers",)


def choose_layers(role: Role, wanted: Sequence[str], plugins: Sequence[str] = ()) -> list[Layer]:
    """Return the layers of some names, each once; for no name all that the role has a use for.

    The code of plugins stays in another process: what is returned says what they are.

    Raises:
        UnknownNameError: There is no such layer.
        UsageError: The role has no use for one.
        PluginError: A plugin's file cannot be used.
    """
    catalog = discover(plugins, FOLDERS) if plugins else own_layers()
    found = [catalog.layer(name) for name in dict.fromkeys(wanted or catalog.layers)]
    fitting = [layer for layer in found if role.pools or not layer.pooling]
    unfit = [layer.name for layer in found if layer not in fitting]
    if wanted and unfit:
        raise UsageError(
            f"{unfit[0]} needs the indices of a pooling before it, and role {role.name} has none; "
            "leave it out."
        )
    return fitting
