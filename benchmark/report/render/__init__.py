"""The renderers of the one table model: Markdown, LaTeX, the terminal, the page's JSON.

Each lays out a :class:`upbench.benchmark.core.table.Table` and knows nothing of what it measures.
Each shows text as text: whatever a name or a reason holds, it is neither markup nor an instruction
to a terminal.  Frames become CSV in :mod:`upbench.benchmark.core.csv`.
"""

from __future__ import annotations

DASH = "\N{EN DASH}"
"""What stands for a number that is not known."""
