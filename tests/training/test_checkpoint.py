"""Checkpoints: what was saved is restored; after a damaged one training starts again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.training.checkpoint import Point, Progressed, forget, restore, save

if TYPE_CHECKING:
    from pathlib import Path

    from upbench.benchmark.core.contract import Method

CURVE = (Point(0, 0.0, None, 20.1, 3.5, 7.25), Point(2, 0.4, 8.3, 1 / 3, 0.0, 0.0))


class State:
    """A network with its optimiser."""

    def __init__(self, method: Method, scale: int = 2, seed: int = 0) -> None:
        target: Any = method.target
        self.network = target.untrained(scale, seed)
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=1e-2, fused=True)

    def learn(self, steps: int) -> None:
        """Take some steps."""
        low = torch.linspace(0, 1, 64).view(1, 1, 8, 8)
        for _ in range(steps):
            self.optimiser.zero_grad()
            self.network(low).square().mean().backward()
            self.optimiser.step()

    def weights(self) -> list[torch.Tensor]:
        """Return a copy of the weights."""
        return [weight.detach().clone() for weight in self.network.parameters()]


def same(one: list[torch.Tensor], two: list[torch.Tensor]) -> bool:
    """Say whether weights are equal, bit by bit."""
    return all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


@pytest.fixture
def file(tiny: Method, tmp_path: Path) -> Path:
    """Return a checkpoint after two steps."""
    state = State(tiny)
    state.learn(2)
    place = tmp_path / "folder" / "two.safetensors"
    save(place, state.network, state.optimiser, Progressed(2, 0.4, 0.125, CURVE))
    return place


def test_restored_training_goes_on_as_if_never_left(tiny: Method, file: Path) -> None:
    """Weights, both moments, the count of steps and the curve come back, bit by bit."""
    whole, resumed = State(tiny), State(tiny, seed=5)
    progressed = restore(file, resumed.network, resumed.optimiser)
    assert progressed == Progressed(2, 0.4, 0.125, CURVE)
    whole.learn(5)
    resumed.learn(3)
    assert same(whole.weights(), resumed.weights())


def test_beginning_has_no_moments(tiny: Method, tmp_path: Path) -> None:
    """A checkpoint before the first step restores the weights alone."""
    begun, other = State(tiny), State(tiny, seed=5)
    save(tmp_path / "begun", begun.network, begun.optimiser, Progressed(curve=CURVE[:1]))
    assert restore(tmp_path / "begun", other.network, other.optimiser).curve == CURVE[:1]
    assert same(begun.weights(), other.weights())
    assert not other.optimiser.state


def test_no_checkpoint_is_the_beginning(
    tiny: Method, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a checkpoint nothing is changed and nobody is warned."""
    state = State(tiny)
    before = state.weights()
    assert restore(tmp_path / "none", state.network, state.optimiser) == Progressed()
    assert same(before, state.weights())
    assert not caplog.text


def _truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-7])


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _pickle(file: Path) -> None:
    torch.save({"weight": torch.ones(3)}, file)


def _without_header(file: Path) -> None:
    save_file(load_file(file), file)


def _without_a_moment(file: Path) -> None:
    tensors = load_file(file)
    del tensors["optimiser/state/0/exp_avg/"]
    with safe_open(file, framework="pt") as opened:
        header = opened.metadata()
    save_file(tensors, file, metadata=header)


def _other_fields(file: Path) -> None:
    with safe_open(file, framework="pt") as opened:
        header = opened.metadata()
    about = json.loads(header["upbench"])
    about["tree"]["progressed"] = {"step": 2, "speed": 1, "curve": []}
    header["upbench"] = json.dumps(about)
    save_file(load_file(file), file, metadata=header)


@pytest.mark.parametrize(
    "damage",
    [_truncate, _empty, _pickle, _without_header, _without_a_moment, _other_fields],
    ids=lambda damage: damage.__name__.strip("_"),
)
def test_after_a_damaged_checkpoint_training_starts_again(
    tiny: Method, file: Path, caplog: pytest.LogCaptureFixture, damage: Any
) -> None:
    """A warning names the file; network and optimiser are as untouched as without one."""
    damage(file)
    state = State(tiny, seed=5)
    before = state.weights()
    assert restore(file, state.network, state.optimiser) == Progressed()
    assert same(before, state.weights())
    assert not state.optimiser.state
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.getMessage().startswith(f"{file} cannot be used (")
    assert record.getMessage().endswith("); training starts again")


def test_checkpoint_of_another_network_is_not_used(
    tiny: Method, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Weights that would fit in part are not put in in part."""
    state = State(tiny, scale=3)
    before = state.weights()
    assert restore(file, state.network, state.optimiser) == Progressed()
    assert same(before, state.weights())
    assert "(it is of another network)" in caplog.text


def test_folder_that_cannot_be_made(tiny: Method, tmp_path: Path) -> None:
    """A cache that cannot be written is named, with the variable that moves it."""
    (tmp_path / "taken").touch()
    state = State(tiny)
    with pytest.raises(StoreError) as refused:
        save(tmp_path / "taken" / "x", state.network, state.optimiser, Progressed())
    assert str(refused.value) == (
        f"x cannot be kept in {tmp_path / 'taken'} (File exists); expected a folder that can be "
        "written; set UPBENCH_CACHE to one."
    )


def test_forgetting_twice_is_fine(file: Path) -> None:
    """A finished training removes its checkpoint, if there is one."""
    forget(file)
    forget(file)
    assert not file.exists()
