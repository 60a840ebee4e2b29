"""The study's tables for readers: heads.md, and the short one of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from head_study.curves import VISIBLE_DB
from head_study.initialisation import IMAGES, summary
from head_study.names import rank, short
from head_study.scores import REFERENCE
from head_study.speed import FORMS
from head_study.table import dataset_title
from head_study.wording import level, spread
from upbench.benchmark.core.table import Column, Table
from upbench.benchmark.report.render.markdown import grid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd

    from head_study.table import Tables

TITLE = f"""# Every head at every scale

Means over the images of a dataset under `y-classic`; where a head was trained from several seeds,
the mean over them and in brackets the least and the most.  Before and after is training.
Checkerboards and ripples are in dB above none: below {VISIBLE_DB:g} dB there is nothing to see.
"""
BEGINNINGS = f"""## At initialisation

Untrained networks of many random seeds: median, and in brackets the least and the most.  The
checkerboard is the mean over the centres of {", ".join(IMAGES)}, clipped and rounded as the
protocol has it, and as it is; outside is the share of pixels beyond [0, 1].
"""
COSTS = """## What each head is and costs

MACs per output pixel as it runs (folded where that is possible); seconds of training on the device
that the card names; the record from which on the level stays below 1 dB.  `cnn-*` and `upnet-*`
were validated on different images: compare that column within one of the two groups alone.
"""
SPEED = """## Folded and unfolded

Milliseconds per megapixel of output on one thread: median (and least); how many times longer the
head takes as it is defined, in PyTorch's default memory layout and in channels_last, as the median
ratio within the rounds with its 95 % confidence interval; * marks a median that is not stable.
"""


def heads_page(tables: Tables) -> str:
    """Return all tables, scale by scale."""
    heads = tables.heads
    sections = [TITLE, COSTS]
    sections += [
        f"### x{scale}\n\n{costs_table(tables, scale)}"
        for scale in sorted(heads.loc[heads["method"] != REFERENCE, "scale"].unique())
    ]
    sections += [
        f"## {dataset_title(str(name))} x{scale}\n\n{scores_table(rows)}"
        for (name, scale), rows in heads.groupby(["dataset", "scale"], sort=False)
    ]
    if len(tables.speed):
        sections += [SPEED, speed_table(tables.speed)]
    if len(tables.initialisation):
        sections += [BEGINNINGS, beginnings_table(tables.initialisation)]
    return "\n".join(sections)


def trained_table(tables: Tables, dataset: str, scale: int) -> str:
    """Return the short table of a dataset and scale: quality, checkerboards, time."""
    rows = tables.heads.query("dataset == @dataset and scale == @scale")
    convergence = tables.convergence[tables.convergence["scale"] == scale]
    lines = []
    for name, found in _by_method(rows):
        converged = convergence.loc[convergence["method"] == name, "ripple_db_step"]
        lines.append(
            [
                short(name),
                spread(found["psnr_db"], "{:.2f}".format),
                f"{found['gain_db'].mean():.2f}",
                *(_before_after(found, column) for column in ("checkerboard_db", "ripple_db")),
                _steps(converged),
                _times(found),
            ]
        )
    title = dataset_title(dataset)
    head = [
        "head",
        f"PSNR on {title}, dB",
        "over bicubic",
        f"checkerboard on {title} before -> after",
        "ripple before -> after",
        f"ripple below {VISIBLE_DB:g} dB from step",
        "ms per Mpx, folded / unfolded",
    ]
    return table(head, lines)


def scores_table(rows: pd.DataFrame) -> str:
    """Return every score of one dataset and scale, before and after."""
    lines = []
    for name, found in _by_method(rows):
        trained_only = found["psnr_db_initial"].isna().all()
        first = [""] * 3 if trained_only else _firsts(found)
        lines.append(
            [
                short(name),
                len(found),
                first[0],
                spread(found["psnr_db"], "{:.2f}".format),
                f"{found['gain_db'].mean():.2f}",
                first[1],
                spread(found["ssim"], "{:.4f}".format),
                first[2],
                spread(found["checkerboard_db"], level),
                spread(found["checkerboard_db_max"].nlargest(1), level),
            ]
        )
    head = ["head", "seeds", "PSNR before", "PSNR, dB", "over bicubic", "SSIM before", "SSIM"]
    return table([*head, "checkerboard before", "checkerboard, dB", "worst image"], lines)


def costs_table(tables: Tables, scale: int) -> str:
    """Return what each head of one scale is, how it was trained and how its ripple ended."""
    heads = tables.heads[tables.heads["scale"] == scale].drop_duplicates(["method", "seed"])
    convergence = tables.convergence[tables.convergence["scale"] == scale]
    lines = []
    for name, found in _by_method(heads[heads["method"] != REFERENCE]):
        converged = convergence[convergence["method"] == name]
        lines.append(
            [
                short(name),
                _whole(found["kernel"]),
                _whole(found["parameters"]),
                _whole(found["macs_per_px"]),
                _whole(found["steps"]),
                f"{spread(found['train_s'], '{:.0f}'.format)} {found['device'].iloc[0]}",
                spread(found["validation_psnr_db"], "{:.2f}".format),
                spread(found["ripple_db_initial"], level),
                spread(found["ripple_db"], level),
                _steps(converged["ripple_db_step"]),
                _steps(converged["checkerboard_db_step"]),
            ]
        )
    head = ["head", "kernel", "weights", "MACs per px", "steps", "training, s", "validation, dB"]
    head += [
        "ripple before, dB",
        "ripple, dB",
        "ripple below 1 dB from",
        "checkerboard below 1 dB from",
    ]
    return table(head, lines)


def speed_table(speed: pd.DataFrame) -> str:
    """Return times and ratios of every method and scale."""
    lines = []
    for (scale, name), found in speed.groupby(["scale", "method"], sort=False):
        by_form = {row["form"]: row for row in found.to_dict("records")}
        times = [_time(by_form.get(form)) for form in FORMS]
        lines.append(
            [f"x{scale}", short(str(name)), *times, *map(_ratio, map(by_form.get, FORMS[1:]))]
        )
    return table(["scale", "head", *FORMS, "unfolded / folded", "channels_last / folded"], lines)


def beginnings_table(frame: pd.DataFrame) -> str:
    """Return median, least and most of every head and scale over the seeds."""
    found = summary(frame)
    columns = ("ripple_db", "checkerboard_db", "checkerboard_unclipped_db")
    lines = []
    places = (found.index.get_level_values(part) for part in ("scale", "method"))
    for scale, name, (_, row) in zip(*places, found.iterrows(), strict=True):
        cells = [_middle(*(row[column, part] for part in _PARTS)) for column in columns]
        outside = f"{row['outside', 'median']:.0%}"
        lines.append([f"x{scale}", short(str(name)), *cells, outside])
    head = ["scale", "head", "ripple, dB", "checkerboard, dB", "the same unclipped", "outside"]
    return table(head, lines)


def table(head: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    """Return a Markdown table: the first column to the left, the others to the right."""
    columns = [Column(title, title, "g" if place else "") for place, title in enumerate(head)]
    rows = tuple(dict(zip(head, cells, strict=True)) for cells in lines)
    return "\n".join([*grid(Table(tuple(columns), rows)), ""])


_PARTS = ("median", "min", "max")


def _by_method(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    groups = {str(name): found for name, found in rows.groupby("method", sort=False)}
    yield from sorted(groups.items(), key=lambda item: (item[0] != REFERENCE, rank(item[0])))


def _firsts(found: pd.DataFrame) -> list[str]:
    writers = {"psnr_db": "{:.2f}".format, "ssim": "{:.3f}".format, "checkerboard_db": level}
    return [spread(found[f"{column}_initial"], write) for column, write in writers.items()]


def _before_after(found: pd.DataFrame, column: str) -> str:
    after = spread(found[column], level)
    before = found[f"{column}_initial"].dropna()
    return after if before.empty else f"{level(before.mean())} -> {after}"


def _middle(median: float, least: float, most: float) -> str:
    low, high = level(least), level(most)
    return level(median) + f" ({low} to {high})" * (low != high)


def _steps(steps: pd.Series[Any]) -> str:
    """Write the steps from which on a level stays low; an open end where one seed has none."""
    if steps.empty:
        return ""
    known = sorted(int(step) for step in steps.dropna())
    if not known:
        return "not yet"
    last = "not yet" if steps.isna().any() else known[-1]
    return f"{known[0]}" + f" to {last}" * (last != known[0])


def _whole(values: pd.Series[Any]) -> str:
    known = values.dropna()
    return "" if known.empty else f"{known.iloc[0]:.0f}"


def _times(found: pd.DataFrame) -> str:
    folded, unfolded = found["ms_per_mpx"].dropna(), found["ms_per_mpx_unfolded"].dropna()
    if folded.empty:
        return ""
    return f"{folded.iloc[0]:.0f}" + (f" / {unfolded.iloc[0]:.0f}" if len(unfolded) else "")


def _time(row: Any) -> str:
    if row is None:
        return ""
    return f"{row['ms']:.0f} ({row['ms_min']:.0f}){'' if row['stable'] else ' *'}"


def _ratio(row: Any) -> str:
    if row is None:
        return ""
    low, high = row["over_folded_low"], row["over_folded_high"]
    known = low == low and low is not None  # noqa: PLR0124 - NaN
    return f"{row['over_folded']:.2f}" + (f" ({low:.2f} to {high:.2f})" if known else "")
