"""Print every speed ratio beside its target: ``make perf``.

Each figure is a ratio against a rival measured in the same run, because machines are noisy and
absolute times say little about the code.  Nothing here is a test: no gate depends on a clock.
"""

from __future__ import annotations

import os
import runpy
from pathlib import Path

from measuring import show

from upbench.benchmark.core.threads import thread_environment

# read when the libraries are imported: whatever is set, like is compared with like
os.environ |= thread_environment(1)

BENCHMARKS = (
    "startup_speed.py",
    "metrics_speed.py",
    "resample_speed.py",
    "adapters_speed.py",
    "extras_speed.py",
    "models_speed.py",
    "engine_speed.py",
    "cluster_speed.py",
    "learned_speed.py",
)


def main() -> None:
    """Run each benchmark and print (what, measured, target)."""
    for name in BENCHMARKS:
        measure = runpy.run_path(str(Path(__file__).with_name(name)))["measure"]
        show(measure())


if __name__ == "__main__":
    main()
