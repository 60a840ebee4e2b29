"""Runs into a folder, as the command makes them but without their report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.engine.runner import Request, make_plan, results, waiting
from upbench.benchmark.engine.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from upbench.benchmark.engine.runner import Plan


def run_into(folder: Path, asked: Request | Plan) -> pd.DataFrame:
    """Run what is not finished of a request or a plan; write and return every row."""
    plan = make_plan(asked) if isinstance(asked, Request) else asked
    with Store(folder) as store:
        store.list_images(plan.images)
        for _ in results(plan, store, waiting(plan, store)):
            pass
        return store.export()
