"""README.md of the study: the findings, the short tables and the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from head_study.claims import claims
from head_study.crops import PLACES
from head_study.initialisation import IMAGES
from head_study.markdown import beginnings_table, trained_table
from head_study.published import published_table
from head_study.scores import REFERENCE
from head_study.subjects import SEEDED
from head_study.table import dataset_title, lead_dataset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from head_study.table import Tables

TITLE = """# What an upsampling head decides, and what training changes

    make study

which is `python results/learned/head_study`.  The `cnn-*` methods share
trunk, data and training and differ in their last layer alone, the head; `upnet-*` were trained for
longer, by another recipe.  [`docs/learned.md`](../../docs/learned.md) says what each is.

[`heads.md`](heads.md) has every table; `heads.csv`, `initialisation.csv`, `curves.csv`,
`convergence.csv` and `speed.csv` have the numbers.  Text and tables here, and the plots, are made
from those files.
"""
SUPPORTED = "## What the numbers support, and what they do not\n"
ALONG = """## Along training

![checkerboard and ripple along training, a panel for each head](figures/curves.png)

A line is the median over the seeds, the band reaches from the least to the most; both axes are
linear near zero and logarithmic beyond.  The ripple here is that of mid grey; the tables have the
probe's, over five greys.
"""
BEGINNINGS = f"""## At initialisation

![every random seed of every head before training](figures/initialisation.png)

The checkerboard is the mean over the centres of {", ".join(IMAGES)}, clipped and rounded as the
protocol has it.  Clipping hides what lies outside [0, 1]; `initialisation.csv` has the same
unclipped, and the ripple never is clipped.
"""
CROPS = f"""## In pictures

![crops of every head on a gradient and on a texture, before and after training](figures/crops.png)

x{SEEDED}, seed 0: the middles of {PLACES[0][1]} and {PLACES[1][1]}, not smoothed.  Each crop runs
from its own darkest pixel to its own brightest, since many untrained outputs lie outside [0, 1].
"""
LONGER = """## Trained for longer, beside published networks

{table}
The same images under the same rules (`y-classic`); published numbers as published, weights without
biases.

![PSNR on validation images along training](figures/longer.png)

The learning rate falls along a cosine, and part of the rise at the end is its doing: more steps
would give less than a curve's end promises.  At x3 and x4 training begins with the trunk of x2.
"""
SPEED = """## Quality and time

![PSNR against milliseconds per megapixel](figures/speed.png)

Filled: as the method runs, its head folded into one sub-pixel convolution.  Hollow: the same head
as it is defined, in PyTorch's default memory layout.  Bars: the seeds.  Times are medians; the
least of the rounds, and the ratios within the rounds with their intervals, are in `heads.md`.
"""


def page(tables: Tables, missing: Sequence[str] = (), absent: Sequence[str] = ()) -> str:
    """Return the page.

    Args:
        tables: What it is made from.
        missing: One line for each network that should have been studied.
        absent: Datasets that were not on the machine.
    """
    lead = lead_dataset(tables.heads)
    scales = sorted(tables.heads.loc[tables.heads["method"] != REFERENCE, "scale"].unique())
    sections = [TITLE, SUPPORTED, findings(tables) + "\n"]
    sections += [
        f"## {dataset_title(lead)}, x{scale}\n\n{trained_table(tables, lead, scale)}"
        for scale in scales
    ]
    if beside := published_table(tables.heads):
        sections.append(LONGER.format(table=beside))
    if len(tables.curves):
        sections.append(ALONG)
    if len(tables.initialisation):
        first = tables.initialisation["scale"] == SEEDED
        sections += [BEGINNINGS, beginnings_table(tables.initialisation[first])]
    if SEEDED in scales:
        sections.append(CROPS)
    if len(tables.speed):
        sections += [SPEED, _conditions(tables)]
    sections += _gaps(missing, absent)
    return "\n".join(sections)


def findings(tables: Tables) -> str:
    """Return what the numbers support and what they do not, as a list."""
    return "\n".join(f"- {claim}" for claim in claims(tables))


def _conditions(tables: Tables) -> str:
    """Say where the times come from and how many of them are stable."""
    speed = tables.speed
    stable = int(speed["stable"].sum())
    where = ", ".join(dict.fromkeys(speed["machine"]))
    load = speed["load_average"].max()
    return (
        f"Times: {where}, PyTorch {speed['torch'].iloc[0]}, one thread, {speed['rounds'].iloc[0]} "
        f"rounds, load average up to {load:.1f}; {stable} of {len(speed)} medians are stable.\n"
    )


def _gaps(missing: Sequence[str], absent: Sequence[str]) -> list[str]:
    lines = [f"- {line}" for line in missing]
    lines += [f"- {name}: the images were not on the machine" for name in absent]
    return ["## What is missing\n", "\n".join(lines) + "\n"] if lines else []
