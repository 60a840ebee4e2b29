"""What runs in the process that trains: a slice of the steps of its jobs at a request."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.errors import InvalidOutputError, UsageError
from upbench.benchmark.training.roles import role_named
from upbench.benchmark.training.roles.lesson import Lesson, RoleJob, advance, undisturbed
from upbench.layers import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upbench.benchmark.core.contract import Layer
    from upbench.benchmark.training.roles import Data, Step

__all__ = ["SLICE", "TrainingService"]

SLICE = 1.0
"""Seconds of training between two answers: how often a progress bar moves."""


@dataclass
class TrainingService:
    """Answers ``("begin", jobs, checkpoints)``, ``("advance",)``, ``("finish",)``.

    One job, or some that take their steps together.  The answers are lists, with an item for each.
    The first two are answered by how far a training is: "step", "curve".  The last one's items
    hold "pictures" (uint8) and "weights", by name.
    """

    plugins: tuple[str, ...] = ()
    """Python files with more layers."""
    _lessons: list[Lesson] = field(default_factory=list)
    _step: Step | None = None
    _data: dict[tuple[str, str], Data] = field(default_factory=dict)
    """What was read already, by role and name: one is kept."""

    def __call__(self, request: tuple[Any, ...]) -> list[dict[str, Any]]:
        """Begin jobs, train for a while, or give out what came of them."""
        step, *arguments = request
        if step == "begin":
            return self._begin(*arguments)
        if self._step is None:
            raise UsageError("No job has begun.")
        return self._advance(self._step) if step == "advance" else self._finish()

    def _begin(self, jobs: Sequence[RoleJob], files: Sequence[str]) -> list[dict[str, Any]]:
        role, device = role_named(jobs[0].role), jobs[0].device
        if device != "cpu":
            _make_repeatable(repeats=role.repeats)
        self._lessons = [
            self._lesson(job, Path(file)) for job, file in zip(jobs, files, strict=True)
        ]
        trainings = [one.training for one in self._lessons]
        if len(jobs) > 1 and role.together:
            self._step = role.together(trainings, device)
        else:
            self._step = lambda: [one.step() for one in trainings]
        return [*map(_standing, self._lessons)]

    def _lesson(self, job: RoleJob, file: Path) -> Lesson:
        role, key = role_named(job.role), (job.role, job.data)
        if key not in self._data:
            self._data = {key: role.load(job.data, None)}
        layer = _checked(named(job.layer, self.plugins))
        training = role.begin(layer, job.seed, self._data[key], job.steps, job.device)
        lesson = Lesson(job, training, file)
        lesson.resume()
        return lesson

    def _advance(self, step: Step) -> list[dict[str, Any]]:
        """Train for a slice; those that were stopped before others catch up, one at a time."""
        furthest = max(lesson.step for lesson in self._lessons)
        behind = next((one for one in self._lessons if one.step < furthest), None)
        if behind is None:
            advance(self._lessons, step, SLICE)
        else:
            behind.advance(SLICE, to=furthest)
        return [*map(_standing, self._lessons)]

    def _finish(self) -> list[dict[str, Any]]:
        ended, self._lessons, self._step = self._lessons, [], None
        return [*map(_outcome, ended)]


def _checked(layer: Layer) -> Layer:
    """Return a layer whose outputs' shapes are checked: torch adds one value per image, too."""

    def build(in_channels: int, out_channels: int, scale: int) -> Any:
        module = layer.build(in_channels, out_channels, scale)
        module.register_forward_hook(partial(_check_shape, layer.name, out_channels, scale))
        return module

    return replace(layer, target=build)


def _check_shape(
    name: str, channels: int, scale: int, _module: Any, given: tuple[Any, ...], large: Any
) -> None:
    batch, _, height, width = given[0].shape
    expected, got = (batch, channels, height * scale, width * scale), getattr(large, "shape", None)
    if got != expected:
        raise InvalidOutputError(
            f"{name} makes {got and tuple(got)} of {tuple(given[0].shape)} at x{scale}; expected "
            f"{expected}: upbench check {name} says what else is wrong."
        )


def _outcome(lesson: Lesson) -> dict[str, Any]:
    with undisturbed():
        pictures = lesson.training.pictures()
    weights = {
        name: value.detach().cpu().contiguous().numpy()
        for name, value in lesson.training.weights().items()
    }
    return {"pictures": pictures, "weights": weights}


def _standing(lesson: Lesson) -> dict[str, Any]:
    return {"step": lesson.step, "curve": lesson.curve, "seconds": lesson.seconds}


def _make_repeatable(*, repeats: bool) -> None:
    """On a GPU, choose the ways of computing that give the same bits each time, where there are."""
    import torch

    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(mode=repeats, warn_only=True)
