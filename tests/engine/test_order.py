"""The order of the work does not change its results."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from upbench.benchmark.engine.execute import execute
from upbench.benchmark.engine.plan import batches, plan
from upbench.benchmark.engine.runner import make_setup
from upbench.benchmark.registry.catalog import built_in_protocols, collect

if TYPE_CHECKING:
    from upbench.benchmark.engine.plan import Cell, Identity

METHODS = ("bicubic", "opencv-lanczos4", "torch-bicubic", "linear-resize-conv")


@pytest.fixture(scope="module")
def work() -> tuple[list[Cell], list[Any]]:
    """Plan four methods on two small images under two protocols."""
    catalog = collect()
    items = catalog.dataset("standard").items()
    images = [("standard", item) for item in items if item.name in {"text", "page"}]
    methods = [catalog.method(name) for name in METHODS]
    protocols = [built_in_protocols()["y-classic"], built_in_protocols()["rgb8"]]
    metrics = list(catalog.choose_metrics(()))
    return list(plan(methods, images, [2, 3], protocols, metrics)), images


def scores(cells: list[Cell], images: list[Any], **how: Any) -> dict[Identity, tuple[Any, ...]]:
    """Run cells and return the quality of each."""
    done = execute(batches(cells, images), make_setup(), **how)
    return {
        result.cell.identity: (
            result.row.status,
            *sorted(result.row.scores.items()),
        )
        for result in done
    }


@pytest.fixture(scope="module")
def expected(work: tuple[list[Cell], list[Any]]) -> dict[Identity, tuple[Any, ...]]:
    """Run the cells one after another, as they are planned."""
    return scores(*work, executor="serial")


def test_serial_run_scores_every_cell(
    work: tuple[list[Cell], list[Any]], expected: dict[Identity, tuple[Any, ...]]
) -> None:
    """The reference of this file is complete."""
    assert len(expected) == len(work[0])
    assert {status for status, *_ in expected.values()} == {"ok"}


@pytest.mark.parametrize("how", [{"jobs": 1}, {"jobs": 2}])
def test_processes_give_the_same_bits(
    work: tuple[list[Cell], list[Any]], expected: dict[Identity, tuple[Any, ...]], how: Any
) -> None:
    """One worker or two: every quality column is the same, bit for bit."""
    assert scores(*work, **how) == expected


@pytest.mark.parametrize("seed", [1, 2])
def test_shuffled_cells_give_the_same_bits(
    work: tuple[list[Cell], list[Any]], expected: dict[Identity, tuple[Any, ...]], seed: int
) -> None:
    """What ran before a cell leaves no trace in its scores."""
    cells, images = list(work[0]), work[1]
    random.Random(seed).shuffle(cells)  # noqa: S311 - any order will do
    assert scores(cells, images, executor="serial") == expected
