"""The loop of every role: steps, milestones, checkpoints; the same weights interrupted or not."""

from __future__ import annotations

import logging
import math
import time
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from upbench.benchmark.training import checkpoint
from upbench.benchmark.training.loop import BETWEEN_CHECKPOINTS, check_loss
from upbench.benchmark.training.recipe import milestones

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from upbench.benchmark.training.roles import Losses, Step, Training

__all__ = ["Lesson", "RoleJob", "advance", "undisturbed"]

_LOG = logging.getLogger("upbench")


@dataclass(frozen=True)
class RoleJob:
    """One network to train."""

    role: str
    layer: str
    seed: int
    steps: int
    data: str
    """As ``--data`` takes it."""
    device: str

    @property
    def name(self) -> str:
        """What the progress bar calls it."""
        return f"{self.role} {self.layer} seed {self.seed}"


@dataclass
class Lesson:
    """A training, its learning curve, and how far it has come.

    Args:
        job: What is trained.
        training: As it begins; it is changed in place.
        file: Its checkpoint.
    """

    job: RoleJob
    training: Training
    file: Path
    step: int = 0
    """Steps that are done."""
    seconds: float = 0.0
    """Seconds of training so far, scoring left out."""
    sums: dict[str, float] = field(default_factory=dict)
    """Sums of the losses since the last point."""
    curve: list[dict[str, Any]] = field(default_factory=list)
    """A point for each milestone: step, seconds, mean losses since the last one, and columns."""

    def resume(self) -> None:
        """Go on from the checkpoint if there is one, else score the untrained network."""
        begun = None
        try:
            saved = checkpoint.load_tree(self.file)
            if saved is not None:
                begun = deepcopy(self.training.state())
                self.training.restore(saved["training"])
                self.step, self.seconds = saved["step"], saved["seconds"]
                self.sums, self.curve = saved["sums"], saved["curve"]
        except (ValueError, KeyError, TypeError, RuntimeError) as error:
            _LOG.warning("%s cannot be used (%s); training starts again", self.file, error)
            if begun is not None:  # a part of it may have been taken over
                self.training.restore(begun)
                self.step, self.seconds = 0, 0.0
        if not self.curve:
            self._score()

    @property
    def is_done(self) -> bool:
        """Whether there is no step left."""
        return self.step >= self.job.steps

    def advance(self, seconds: float, to: int | None = None) -> None:
        """Train alone, to the end or up to a step: see :func:`advance`."""
        advance([self], lambda: [self.training.step()], seconds, to)

    def went_on(self, losses: Losses, seconds: float) -> None:
        """Count a step that was taken; score and save where that is due.

        Args:
            losses: Of the step, by name.
            seconds: What it took.

        Raises:
            MethodError: A loss is no number.
            StoreError: A checkpoint cannot be written.
        """
        self.step += 1
        self.seconds += seconds
        self._add(losses)
        if self.step in milestones(self.job.steps):
            self._score()
        if self.step % BETWEEN_CHECKPOINTS == 0 or self.is_done:
            self.save()

    def save(self) -> None:
        """Write the checkpoint.

        Raises:
            StoreError: The folder cannot be written, or the disk is full.
        """
        state = {"step": self.step, "seconds": self.seconds, "sums": self.sums}
        tree = {**state, "curve": self.curve, "training": self.training.state()}
        checkpoint.save_tree(self.file, tree)

    def _add(self, losses: Losses) -> None:
        for name, loss in losses.items():
            check_loss(self.job.name, self.step, loss, f"the loss {name!r}")
            self.sums[name] = self.sums.get(name, 0.0) + loss

    def _score(self) -> None:
        """Add a point to the learning curve."""
        since = self.step - (self.curve[-1]["step"] if self.curve else 0)
        losses = {name: total / since for name, total in self.sums.items()} if since else {}
        with undisturbed():
            values = self.training.measure()
        point = {"step": self.step, "seconds": round(self.seconds, 2)}
        self.curve.append(point | losses | _plain(values))
        self.sums = {}


def advance(lessons: Sequence[Lesson], take: Step, seconds: float, to: int | None = None) -> None:
    """Train for about so many seconds, but to the end at most, and save checkpoints.

    Args:
        lessons: They have come equally far.
        take: Takes a step of each, and returns their losses.
        seconds: After that a step is the last one.
        to: The step at which training stops, before its end; None for the end.

    Raises:
        MethodError: A loss is no number.
        StoreError: A checkpoint cannot be written.
    """
    until = time.monotonic() + seconds
    last = lessons[0].job.steps if to is None else to
    while lessons[0].step < last:
        started = time.perf_counter()
        losses = take()
        each = (time.perf_counter() - started) / len(lessons)
        for lesson, found in zip(lessons, losses, strict=True):
            lesson.went_on(found, each)
        if time.monotonic() >= until:
            return


def _plain(values: Mapping[str, float | None]) -> dict[str, float | None]:
    """Return numbers as JSON has them; what is no number is not known."""
    known = {key: None if value is None else float(value) for key, value in values.items()}
    return {
        key: None if value is None or math.isnan(value) else value for key, value in known.items()
    }


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put torch's random numbers back: what is measured must not change what is trained."""
    import torch

    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices):
        yield
