"""Layers keep their contract, and the checks notice those that do not."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from upbench import layer, layers
from upbench.benchmark.core.contract import Layer, description_of
from upbench.benchmark.core.errors import PluginMetadataError, UnknownNameError, UsageError
from upbench.benchmark.registry.check_layers import check_layer
from upbench.benchmark.theory.layers.response import gain_ripple
from upbench.methods._shared.layer_measures import spread


@pytest.mark.parametrize("name", layers.names())
def test_every_layer_keeps_its_contract(name: str) -> None:
    """No check of ours fails at x2, x3 and x4, and none is left out."""
    found = list(check_layer(layers.named(name), (2, 3, 4)))
    assert [one for one in found if one.status == "fail"] == []
    assert len(found) == 21


def test_at_a_fraction_a_layer_is_not_checked() -> None:
    """What was made at x2 is not shown as x2.5."""
    (one,) = check_layer(layers.named("resize-conv-nearest"), (Fraction(5, 2),))
    assert (one.status, one.scale) == ("note", Fraction(5, 2))
    assert "whole scales" in one.detail


def _layer(target: Any, **stated: Any) -> Layer:
    return replace(Layer("mine", target), **stated)


class _NotFinite(nn.Conv2d):
    def forward(self, features: Any) -> Any:
        return super().forward(features) / 0


def _small(channels: int, outputs: int, _scale: int) -> nn.Module:
    return nn.Conv2d(channels, outputs, 1)


def _squared(channels: int, outputs: int, scale: int) -> nn.Module:
    return nn.Sequential(layers.ResizeConv(channels, outputs, scale), nn.SiLU())


def _untrained(channels: int, outputs: int, scale: int) -> nn.Module:
    module = layers.ResizeConv(channels, outputs, scale)
    module.register_parameter("idle", nn.Parameter(torch.zeros(1)))
    return module


def _unseeded(channels: int, outputs: int, scale: int) -> nn.Module:
    module = layers.ResizeConv(channels, outputs, scale)
    random = np.random.default_rng()
    nn.init.constant_(module.get_parameter("1.bias"), float(random.random()))
    return module


def _shuffled(channels: int, outputs: int, scale: int) -> nn.Module:
    return layers.SubpixelConv(channels, outputs, scale)


def _infinite(channels: int, outputs: int, scale: int) -> nn.Module:
    return nn.Sequential(nn.Upsample(scale_factor=scale), _NotFinite(channels, outputs, 1))


@pytest.mark.parametrize(
    ("target", "stated", "check", "says"),
    [
        (_small, {}, "output size", r"1x1 becomes \(2, 3, 1, 1\); expected \(2, 3, 2, 2\)"),
        (_infinite, {}, "output size", "not finite"),
        (_squared, {}, "folding", "from one sub-pixel convolution; expected 0, or linear=False"),
        (_untrained, {}, "training", "no gradient reaches idle"),
        (_unseeded, {}, "deterministic", "one seed gives two beginnings"),
        (_shuffled, {"flat": "at first"}, "DC gains", "flat stays flat at first: expected 0"),
        (lambda *_: 1 / 0, {}, "builds", "ZeroDivisionError"),
        (lambda *_: 3, {}, "builds", r"mine returned int; expected a torch\.nn\.Module"),
    ],
)
def test_check_fails_for_what_breaks_it(
    target: Any, stated: dict[str, Any], check: str, says: str
) -> None:
    """Each way of breaking the contract fails the check of its name, in words."""
    found = {one.name: one for one in check_layer(_layer(target, **stated), (2,))}
    assert found[check].status == "fail"
    assert re.search(says, found[check].detail), found[check].detail


def test_icnr_is_flat_at_first_alone() -> None:
    """Who states that ICNR stays flat always is told that other weights are not."""
    stated = replace(layers.named("subpixel-conv-icnr"), flat="always")
    found = {one.name: one for one in check_layer(stated, (2,))}
    assert found["DC gains"].status == "fail"


def test_a_scale_that_is_not_offered_is_a_note() -> None:
    """transposed-conv-5 is made for x2 to x5: x6 is no failure."""
    (found,) = check_layer(layers.named("transposed-conv-5"), (6,))
    assert (found.status, found.name) == ("note", "builds")
    assert "made for x2, x3, x4, x5, not x6" in found.detail


def test_spread_is_the_ripple_of_layer_theory() -> None:
    """Checks and theory mean one number by the gains' distance from equal."""
    gains = np.random.default_rng(0).normal(size=(3, 3, 2, 4))
    assert spread(torch.from_numpy(gains)) == pytest.approx(gain_ripple(gains))


def test_names_and_bad_numbers() -> None:
    """A misspelt layer, a channel count or a scale that is none: one sentence each."""
    with pytest.raises(UnknownNameError, match="resize-conv-nearest"):
        layers.build("resize-conv-nearst", 4, 4, 2)
    for given in ((0, 1, 2), (1, 2.0, 2), (1, 1, 1), (1, 1, True)):
        with pytest.raises(UsageError, match="must be a whole number"):
            layers.build("resize-conv-nearest", *given)  # type: ignore[arg-type]
    with pytest.raises(PluginMetadataError, match=r"flat must be one of always, at first, no"):
        layer("mine", flat="sometimes")  # type: ignore[arg-type]
    with pytest.raises(PluginMetadataError, match=r"layer's name must be.*like 'my-layer'"):
        layer("My layer")


PLUGIN = """
from torch import nn

from upbench import layer


@layer("my-nearest", summary="nearest, then 1 x 1", flat="always")
def build(in_channels, out_channels, scale):
    return nn.Sequential(nn.Upsample(scale_factor=scale), nn.Conv2d(in_channels, out_channels, 1))
"""


def test_a_file_is_one_more_layer(tmp_path: Path) -> None:
    """A user's file joins: by name in Python, in list and in check."""
    file = tmp_path / "mine.py"
    file.write_text(PLUGIN, encoding="utf-8")
    assert "my-nearest" in layers.names([file])
    assert "my-nearest" not in layers.names()
    module = layers.build("my-nearest", 4, 2, 3, plugins=[file])
    assert module(torch.ones(1, 4, 5, 5)).shape == (1, 2, 15, 15)

    command = [str(Path(sys.executable).with_name("upbench"))]
    done = subprocess.run(
        [*command, "check", "my-nearest", "--plugin", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "equals one sub-pixel convolution" in done.stdout


def test_the_decorator_leaves_the_function_as_it_was() -> None:
    """What is decorated is called as before, and knows what it states."""

    @layer("mine", source="here", linear=False, pooling=True, scales=(2, 4))
    def build(in_channels: int, out_channels: int, scale: int) -> tuple[int, int, int]:
        return in_channels, out_channels, scale

    described = description_of(build)
    assert isinstance(described, Layer)
    assert (described.source, described.linear, described.pooling) == ("here", False, True)
    assert described.scales == (2, 4)
    assert build(1, 2, 3) == (1, 2, 3)


def test_classes_are_there_by_name_without_torch_at_import() -> None:
    """`import upbench.layers` and listing names cost no torch; a class brings it."""
    code = (
        "import sys; from upbench import layers; names = layers.names();"
        "print('torch' in sys.modules, len(names) > 20, layers.Carafe.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "Carafe"]
