"""Trainings in worker processes, some side by side: each costs itself alone if it is lost."""

from __future__ import annotations

from collections import Counter, deque
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from upbench.benchmark.engine.supervisor import Limits, Outcome, Worker, wait
from upbench.benchmark.training.roles.service import TrainingService

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from pathlib import Path

    from upbench.benchmark.core.contract import Progress
    from upbench.benchmark.training.roles.lesson import RoleJob

    Conversation = Generator[tuple[Any, ...], Outcome, Outcome]
    Follow = Callable[[int, Sequence[dict[str, Any]]], None]

__all__ = ["train"]

LONGEST_REQUEST = 1800.0
"""Seconds in which a worker must answer: a slice of training and one scoring, or the beginning,
which may train a classifier first."""


def train(
    jobs: Sequence[tuple[RoleJob, Path]],
    plugins: tuple[str, ...],
    workers: int,
    log: Path,
    progress: Progress | None = None,
) -> Generator[tuple[RoleJob, Outcome]]:
    """Yield what becomes of each job, as they end.

    Args:
        jobs: What to train, and each one's checkpoint.
        plugins: Python files with more layers.
        workers: How many train at the same time.
        log: Where what they print is kept.
        progress: Called with (what, done, total): steps of all jobs.
    """
    waiting = deque(jobs)
    steps: Counter[RoleJob] = Counter()
    total = sum(job.steps for job, _ in jobs)
    setup = partial(TrainingService, plugins)
    with ExitStack() as ended:
        processes = [
            ended.enter_context(Worker(setup, Limits(LONGEST_REQUEST), log=log))
            for _ in range(min(workers, len(jobs)))
        ]
        at: dict[int, tuple[RoleJob, Conversation]] = {}
        while waiting or at:
            for place, worker in enumerate(processes):
                if place not in at and waiting:
                    job, file = waiting.popleft()
                    talk = _conversation(job, file, partial(_follow, progress, steps, total, job))
                    worker.ask(next(talk))
                    at[place] = job, talk
            wait(processes)
            for place, (job, talk) in [*at.items()]:
                outcome = processes[place].poll()
                if outcome is None:
                    continue
                try:
                    processes[place].ask(talk.send(outcome))
                except StopIteration as last:
                    del at[place]
                    yield job, last.value
                    _follow(progress, steps, total, job, job.steps, [])


def _conversation(job: RoleJob, file: Path, follow: Follow) -> Conversation:
    """Yield the requests of one job, take their outcomes, return the last; a failure ends it."""
    outcome = yield "begin", job, str(file)
    while outcome.status == "ok" and outcome.value["step"] < job.steps:
        follow(outcome.value["step"], outcome.value["curve"])
        outcome = yield ("advance",)
    if outcome.status != "ok":
        return outcome
    standing, outcome = outcome.value, (yield ("finish",))
    if outcome.status != "ok":
        return outcome
    return Outcome({**standing, **outcome.value})


def _follow(
    progress: Progress | None,
    steps: Counter[RoleJob],
    total: int,
    job: RoleJob,
    step: int,
    curve: Sequence[dict[str, Any]],
) -> None:
    steps[job] = step
    if progress:
        losses = [f"{key} {value:.3g}" for key, value in _losses(curve)]
        progress("  ".join([job.name, *losses]), steps.total(), total)


def _losses(curve: Sequence[dict[str, Any]]) -> Iterator[tuple[str, float]]:
    """Yield the first columns of the latest point, for the progress bar."""
    latest = [*curve[-1].items()][2:4] if curve else []
    yield from ((key, value) for key, value in latest if value is not None)
