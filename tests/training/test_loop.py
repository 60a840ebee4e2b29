"""The training loop: one seed is one network, interrupted or not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from upbench.benchmark.training import Job, loop, train
from upbench.benchmark.training.recipe import milestones

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.benchmark.training.material import Material

    Jobs = Callable[..., Job]

CHECKPOINTS = 4
KILLED = """
import os, runpy, signal, sys
from pathlib import Path

from upbench.benchmark.core.contract import Method
from upbench.benchmark.training import Job, loop, train
from upbench.benchmark.training.material import gather
from upbench.datasets.folder import folder_dataset

conftest, pictures, weights = sys.argv[1:]
shared = runpy.run_path(conftest)
loop.BETWEEN_CHECKPOINTS = 4


def progress(_what, done, _steps):
    if done == 7:
        os.kill(os.getpid(), signal.SIGKILL)


shared["Tiny"].folder = Path(weights)
material = gather([folder_dataset(pictures)], [], 2, shared["RECIPE"].patch)
method = Method("tiny", "learned", shared["Tiny"])
train(Job(method, 2, 0, shared["RECIPE"], "cpu"), material, None, progress)
"""


class StoppedError(Exception):
    """Stands in for whatever ends a training in the middle."""


@pytest.fixture(autouse=True)
def _few_steps_between_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a checkpoint every four steps."""
    monkeypatch.setattr(loop, "BETWEEN_CHECKPOINTS", CHECKPOINTS)


def stop_at(step: int) -> Callable[[str, int, int], None]:
    """Return a progress function that ends the training after a step."""

    def progress(_what: str, done: int, _steps: int) -> None:
        if done == step:
            raise StoppedError

    return progress


def steps_of(run: Callable[[Any], Any]) -> list[int]:
    """Return the steps that a training took."""
    taken: list[int] = []
    run(lambda _what, done, _steps: taken.append(done))
    return taken


def curve_of(file: Path) -> pd.DataFrame:
    """Return the learning curve that lies beside weights."""
    return pd.read_csv(file.with_suffix(".csv"))


def test_one_seed_is_one_network(job: Jobs, material: Material, tmp_path: Path) -> None:
    """Twice the same training gives the same bytes; another seed gives others."""
    first, again, other = (
        train(job(seed), material, tmp_path / name).read_bytes()
        for name, seed in (("first", 0), ("again", 0), ("other", 1))
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize("step", range(1, 13))
def test_stopped_training_ends_the_same(
    job: Jobs, material: Material, tmp_path: Path, step: int
) -> None:
    """Ended after any step, it goes on from its last checkpoint to the same bytes."""
    whole = train(job(), material, tmp_path / "whole").read_bytes()
    with pytest.raises(StoppedError):
        train(job(), material, tmp_path / "resumed", stop_at(step))
    taken = steps_of(lambda progress: train(job(), material, tmp_path / "resumed", progress))

    assert taken == list(range(step // CHECKPOINTS * CHECKPOINTS + 1, 13))
    assert (tmp_path / "resumed" / "tiny-x2.safetensors").read_bytes() == whole


@pytest.mark.parametrize("wide", [True, False], ids=["wide", "as-shipped"])
@pytest.mark.parametrize("step", [5, 9])
def test_stopped_soap_ends_the_same(
    job: Jobs,
    material: Material,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: int,
    wide: bool,  # noqa: FBT001
) -> None:
    """SOAP's bases and counts come back too, before and after it takes new bases."""
    monkeypatch.setattr(loop, "BETWEEN_BASES", 3)
    soap = job(optimiser="soap", mixed=0.5)
    target: Any = soap.method.target
    monkeypatch.setattr(target, "shape", replace(target.shape, depth=2, wide=wide))
    whole = train(soap, material, tmp_path / "whole").read_bytes()
    with pytest.raises(StoppedError):
        train(soap, material, tmp_path / "resumed", stop_at(step))
    train(soap, material, tmp_path / "resumed")
    assert (tmp_path / "resumed" / "tiny-x2.safetensors").read_bytes() == whole
    assert train(job(), material, tmp_path / "adam").read_bytes() != whole


def test_stopped_again_and_again(job: Jobs, material: Material, tmp_path: Path) -> None:
    """Several ends in a row change nothing, and the curve has each of its points once."""
    whole = train(job(), material, tmp_path / "whole")
    for step in (5, 6, 9):
        with pytest.raises(StoppedError):
            train(job(), material, tmp_path / "resumed", stop_at(step))
    resumed = train(job(), material, tmp_path / "resumed")

    def curve(file: Path) -> list[list[str]]:
        lines = file.with_suffix(".csv").read_text(encoding="utf-8").splitlines()
        cells = [line.split(",") for line in lines]
        return [line[:1] + line[2:] for line in cells]  # all but the seconds

    assert resumed.read_bytes() == whole.read_bytes()
    assert curve(resumed) == curve(whole)


def test_killed_process_ends_the_same(
    job: Jobs, material: Material, pictures: Path, cache: Path, tmp_path: Path
) -> None:
    """A process killed by SIGKILL after step 7 leaves the checkpoint of step 4, and no weights."""
    whole = train(job(), material, tmp_path / "whole").read_bytes()
    conftest = str(Path(__file__).with_name("conftest.py"))
    command = [sys.executable, "-c", KILLED, conftest, str(pictures), str(tmp_path / "weights")]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    killed = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not list((tmp_path / "weights").iterdir())
    assert [file.suffix for file in cache.iterdir()] == [".safetensors"]

    taken = steps_of(lambda progress: train(job(), material, None, progress))
    assert taken == list(range(5, 13))
    assert (tmp_path / "weights" / "tiny-x2.safetensors").read_bytes() == whole


def test_the_first_steps_may_be_in_mixed_precision(
    job: Jobs, material: Material, tmp_path: Path
) -> None:
    """It is the share that the recipe names, and changes the weights but little."""
    from safetensors.torch import load_file

    def learner(**recipe: Any) -> loop.Learner:
        target: Any = job().method.target
        return loop.Learner(target.untrained(2), material, 2, 0, job(**recipe).recipe, "cpu")

    mixed = learner(steps=12, mixed=0.25)
    assert [mixed.is_mixed(step) for step in range(12)] == [True] * 3 + [False] * 9
    assert not learner(steps=12).is_mixed(0)

    full, coarse = (
        load_file(train(job(mixed=share), material, tmp_path / str(share))) for share in (0, 0.5)
    )
    assert any(not full[name].equal(coarse[name]) for name in full)
    assert all(full[name].allclose(coarse[name], atol=1e-2) for name in full)


def test_soap_learns_faster(job: Jobs, material: Material, tmp_path: Path) -> None:
    """In as many steps its loss on the training images is lower than Adam's."""
    soap, adam = (
        curve_of(train(job(steps=300, batch=4, optimiser=name), material, tmp_path / name))
        for name in ("soap", "adam")
    )
    assert soap["loss"].iloc[-1] < adam["loss"].iloc[-1]


def test_curve_has_the_milestones(job: Jobs, material: Material, tmp_path: Path) -> None:
    """The untrained network is the curve's first point, the finished one its last."""
    curve = curve_of(train(job(steps=35), material, tmp_path))

    assert curve["step"].tolist() == list(milestones(35)) == [0, 10, 30, 35]
    assert curve["loss"].isna().tolist() == [True, False, False, False]
    assert curve["seconds"].is_monotonic_increasing


def test_network_learns(job: Jobs, material: Material, tmp_path: Path) -> None:
    """After 150 steps loss and validation PSNR are better than at first."""
    curve = curve_of(train(job(steps=150, batch=4, rate=1e-2), material, tmp_path))

    assert curve["psnr_db"].iloc[-1] > curve["psnr_db"].iloc[0] + 3
    assert curve["loss"].iloc[-1] < curve["loss"].iloc[1] / 2


def test_progress_tells_loss_and_psnr(job: Jobs, material: Material, tmp_path: Path) -> None:
    """The bar has the job's name, the last scores, and counts the steps."""
    said: list[tuple[str, int, int]] = []
    train(job(seed=3), material, tmp_path, lambda *news: said.append(news))

    assert [news[1:] for news in said] == [(step, 12) for step in range(1, 13)]
    assert said[0][0].startswith("tiny x2 seed 3  ")
    assert said[0][0].endswith(" dB on validation")
    assert "loss" not in said[0][0]
    assert "  loss " in said[-1][0]
