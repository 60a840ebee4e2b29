"""How long the command takes to answer, against a Python that only imports numpy.

Whole processes, from their start to their exit.  The two are run in turn, so that a change of the
machine's speed meets both; a ratio is the median of the ratios of the pairs.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from measuring import show

if TYPE_CHECKING:
    from collections.abc import Iterator

PAIRS = 15
COMMAND = Path(sys.executable).with_name("upbench")
TARGETS = {"--help": 1.5, "list methods --names": 2.5, "list methods": 2.5}
"""Arguments of ``upbench`` -> how many times the import of numpy they may take."""


def measure() -> Iterator[tuple[str, float, float]]:
    """Yield (what, ratio, target) of every command."""
    for words, target in TARGETS.items():
        ratios = [
            _seconds([str(COMMAND), *words.split()])
            / _seconds([sys.executable, "-c", "import numpy"])
            for _ in range(PAIRS)
        ]
        yield f"upbench {words} / python -c 'import numpy'", statistics.median(ratios), target


def _seconds(command: list[str]) -> float:
    """Return the wall time of one process."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


if __name__ == "__main__":
    show(measure())
