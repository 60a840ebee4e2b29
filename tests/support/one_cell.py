"""One cell run in this process, for tests of what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.engine.cell import score
from upbench.benchmark.engine.method import call_method

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upbench.benchmark.core.contract import Method, Metric, Upsampler
    from upbench.benchmark.engine.cell import Prepared
    from upbench.benchmark.engine.plan import Cell
    from upbench.benchmark.engine.result import Result


def run(
    cell: Cell, method: Method, loaded: Upsampler, prepared: Prepared, metrics: Sequence[Metric]
) -> Result:
    """Run a loaded method on a prepared image, and score what comes out."""
    return score(cell, call_method(method, loaded, prepared.given), prepared, metrics)
