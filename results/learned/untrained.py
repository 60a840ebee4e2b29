"""Write the levels of untrained layers that the page shows: run it after another study.

They are medians over the random seeds of the study, in ``initialisation.csv``.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from upbench.benchmark.report.page.sections.checkerboards.controls import UNTRAINED

STUDY = Path(__file__).with_name("initialisation.csv")


def summarise_untrained() -> dict[str, dict[str, float]]:
    """Return the median level over seeds, by scale and layer, where it is 1 dB or more."""
    rows = pd.read_csv(STUDY)
    medians = rows.groupby(["scale", "method"])["checkerboard_db"].median().round(1)
    loud = medians[medians >= 1].sort_values()
    return {
        str(scale): {str(name): float(level) for name, level in of_scale.droplevel(0).items()}
        for scale, of_scale in loud.groupby(level="scale")
    }


def main() -> None:
    """Write ``untrained.json`` of the page's section."""
    what = "median checkerboard_db over the random seeds of results/learned/initialisation.csv"
    text = json.dumps({"what": what, "median_db": summarise_untrained()}, indent=1)
    UNTRAINED.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
