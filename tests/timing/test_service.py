"""What the process that measures a method does, step by step, in this one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from plugins import plugin_text

from upbench.benchmark.core.errors import UnknownNameError
from upbench.benchmark.timing.isolated import measuring_services
from upbench.benchmark.timing.measure import Effort

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLUGIN = plugin_text("timed_in_a_child")
NO_IMAGES = """
@method("child-nan", family="test")
def nan(image, scale):
    return child_repeat(image, scale) * float("nan")

@method("child-number", family="test", colour="luma")
def number(image, scale):
    return 0.5
"""
Answers = list[dict[str, Any]]


@pytest.fixture
def answers(tmp_path: Path) -> Callable[..., Answers]:
    """Measure a method of the plugin at two scales and two sizes; return all answers."""
    (tmp_path / "child_plugin.py").write_text(PLUGIN, encoding="utf-8")

    def ask(method: str = "child-repeat") -> Answers:
        plugin = str(tmp_path / "child_plugin.py")
        service = measuring_services([(plugin, method, "cpu")], Effort(10.0, budget=0.02))
        load = [("load", scale, method) for scale in (2, 3)]
        at = [("measure", side, 3, side, "float32") for side in (32, 64, 21)]
        return [service(step) for step in (load[0], at[0], at[1], load[1], at[2])]

    return ask


def statuses(answers: Answers) -> list[tuple[str, str | None]]:
    """Return how the steps ended."""
    return [(a["status"], a["reason"] and a["reason"].split(" (")[0]) for a in answers]


def test_answers_can_be_written_down(answers: Callable[..., Answers]) -> None:
    """An answer survives JSON, and holds what a row is made of."""
    answer = json.loads(json.dumps(answers()))[1]
    assert set(answer["measured"]) == {"first", "warm_up", "samples", "peak", "conditions"}
    assert len(answer["measured"]["samples"]) >= 3


def test_loading_is_reported_apart_where_there_is_any(answers: Callable[..., Answers]) -> None:
    """A plain function loads nothing, so that no number is made up for it."""
    assert answers()[0]["load"] is None
    assert answers("child-loader")[0]["load"] >= 0


def test_failure_at_one_size_leaves_the_others(answers: Callable[..., Answers]) -> None:
    """A method that runs out of memory at a size is still measured at the others."""
    ok = ("ok", None)
    assert statuses(answers("child-hungry")) == [
        *(ok, ok, ("error", "MemoryError: too large"), ok, ok),
    ]


def test_failure_to_load_is_the_reason(answers: Callable[..., Answers]) -> None:
    """It names the method and the error."""
    reason = "child-loader cannot be loaded: FileNotFoundError: no weights for x3"
    assert statuses(answers("child-loader"))[3] == ("error", reason)


def test_wrong_output_is_invalid(answers: Callable[..., Answers]) -> None:
    """It says expected and got."""
    status, reason = statuses(answers("child-wrong"))[1]
    assert status == "invalid_output"
    assert reason is not None
    assert reason.startswith("The output has shape")


def test_unknown_method_is_an_error(answers: Callable[..., Answers]) -> None:
    """It becomes the reason of every size."""
    with pytest.raises(UnknownNameError, match="no method named 'gone'"):
        answers("gone")


def test_a_whole_call_takes_and_returns_8bit_rgb(tmp_path: Path) -> None:
    """For a method of luma too, and several methods may share the process."""
    (tmp_path / "child_plugin.py").write_text(PLUGIN + NO_IMAGES, encoding="utf-8")
    source = str(tmp_path / "child_plugin.py")
    names = ("child-repeat", "child-loader", "child-wrong", "child-nan", "child-number")
    service = measuring_services(
        [(source, name, "cpu") for name in names], Effort(10.0, budget=0.02)
    )
    found = []
    for name in names:
        service(("load", 2, name))
        found.append(service(("measure", 32, 3, 48, "uint8")))
    assert [answer["status"] for answer in found] == ["ok", "ok", *["invalid_output"] * 3]
    wrong, nan, number = (answer["reason"] for answer in found[2:])
    assert wrong == "The output has shape (32, 48, 3); expected (64, 96, 3)."
    assert nan.startswith("The output has 18432 values of 18432 that are NaN or infinite")
    assert number == "The output is a float; expected a numpy array of shape (64, 96, 1)."


def test_a_brief_measurement_takes_no_memory_and_no_long_warm_up(tmp_path: Path) -> None:
    """The first call is the warm-up where it took long."""
    (tmp_path / "child_plugin.py").write_text(PLUGIN, encoding="utf-8")
    effort = Effort(10.0, budget=1e-9, brief=True)
    origin = (str(tmp_path / "child_plugin.py"), "child-repeat", "cpu")
    service = measuring_services([origin], effort)
    service(("load", 2, "child-repeat"))
    measured = service(("measure", 32, 3, 32, "float32"))["measured"]
    assert (measured["peak"]["call_mb"], measured["warm_up"]) == (None, 0)
    assert len(measured["samples"]) == 3
