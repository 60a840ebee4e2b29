"""Upsampling layers as torch modules, by name or by class.

    import torch
    from upbench import layers

    torch.manual_seed(0)
    stage = layers.build("resize-conv-nearest", in_channels=64, out_channels=32, scale=2)
    stage(torch.rand(1, 64, 8, 8)).shape  # (1, 32, 16, 16)

    from upbench.layers import TransposedConv

A name stands for a layer with an initialisation; weights are drawn from torch's global random
generator.  :func:`names` lists what there is, ``upbench check NAME`` checks a layer, and a function
under :func:`layer` in a file given as a plugin is one more.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.contract import Layer, layer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import nn

    from upbench.benchmark.registry.catalog import Catalog
    from upbench.methods._shared.by_content import Carafe, DySample, MaxUnpooling
    from upbench.methods._shared.upsampling import (
        BilinearAdditive,
        ResizeConv,
        SubpixelConv,
        TransposedConv,
        ZeroInsertionConv,
        ZeroOrderHoldConv,
    )

__all__ = [
    "BilinearAdditive",
    "Carafe",
    "DySample",
    "Layer",
    "MaxUnpooling",
    "ResizeConv",
    "SubpixelConv",
    "TransposedConv",
    "ZeroInsertionConv",
    "ZeroOrderHoldConv",
    "build",
    "layer",
    "named",
    "names",
]

_BY_CONTENT = ("Carafe", "DySample", "MaxUnpooling")


def names(plugins: Sequence[str | Path] = ()) -> list[str]:
    """Return the names of all layers: ours, and those of plugin files.

    Args:
        plugins: Python files with more layers.
    """
    return list(_catalog(plugins).layers)


def named(name: str, plugins: Sequence[str | Path] = ()) -> Layer:
    """Return what a layer states of itself: its source, whether it is linear, needs a pooling...

    Args:
        name: Its name.
        plugins: Python files with more layers.

    Raises:
        UnknownNameError: There is no such layer.
        PluginError: A plugin file cannot be used.
    """
    return _catalog(plugins).layer(name)


def build(
    name: str,
    in_channels: int,
    out_channels: int,
    scale: int,
    plugins: Sequence[str | Path] = (),
) -> nn.Module:
    """Return a layer, freshly initialised from torch's global random generator.

    Args:
        name: Its name.
        in_channels: Channels in, 1 or more.
        out_channels: Channels out, 1 or more.
        scale: The whole factor s, 2 or more.
        plugins: Python files with more layers.

    Returns:
        A module ``(N, in, H, W) -> (N, out, H * s, W * s)``.  Where ``named(name).pooling``, it is
        called with a second argument, the indices of its own ``pool``.

    Raises:
        UsageError: There is no such layer, or it is not made for this scale.
        PluginError: A plugin file cannot be used.
    """
    made: nn.Module = named(name, plugins).build(in_channels, out_channels, scale)
    return made


def _catalog(plugins: Sequence[str | Path]) -> Catalog:
    from upbench.benchmark.registry.catalog import own_layers

    return own_layers(tuple(plugins))


def __getattr__(name: str) -> Any:
    """Import a layer's class, and torch with it, only when it is asked for."""
    if name in __all__:
        home = "by_content" if name in _BY_CONTENT else "upsampling"
        return getattr(import_module(f"upbench.methods._shared.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, so that editors and notebooks complete them."""
    return __all__
