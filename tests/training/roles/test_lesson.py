"""The loop of every role: interrupted or not, one seed is one network."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
import torch
from toy_role import Toy

from upbench.benchmark.core.errors import MethodError, StoreError
from upbench.benchmark.training.checkpoint import load_tree, save_tree
from upbench.benchmark.training.roles import lesson as lessons
from upbench.benchmark.training.roles.lesson import Lesson, RoleJob

if TYPE_CHECKING:
    from pathlib import Path

STEPS = 12
JOB = RoleJob("toy", "a-layer", 0, STEPS, "toy", "cpu")


@pytest.fixture(autouse=True)
def _few_steps_between_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a checkpoint every four steps."""
    monkeypatch.setattr(lessons, "BETWEEN_CHECKPOINTS", 4)


def begin(file: Path, seed: int = 0) -> Lesson:
    """Return a lesson, resumed if there is a checkpoint."""
    lesson = Lesson(JOB, Toy(seed), file)
    lesson.resume()
    return lesson


def trained(file: Path, seed: int = 0) -> Lesson:
    """Return a lesson that has come to its end."""
    lesson = begin(file, seed)
    while not lesson.is_done:
        lesson.advance(60)
    return lesson


def numbers(lesson: Lesson) -> list[dict[str, float | None]]:
    """Return a curve without its seconds."""
    return [{k: v for k, v in point.items() if k != "seconds"} for point in lesson.curve]


@pytest.mark.parametrize("stopped", [1, 4, 6, 11])
def test_a_stopped_training_goes_on_as_if_it_had_not_been(tmp_path: Path, stopped: int) -> None:
    """Weights and curve are the same to the bit, wherever it was stopped."""
    whole = trained(tmp_path / "whole")
    first = begin(tmp_path / "part")
    while first.step < stopped:
        first.advance(0)  # a slice of one step
    del first
    torch.manual_seed(99)  # another process has other random numbers
    again = trained(tmp_path / "part")
    assert torch.equal(again.training.weights()["weight"], whole.training.weights()["weight"])
    assert numbers(again) == numbers(whole)


def test_measuring_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A training that is scored after each step ends with the same weights."""
    whole = trained(tmp_path / "whole")
    monkeypatch.setattr(lessons, "milestones", lambda steps: range(steps + 1))
    scored = trained(tmp_path / "scored")
    assert len(scored.curve) == STEPS + 1
    assert torch.equal(scored.training.weights()["weight"], whole.training.weights()["weight"])


def test_curve_has_initialisation_milestones_and_end(tmp_path: Path) -> None:
    """A point has the step, mean losses since the last point, and the role's columns."""
    curve = trained(tmp_path / "file").curve
    assert [point["step"] for point in curve] == [0, 10, 12]
    assert [*curve[0]] == ["step", "seconds", "error", "unknown"]
    assert [*curve[1]] == ["step", "seconds", "loss", "error", "unknown"]
    assert curve[-1]["error"] < curve[0]["error"]
    assert curve[-1]["unknown"] is None


def test_another_seed_is_another_network(tmp_path: Path) -> None:
    """The seed decides."""
    one, other = trained(tmp_path / "one"), trained(tmp_path / "other", seed=1)
    assert not torch.equal(one.training.weights()["weight"], other.training.weights()["weight"])


def test_a_loss_that_is_no_number_is_one_sentence(tmp_path: Path) -> None:
    """It names the training, the loss and the step."""
    lesson = begin(tmp_path / "file")
    assert isinstance(lesson.training, Toy)
    lesson.training.bad_from = 3
    with pytest.raises(MethodError) as refused:
        lesson.advance(60)
    assert str(refused.value) == (
        "toy a-layer seed 0: the loss 'loss' is nan at step 3; expected a number: it does not "
        "train so; try another seed, or look at its initialisation and its learning rate."
    )


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", None])
def test_training_starts_again_after_a_damaged_checkpoint(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes | None
) -> None:
    """It says so, and ends as if there had been none."""
    whole = trained(tmp_path / "whole")
    file = tmp_path / "file"
    data = (tmp_path / "whole").read_bytes()
    file.write_bytes(data[: len(data) // 2] if content is None else content)
    with caplog.at_level(logging.WARNING):
        again = trained(file)
    assert "training starts again" in caplog.text
    assert numbers(again) == numbers(whole)


def test_nothing_is_taken_over_from_a_checkpoint_that_lacks_something(tmp_path: Path) -> None:
    """Its weights come first: they must not be where training starts again."""
    whole = trained(tmp_path / "whole")
    saved = load_tree(tmp_path / "whole")
    assert saved is not None
    del saved["sums"]
    save_tree(tmp_path / "file", saved)
    again = trained(tmp_path / "file")
    assert numbers(again) == numbers(whole)
    assert torch.equal(again.training.weights()["weight"], whole.training.weights()["weight"])


def test_no_space_for_a_checkpoint_is_one_sentence(tmp_path: Path) -> None:
    """A folder that cannot be made stands for a full disk."""
    (tmp_path / "file").write_text("in the way")
    lesson = Lesson(JOB, Toy(0), tmp_path / "file" / "checkpoint")
    with pytest.raises(StoreError, match="cannot be kept in"):
        lesson.save()
