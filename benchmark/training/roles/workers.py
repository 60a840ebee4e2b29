"""Trainings in worker processes, some side by side: each costs itself alone if it is lost.

A process trains one job, or a group whose steps are taken together.  When a group fails, its jobs
are trained one by one, from their checkpoints: so the one that fails is found.
"""

from __future__ import annotations

from collections import Counter, deque
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from upbench.benchmark.engine.supervisor import Limits, Outcome, Worker, wait
from upbench.benchmark.training.roles.service import TrainingService

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from pathlib import Path

    from upbench.benchmark.core.contract import Progress
    from upbench.benchmark.training.roles.lesson import RoleJob

    Conversation = Generator[tuple[Any, ...], Outcome, Outcome]
    Follow = Callable[[RoleJob, int, Sequence[dict[str, Any]]], None]
    Group: TypeAlias = Sequence[tuple[RoleJob, Path]]

__all__ = ["train"]

LONGEST_REQUEST = 1800.0
"""Seconds in which a worker must answer: a slice of training and a scoring of each job, or the
beginning, which may train a classifier first."""


def train(
    groups: Sequence[Group],
    plugins: tuple[str, ...],
    workers: int,
    log: Path,
    progress: Progress | None = None,
) -> Generator[tuple[RoleJob, Outcome]]:
    """Yield what becomes of each job, as they end.

    Args:
        groups: What to train: jobs with their checkpoints, those together that a process trains
            together.
        plugins: Python files with more layers.
        workers: How many processes train at the same time.
        log: Where what they print is kept.
        progress: Called with (what, done, total): steps of all jobs.
    """
    waiting = deque(groups)
    steps: Counter[RoleJob] = Counter()
    total = sum(job.steps for group in groups for job, _ in group)
    setup = partial(TrainingService, plugins)
    with ExitStack() as ended:
        processes = [
            ended.enter_context(Worker(setup, Limits(LONGEST_REQUEST), log=log))
            for _ in range(min(workers, sum(map(len, groups))))  # a group may be taken apart
        ]
        at: dict[int, tuple[Group, Conversation]] = {}
        while waiting or at:
            for place, worker in enumerate(processes):
                if place not in at and waiting:
                    group = waiting.popleft()
                    talk = _conversation(group, partial(_follow, progress, steps, total))
                    worker.ask(next(talk))
                    at[place] = group, talk
            wait(processes)
            for place, (group, talk) in [*at.items()]:
                outcome = processes[place].poll()
                if outcome is None:
                    continue
                try:
                    processes[place].ask(talk.send(outcome), follows=True)
                except StopIteration as last:
                    del at[place]
                    if last.value.status != "ok" and len(group) > 1:
                        waiting.extendleft((one,) for one in reversed(group))
                        continue
                    for job, found in _outcomes(group, last.value):
                        yield job, found
                        _follow(progress, steps, total, job, job.steps, [])


def _conversation(group: Group, follow: Follow) -> Conversation:
    """Yield the requests of a group, take their outcomes, return the last; a failure ends it."""
    jobs, files = zip(*group, strict=True)
    outcome = yield "begin", jobs, tuple(map(str, files))
    while outcome.status == "ok" and min(one["step"] for one in outcome.value) < jobs[0].steps:
        for job, standing in zip(jobs, outcome.value, strict=True):
            follow(job, standing["step"], standing["curve"])
        outcome = yield ("advance",)
    if outcome.status != "ok":
        return outcome
    standings, outcome = outcome.value, (yield ("finish",))
    if outcome.status != "ok":
        return outcome
    pairs = zip(standings, outcome.value, strict=True)
    return Outcome([{**standing, **made} for standing, made in pairs])


def _outcomes(group: Group, outcome: Outcome) -> Iterator[tuple[RoleJob, Outcome]]:
    """Yield each job's outcome: its own value of a group's, or why the only one failed."""
    for number, (job, _) in enumerate(group):
        yield job, Outcome(outcome.value[number]) if outcome.status == "ok" else outcome


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
