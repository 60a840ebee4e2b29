"""What the tables say of heads before training: whether theory is right about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from head_study.curves import MEASURES, VISIBLE_DB
from head_study.initialisation import summary
from head_study.names import FITTED, RANDOM, ROUGH, SMOOTH, UNFITTED, rank, short
from head_study.subjects import SEEDED
from head_study.wording import bounds, level, named, with_list
from upbench.benchmark.core.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

FAR_DB = 10.0
"""What is far above rounding: nine times the power of 8-bit rounding."""


def beginnings(frame: pd.DataFrame) -> str:
    """Say whether untrained heads lie where theory puts them."""
    smooth, rough = (frame[frame["method"].isin([*group])] for group in (SMOOTH, ROUGH))
    if smooth.empty or rough.empty:
        return ""
    far = rough["ripple_db"] > FAR_DB
    medians = summary(rough)["ripple_db", "median"]
    heads = named(sorted(rough["method"].unique(), key=rank))
    seeds = counted(frame["seed"].nunique(), "random seed")
    return with_list(
        f"Before training, {seeds} at {_scales(frame)}:",
        [
            *_smooth(smooth),
            (
                f"A random filter for each phase ({heads}): {int(far.sum())} of {len(far)} "
                f"networks have a ripple above {FAR_DB:g} dB, none below "
                f"{level(float(rough['ripple_db'].min()))} dB; the medians are {bounds(medians)}."
            ),
            _overlap(medians),
        ],
    )


def bilinear_beginnings(frame: pd.DataFrame) -> str:
    """Say where FCN's bilinear initialisation begins."""
    found = summary(frame)["ripple_db"]
    names = found.index.get_level_values("method")
    fitted, unfitted = found[names.isin(FITTED)], found[names == UNFITTED]
    if fitted.empty or unfitted.empty:
        return ""
    return (
        f"FCN's bilinear initialisation leaves at most {level(float(fitted['max'].max()))} dB of "
        f"ripple with kernels of 2s and 2s - 1, and medians of {bounds(unfitted['median'])} with "
        "k = 9, the bilinear kernel of another stride."
    )


def _smooth(rows: pd.DataFrame) -> Iterator[str]:
    """Yield how the heads that begin with one filter keep theory's limits, and what breaks them."""
    worst = rows[list(MEASURES)].max(axis=1)
    good = worst < rows["method"].map(SMOOTH)
    medians = summary(rows)["checkerboard_db", "median"]
    heads = named(sorted(rows["method"].unique(), key=rank))
    yield (
        f"One filter for all phases ({heads}): ripples of at most "
        f"{level(float(rows['ripple_db'].max()))} dB; the medians of the checkerboard are "
        f"{bounds(medians)}."
    )
    within = f"Both are within the limits set in advance ({_wanted(rows['method'])})"
    if good.all():
        yield f"{within} in all {len(good)} networks."
        return
    bad = rows[~good]
    highest = worst[~good].groupby(bad["method"], sort=False).max()
    flat = bad["ripple_db"] < VISIBLE_DB
    cause = "; their flat fields stay flat, so the picture's content makes it" * bool(flat.all())
    yield (
        f"{within} in {int(good.sum())} of {len(good)} networks; the others reach "
        f"{_each(highest)}{cause}."
    )


def _overlap(medians: pd.Series[Any]) -> str:
    """Compare the random kernels of uneven and of even overlap."""
    uneven, even = (medians.get((SEEDED, name)) for name in RANDOM[:2])
    if uneven is None or even is None:
        return ""
    helps = "does not help" if even > FAR_DB else "helps"
    return (
        f"An even overlap alone {helps}: at x{SEEDED} the median ripple is {level(even)} dB with "
        f"k = 2s and {level(uneven)} dB with k = 2s - 1."
    )


def _wanted(present: Iterable[str]) -> str:
    known = {*present}
    limits = {name: limit for name, limit in SMOOTH.items() if name in known}
    return ", ".join(f"{limit:g} dB with {short(name)}" for name, limit in limits.items())


def _each(levels: pd.Series[Any]) -> str:
    return ", ".join(f"{level(value)} dB with {short(str(name))}" for name, value in levels.items())


def _scales(frame: pd.DataFrame) -> str:
    return ", ".join(f"x{scale}" for scale in sorted(frame["scale"].unique()))
