"""``upbench check``: its exit code says whether a plugin keeps the contract, whatever it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import Completed

    Upbench = Callable[..., Completed]

PLUGIN = """
import os, sys, threading

from upbench import method


@method("mine", family="test")
def mine(image, scale):
    {}
"""
GOOD = "return image.repeat(scale, 0).repeat(scale, 1)"


def check(upbench: Upbench, folder: Path, body: str, *options: str) -> Completed:
    """Check a method of this body at x2."""
    (folder / "mine.py").write_text(PLUGIN.format(body), encoding="utf-8")
    return upbench("check", "mine", "--plugin", "mine.py", "--scales", "2", *options)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("os._exit(0)", "The worker process ended with exit code 0."),
        ("threading.Event().wait()", "No result within 3 s; the worker was killed."),
    ],
)
def test_a_method_that_ends_or_hangs_fails(
    body: str, reason: str, upbench: Upbench, tmp_path: Path
) -> None:
    """A script that looks at the exit code alone notices."""
    done = check(upbench, tmp_path, body, "--timeout", "3")
    assert done.returncode == 1
    assert reason in done.stdout
    assert "checks failed" in done.stderr


def test_a_thread_does_not_keep_the_command(upbench: Upbench, tmp_path: Path) -> None:
    """Python would wait for it; what the plugin prints is not in the table."""
    body = f"threading.Thread(target=threading.Event().wait).start(); print('here'); {GOOD}"
    done = check(upbench, tmp_path, body)
    assert (done.returncode, "here" in done.stdout) == (0, False)
    assert "mine: all well." in done.stderr


NETWORKS = """
import os
from torch import nn


class Good(nn.Module):
    def forward(self, image):
        return image.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)


class Dies(Good):
    def forward(self, image):
        if image.shape[2:] == (13, 7):  # as no image of the trial before
            os._exit(0)
        return super().forward(image)
"""


def test_one_that_dies_keeps_no_other_from_its_checks(upbench: Upbench, tmp_path: Path) -> None:
    """Each has a process of its own, and the exit code is of all."""
    (tmp_path / "two.py").write_text(NETWORKS, encoding="utf-8")
    done = upbench("check", "--model", "two.py:Dies", "--model", "two.py:Good")
    assert done.returncode == 1
    assert "dies: 1 of 3 checks failed." in done.stderr
    assert "good: all well." in done.stderr


def test_a_name_beside_models_picks_one_of_them_or_joins_them(
    upbench: Upbench, tmp_path: Path
) -> None:
    """A model that is given is never left out in silence, unless the name is another model's."""
    (tmp_path / "two.py").write_text(NETWORKS, encoding="utf-8")
    models = ("--model", "two.py:Dies", "--model", "two.py:Good")
    assert "dies:" not in upbench("check", "good", *models).stderr.partition("good: all")[2]
    done = upbench("check", "y-classic", *models[2:])
    assert (done.returncode, done.stderr.count("all well.")) == (0, 2), done.stderr


def test_a_number_in_a_hint_is_the_number_of_the_list(upbench: Upbench) -> None:
    """Of methods alone, without those whose libraries are not installed."""
    listed = upbench("list", "methods", "--names").stdout.splitlines()
    said = f"There is no method named 'FOO'; 'upbench list methods' shows all {len(listed)}."
    assert said in upbench("run", "--methods", "FOO").stderr


def test_a_name_to_check_may_be_of_any_kind(upbench: Upbench) -> None:
    """The sentence names them all, for a name that is near to none and for one that is."""
    kinds = "There is no method, layer, dataset, metric or protocol named"
    lists = "methods, layers, datasets, metrics, protocols"
    said = f"upbench: {kinds} 'QQQQ'; 'upbench list' shows them, followed by {lists}.\n"
    assert upbench("check", "QQQQ").stderr == said
    assert f"{kinds} 'y-clasic'; did you mean 'y-classic'" in upbench("check", "y-clasic").stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["check", "mine.py"],
            "mine.py is a file; expected the name of what it describes, beside --plugin mine.py.",
        ),
        (["check", "bicubic", "--timeout", "0"], "--timeout takes seconds above 0; got 0."),
    ],
)
def test_what_cannot_be_checked_is_said(arguments: list[str], said: str, upbench: Upbench) -> None:
    """A file goes with --plugin; a time limit is one."""
    done = upbench(*arguments)
    assert (done.returncode, done.stderr) == (2, f"upbench: {said}\n")
