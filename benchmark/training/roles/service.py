"""What runs in the process that trains: one job at a time, a slice of its steps at a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.training.roles import role_named
from upbench.benchmark.training.roles.lesson import Lesson, RoleJob, undisturbed
from upbench.layers import named

if TYPE_CHECKING:
    from upbench.benchmark.training.roles import Data

__all__ = ["SLICE", "TrainingService"]

SLICE = 1.0
"""Seconds of training between two answers: how often a progress bar moves."""


@dataclass
class TrainingService:
    """Answers ``("begin", job, checkpoint)``, ``("advance",)``, ``("finish",)``.

    The first two are answered by how far the training is: "step", "curve".  The last one's answer
    holds "pictures" (uint8) and "weights", by name.
    """

    plugins: tuple[str, ...] = ()
    """Python files with more layers."""
    _lesson: Lesson | None = None
    _data: dict[tuple[str, str], Data] = field(default_factory=dict)
    """What was read already, by role and name: one is kept."""

    def __call__(self, request: tuple[Any, ...]) -> dict[str, Any]:
        """Begin a job, train for a while, or give out what came of it."""
        step, *arguments = request
        if step == "begin":
            return self._begin(*arguments)
        if self._lesson is None:
            raise UsageError("No job has begun.")
        return self._advance(self._lesson) if step == "advance" else self._finish(self._lesson)

    def _begin(self, job: RoleJob, file: str) -> dict[str, Any]:
        _make_repeatable(job.device)
        role, key = role_named(job.role), (job.role, job.data)
        if key not in self._data:
            self._data = {key: role.load(job.data, None)}
        layer = named(job.layer, self.plugins)
        training = role.begin(layer, job.seed, self._data[key], job.steps, job.device)
        self._lesson = Lesson(job, training, Path(file))
        self._lesson.resume()
        return _standing(self._lesson)

    @staticmethod
    def _advance(lesson: Lesson) -> dict[str, Any]:
        lesson.advance(SLICE)
        return _standing(lesson)

    def _finish(self, lesson: Lesson) -> dict[str, Any]:
        with undisturbed():
            pictures = lesson.training.pictures()
        weights = {
            name: value.detach().cpu().contiguous().numpy()
            for name, value in lesson.training.weights().items()
        }
        self._lesson = None
        return {"pictures": pictures, "weights": weights}


def _standing(lesson: Lesson) -> dict[str, Any]:
    return {"step": lesson.step, "curve": lesson.curve, "seconds": lesson.seconds}


def _make_repeatable(device: str) -> None:
    """On a GPU, choose the ways of computing that give the same bits each time, where there are."""
    import torch

    if device != "cpu":
        torch.backends.cudnn.benchmark = False
        torch.use_deterministic_algorithms(mode=True, warn_only=True)
