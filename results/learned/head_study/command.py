"""``python results/learned/head_study``: compare the learned methods, write tables and figures."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from head_study.run import Request, run
from head_study.speed import ROUNDS
from head_study.subjects import HEADS, LONGER, WEIGHTS
from upbench.benchmark.core.errors import UpbenchError
from upbench.benchmark.core.threads import use_one_thread_each
from upbench.benchmark.core.weights import VARIABLE
from upbench.benchmark.registry.catalog import collect

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the options, study, write; return the exit code."""
    chosen = _parser().parse_args(arguments)
    os.environ[VARIABLE] = str(WEIGHTS)
    use_one_thread_each()
    request = Request(
        out=chosen.out,
        kept=chosen.scores,
        heads=chosen.methods,
        longer=chosen.longer,
        scales=chosen.scales,
        datasets=chosen.datasets,
        seeds=chosen.seeds,
        rounds=0 if chosen.no_timing else chosen.rounds,
    )
    try:
        _, missing = run(request, collect(chosen.plugin), _say)
    except UpbenchError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted: finished scores are kept; the same command goes on.\n")
        return INTERRUPTED
    for one in missing:
        sys.stderr.write(f"missing: {one.line}: {one.reason}\n")
    sys.stderr.write(f"written: {chosen.out / 'README.md'}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python results/learned/head_study", description=__doc__)
    add = parser.add_argument
    add("--out", type=Path, default=Path("results/learned"), help="tables, figures and page")
    add("--scores", type=Path, default=Path("results/runs/study"), help="keeps finished scores")
    add("--methods", default=HEADS, help="methods that differ in their head alone")
    add("--longer", default=LONGER, help='methods trained for longer; "" for none')
    add("--scales", default="2,3,4", help="whole factors")
    add("--datasets", default="set5,set14,standard", help="those not on this machine are left out")
    add("--seeds", type=int, default=20, help="random seeds of each untrained head")
    add("--rounds", type=int, default=ROUNDS, help="how often each form is timed")
    add("--no-timing", action="store_true", help="keep the times that --out has")
    add("--plugin", action="append", default=[], help="a Python file with more methods")
    return parser


def _say(what: str, done: int, total: int) -> None:
    """Say every twentieth part."""
    if done == total or done * 20 // total > (done - 1) * 20 // total:
        sys.stderr.write(f"{done}/{total}  {what}\n")
