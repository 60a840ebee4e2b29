"""Two runs, or two methods of one run, compared image by image.  It reads stored rows only.

- ``reading``: a run's rows, and what its manifest says they mean.
- ``columns``: what can be compared; differences and ratios, and how they are written.
- ``pairs``: row by row, and why some rows cannot be compared.
- ``lines``: what changed on average, with intervals and tests.
- ``comparison``: the whole: :func:`compare_runs`, :func:`compare_methods`; what else differs.
- ``gates``: what must not happen: ``psnr_db < -0.05``.
- ``table``: tables and Markdown for people.
"""

from __future__ import annotations

from upbench.benchmark.report.compare.comparison import Comparison, compare_methods, compare_runs
from upbench.benchmark.report.compare.gates import Gate, Judgement, Verdict, judge, parse_gate
from upbench.benchmark.report.compare.table import to_markdown

__all__ = [
    "Comparison",
    "Gate",
    "Judgement",
    "Verdict",
    "compare_methods",
    "compare_runs",
    "judge",
    "parse_gate",
    "to_markdown",
]
