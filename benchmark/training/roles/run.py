"""Layers in roles: from a request to stored rows, each training in a worker process.

A training that fails, or whose process is lost, is a row with the reason; the others go on.  What
is finished and unchanged is not trained again; what was interrupted goes on from its checkpoint.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core import weights
from upbench.benchmark.core.environment import library_version, stamp, versions_line
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.hashing import code_hash, digest_of, module_hash
from upbench.benchmark.engine.plan import unfinished
from upbench.benchmark.engine.result import encode_png
from upbench.benchmark.engine.store import LOGS, Store
from upbench.benchmark.engine.trainings import StoredTraining
from upbench.benchmark.imaging.download import cache_folder
from upbench.benchmark.training import checkpoint
from upbench.benchmark.training.roles import role_named
from upbench.benchmark.training.roles.layers import choose_layers
from upbench.benchmark.training.roles.lesson import RoleJob
from upbench.benchmark.training.roles.workers import train

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from upbench.benchmark.core.contract import Layer, Progress
    from upbench.benchmark.engine.supervisor import Outcome
    from upbench.benchmark.training.roles import Data, Role

__all__ = ["RoleRequest", "run_roles"]

PACKAGE = "upbench.benchmark.training.roles"
MOST_SEEDS = 1000
BYTES_PER_TRAINING = 20_000_000
"""What a training leaves on the disk at most: its checkpoint, weights, curve and pictures."""


@dataclass(frozen=True)
class RoleRequest:
    """What to train."""

    role: str
    layers: tuple[str, ...] = ()
    """All for none."""
    seeds: int = 3
    """How many seeds, one after another."""
    steps: int | None = None
    """The role's own for None."""
    data: str = ""
    """A name of the role's datasets or a path; the role's default for ""."""
    device: str = "cpu"
    plugins: tuple[str, ...] = ()
    """Python files with more layers."""
    workers: int = 1
    """How many train at the same time."""
    first_seed: int = 0


@dataclass(frozen=True)
class Plan:
    """A request that has been checked: nothing in it is unknown or missing."""

    role: Role
    layers: tuple[Layer, ...]
    jobs: tuple[RoleJob, ...]
    data: Data
    plugins: tuple[str, ...]
    workers: int

    def key(self, job: RoleJob) -> str:
        """Return a hash of all that a training's numbers depend on, beside the job itself."""
        code = module_hash(f"{PACKAGE}.{self.role.name}", f"{PACKAGE}.lesson")
        (layer,) = (one for one in self.layers if one.name == job.layer)
        parts = (code, code_hash(layer.file), self.data.digest, library_version("torch"))
        return digest_of(parts)[:16]


def plan(request: RoleRequest, progress: Progress | None = None) -> Plan:
    """Check a request and have its data here.

    Raises:
        UnknownNameError: There is no such role or layer.
        UsageError: A number cannot be.
        DataError: The data are missing or damaged.
        PluginError: A plugin's file cannot be used.
    """
    role = role_named(request.role)
    steps = role.steps if request.steps is None else request.steps
    given = {"--steps": steps, "--seeds": request.seeds, "--jobs": request.workers}
    for option, number in given.items():
        if number < 1:
            raise UsageError(f"{option} takes a whole number from 1 up; got {number}.")
    first = request.first_seed
    if request.seeds > MOST_SEEDS:
        raise UsageError(
            f"--seeds is how many trainings each layer gets, at most {MOST_SEEDS}; got "
            f"{request.seeds}: the first one's seed is --first-seed."
        )
    if first not in range((1 << 63) - MOST_SEEDS):  # torch and tables take 64 bits
        raise UsageError(f"--first-seed takes a whole number from 0 up, below 2^63; got {first}.")
    layers = choose_layers(role, request.layers, request.plugins)
    name = request.data or next(iter(role.datasets))
    data = role.load(name, progress)
    jobs = [
        RoleJob(role.name, layer.name, seed, steps, name, request.device)
        for seed in range(first, first + request.seeds)
        for layer in layers
    ]
    return Plan(role, tuple(layers), tuple(jobs), data, request.plugins, request.workers)


def run_roles(
    request: RoleRequest, out: Path, progress: Progress | None = None
) -> list[StoredTraining]:
    """Train layers in a role, and keep what came out in a folder.

    Args:
        request: What to train.
        out: The run's folder; what it holds already and nothing has changed since is not trained
            again.
        progress: Called with (what, done, total): steps of all trainings.

    Returns:
        The request's trainings, failures included, in its order.

    Raises:
        UsageError, DataError, PluginError: As of :func:`plan`; nothing has been written.
        StoreError: The folder cannot be written, is too full, or another run writes into it.
    """
    planned = plan(request, progress)
    with Store(out) as store, store.lock():
        jobs = {_identity(job, planned.data): job for job in planned.jobs}
        asked = [StoredTraining(what, planned.key(job), {}) for what, job in jobs.items()]
        kept = {one.identity: one.key for one in store.trainings() if one.row["status"] == "ok"}
        waiting = [jobs[one.identity] for one in unfinished(asked, kept)]
        store.check_disk_space(len(waiting), "training", BYTES_PER_TRAINING)
        with closing(_train(planned, waiting, out, progress)) as trained:
            for one in trained:
                store.add_training(one)
                if one.row["status"] == "ok":  # else the same command goes on from it
                    checkpoint.forget(_checkpoint(one))
        found = {one.identity: one for one in store.trainings()}
        return [found[what] for what in jobs if what in found]


def _identity(job: RoleJob, data: Data) -> tuple[Any, ...]:
    return job.role, job.layer, job.seed, data.name, job.steps, job.device


def _checkpoint(one: StoredTraining) -> Path:
    """Return a training's checkpoint, named by all that its weights depend on."""
    role, layer, seed, *_ = one.identity
    key = digest_of([one.key, *map(str, one.identity)])[:16]
    return cache_folder() / "training" / f"{role}-{layer}-seed{seed}-{key}.safetensors"


def _train(
    planned: Plan, jobs: Sequence[RoleJob], out: Path, progress: Progress | None
) -> Generator[StoredTraining]:
    """Yield what becomes of each job, as they end."""
    begun = {
        job: StoredTraining(_identity(job, planned.data), planned.key(job), {}) for job in jobs
    }
    files = [
        [(job, _checkpoint(begun[job])) for job in group] for group in groups(planned.role, jobs)
    ]
    log = out / LOGS / f"{planned.role.name}.log"
    with closing(train(files, planned.plugins, planned.workers, log, progress)) as trained:
        for job, outcome in trained:
            if outcome.status == "ok" and job.seed == 0:
                _keep_weights(out / "weights" / begun[job].file_stem, job, outcome.value)
            yield _stored(planned, job, begun[job], outcome)


def groups(role: Role, jobs: Sequence[RoleJob]) -> list[list[RoleJob]]:
    """Return the jobs that one process trains together: on a GPU the layers of a seed."""
    found: dict[Any, list[RoleJob]] = {}
    for job in jobs:
        is_shared = role.together is not None and job.device != "cpu"
        found.setdefault(job.seed if is_shared else job, []).append(job)
    return [*found.values()]


def _keep_weights(stem: Path, job: RoleJob, value: dict[str, Any]) -> None:
    """Write one seed's weights, their card and their curve; files that begin with ``stem``."""
    import numpy as np
    import pandas as pd

    # the channel has made numbers of tensors without an axis
    tensors = {name: np.asarray(one) for name, one in value["weights"].items()}
    file = stem.with_name(f"{stem.name}.safetensors")
    card = {**asdict(job), **stamp(), "versions": versions_line(), "end": value["curve"][-1]}
    weights.keep(file, tensors, card, pd.DataFrame(value["curve"]))


def _stored(planned: Plan, job: RoleJob, begun: StoredTraining, outcome: Outcome) -> StoredTraining:
    """Make the row of one training, here and now."""
    value = outcome.value or {"curve": [], "pictures": {}}
    curve = value["curve"]
    first, last = (curve[0], curve[-1]) if curve else ({}, {})
    undefined = [f"{key}: {why}" for key, why in planned.data.undefined.items()]
    row = {
        **asdict(job),
        "data": planned.data.name,
        "status": outcome.status,
        "reason": outcome.reason or "; ".join(undefined) or None,
        **{column.key: last.get(column.key) for column in planned.role.columns},
        **{f"{key}_initial": first.get(key) for key in planned.role.initial},
        "seconds": value.get("seconds"),
        **stamp(),
        "versions": versions_line(),
    }
    pictures = {
        name: encode_png(pixels.reshape(*pixels.shape[:2], -1))
        for name, pixels in value["pictures"].items()
    }
    return StoredTraining(begun.identity, begun.key, row, tuple(curve), pictures)
