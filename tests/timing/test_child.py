"""What the fresh process does, step by step, in this one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from upbench.benchmark.core.errors import UnknownNameError
from upbench.benchmark.timing.child import answers

if TYPE_CHECKING:
    from pathlib import Path

PLUGIN = """
import numpy as np
from upbench.benchmark.core.contract import method

@method("child-repeat", family="test")
def child_repeat(image, scale):
    return image.repeat(scale, axis=0).repeat(scale, axis=1)

@method("child-wrong", family="test")
def child_wrong(image, scale):
    return image

@method("child-hungry", family="test")
def child_hungry(image, scale):
    if image.shape[0] > 40:
        raise MemoryError("too large")
    return child_repeat(image, scale)

@method("child-loader", family="test", colour="luma")
class ChildLoader:
    def __init__(self, scale, device="cpu"):
        if scale == 3:
            raise FileNotFoundError("no weights for x3")
        self.scale = scale

    def __call__(self, image):
        return child_repeat(image, self.scale)
"""


@pytest.fixture
def job(tmp_path: Path) -> dict[str, Any]:
    """Return a job of two scales and two sizes, with the plugin it needs."""
    (tmp_path / "child_plugin.py").write_text(PLUGIN, encoding="utf-8")
    return {
        "method": "child-repeat",
        "plugins": [str(tmp_path / "child_plugin.py")],
        "device": "cpu",
        "budget": 0.02,
        "limit": 10.0,
        "cells": [[2, 32, 3], [2, 64, 3], [3, 21, 3]],
    }


def statuses(job: dict[str, Any], method: str) -> list[tuple[str, str | None]]:
    """Run the job with another method and return how its cells ended."""
    found = [a for a in answers(job | {"method": method}) if "status" in a]
    return [(a["status"], a["reason"] and a["reason"].split(" (")[0]) for a in found]


def test_every_cell_is_answered_in_order(job: dict[str, Any]) -> None:
    """What begins is said before it begins, and loading once per scale."""
    found = list(answers(job))
    assert [a.get("now") or a["status"] for a in found] == [
        *("loading at x2", "measuring", "ok", "measuring", "ok"),
        *("loading at x3", "measuring", "ok"),
    ]


def test_answers_can_be_written_down(job: dict[str, Any]) -> None:
    """An answer survives JSON, and holds what a row is made of."""
    answer = json.loads(json.dumps(list(answers(job))[2]))
    assert set(answer["measured"]) == {"first", "warm_up", "samples", "peak", "conditions"}
    assert len(answer["measured"]["samples"]) >= 3


def test_loading_is_reported_apart_where_there_is_any(job: dict[str, Any]) -> None:
    """A plain function loads nothing, so that no number is made up for it."""
    assert list(answers(job))[2]["load"] is None
    assert list(answers(job | {"method": "child-loader"}))[2]["load"] >= 0


def test_failure_at_one_size_leaves_the_others(job: dict[str, Any]) -> None:
    """A method that runs out of memory at a size is still measured at the others."""
    assert statuses(job, "child-hungry") == [
        ("ok", None),
        ("error", "MemoryError: too large"),
        ("ok", None),
    ]


def test_failure_to_load_is_the_reason_of_every_size(job: dict[str, Any]) -> None:
    """The other scales are measured."""
    reason = "child-loader cannot be loaded: FileNotFoundError: no weights for x3"
    assert statuses(job, "child-loader") == [("ok", None), ("ok", None), ("error", reason)]


def test_wrong_output_is_invalid(job: dict[str, Any]) -> None:
    """It says expected and got."""
    (status, reason), *_ = statuses(job, "child-wrong")
    assert status == "invalid_output"
    assert reason is not None
    assert reason.startswith("The output has shape")


def test_unknown_method_is_an_error(job: dict[str, Any]) -> None:
    """The supervisor finds its last words."""
    with pytest.raises(UnknownNameError, match="no method named 'gone'"):
        list(answers(job | {"method": "gone"}))
