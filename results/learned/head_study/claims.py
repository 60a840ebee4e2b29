"""What the tables support and what they do not: a list, every word of it by the numbers.

Each claim is a function of one of the study's tables, which ``claims`` gives it; where the numbers
speak against it, its sentence says so, and where they are missing there is no sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from head_study.curves import VISIBLE_DB
from head_study.early_claims import beginnings, bilinear_beginnings
from head_study.names import HEADS, RANDOM, short
from head_study.speed import FORMS
from head_study.subjects import SEEDED
from head_study.table import dataset_title, lead_dataset, over_seeds
from head_study.wording import bounds, from_to, level, named, with_list
from upbench.benchmark.core.text import counted
from upbench.benchmark.statistics import significant_pairs

if TYPE_CHECKING:
    import pandas as pd

    from head_study.table import Tables

FOLDED_SCALE, FOLDED = 3, "cnn-resize-conv-nearest"
"""Where folding is looked at: the resize-convolution that works most on the large grid."""


def claims(tables: Tables) -> list[str]:
    """Return the sentences, in their order; those without numbers are left out."""
    made = (
        beginnings(tables.initialisation),
        bilinear_beginnings(tables.initialisation),
        convergence_steps(tables.convergence),
        ends(tables.heads),
        quality(tables.heads),
        over_bicubic(tables.heads),
        folding(tables.speed),
        limits(tables.curves),
    )
    return [sentence for sentence in made if sentence]


# ------------------------------------------------------------------ along training


def convergence_steps(frame: pd.DataFrame) -> str:
    """Say by which step the ripple stays below what shows, at the scale with several seeds."""
    rows = frame[(frame["scale"] == SEEDED) & frame["method"].isin(HEADS)]
    begun = rows[rows["ripple_db_first"] >= VISIBLE_DB]
    made = rows[(rows["ripple_db_first"] < VISIBLE_DB) & (rows["ripple_db_worst"] >= VISIBLE_DB)]
    never = rows[~rows["method"].isin([*begun["method"], *made["method"]])]
    if begun.empty:
        return ""
    parts = [
        f"It falls below {VISIBLE_DB:g} dB for good: {_converged(begun)}.",
        f"Training makes one in between: {_made(made)}." * (not made.empty),
        (
            f"It stays below {VISIBLE_DB:g} dB from the first step to the last: "
            f"{named(never['method'])}."
        )
        * (not never.empty),
    ]
    seeds = counted(rows["seed"].nunique(), "seed")
    return with_list(f"The ripple along training at x{SEEDED}, over {seeds}:", parts)


# ------------------------------------------------------------------ after training


def ends(frame: pd.DataFrame) -> str:
    """Say whether kernels that the stride divides end with less ripple than the others."""
    rows = frame[(frame["dataset"] == lead_dataset(frame)) & frame["method"].isin(RANDOM)]
    said = []
    for scale, found in rows.groupby("scale"):
        even, uneven = (found[found["stride_divides"] == divides] for divides in (True, False))
        if len(even) and len(uneven):
            said.append(
                f"x{scale}, {counted(found['seed'].nunique(), 'seed')}: "
                f"{bounds(even['ripple_db'])} with k = {_kernels(even)}, "
                f"{bounds(uneven['ripple_db'])} with k = {_kernels(uneven)}: "
                f"{_verdict(even['ripple_db'], uneven['ripple_db'])}."
            )
    if not said:
        return ""
    boards = rows["checkerboard_db"]
    where = dataset_title(lead_dataset(frame))
    return with_list(
        "The ripple at the end, of kernels that the stride divides and of others, which began with "
        "random weights:",
        [
            *said,
            f"The mean checkerboard of all of them on {where} is {bounds(boards)}.",
            "Single images have more, and images of Urban100 much more.",
        ],
    )


def quality(frame: pd.DataFrame) -> str:
    """Say whether the heads differ in PSNR by more than the seeds of one head."""
    lead = lead_dataset(frame)
    rows = frame[(frame["dataset"] == lead) & (frame["scale"] == SEEDED)]
    found = over_seeds(rows[rows["method"].isin(HEADS)], "psnr_db").loc[lambda f: f["count"] > 1]
    if len(found) < 2:
        return ""
    seeds = rows[rows["method"].isin(HEADS)].groupby("method")["psnr_db"].apply(list)
    names = found.index.get_level_values("method")
    means = dict(zip(names, map(float, found["mean"]), strict=True))
    worst, best = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    return (
        f"On {dataset_title(lead)} at x{SEEDED} the seeds of one head differ by up to "
        f"{float((found['max'] - found['min']).max()):.2f} dB in PSNR and the heads' means by "
        f"{means[best] - means[worst]:.2f} dB (from {short(worst)}, {means[worst]:.2f}, to "
        f"{short(best)}, {means[best]:.2f}); {significant_pairs([*seeds], 'heads')}."
    )


def over_bicubic(frame: pd.DataFrame) -> str:
    """Say how far the heads are ahead of bicubic interpolation at least."""
    lead = lead_dataset(frame)
    rows = frame[(frame["dataset"] == lead) & frame["method"].isin(HEADS)]
    if rows.empty:
        return ""
    least = rows.loc[rows.groupby("scale")["gain_db"].idxmin()]
    said = [f"{r['gain_db']:.2f} dB at x{r['scale']} ({short(r['method'])})" for r in _rows(least)]
    return f"Against bicubic the least gain on {dataset_title(lead)} is {', '.join(said)}."


def folding(frame: pd.DataFrame) -> str:
    """Say what folding is worth for a resize-convolution."""
    rows = frame[(frame["method"] == FOLDED) & (frame["scale"] == FOLDED_SCALE)]
    forms = {row["form"]: row for row in _rows(rows)}
    if not {*FORMS} <= {*forms}:
        return ""
    least = forms[FORMS[0]]["ms_min"]
    default, last = (
        f"{forms[form]['over_folded']:.1f} times ({forms[form]['ms_min'] / least:.1f} at the "
        "fastest of both)"
        for form in FORMS[1:]
    )
    stable = "" if rows["stable"].all() else "; not all of it stable"
    return (
        f"As it is defined, {short(FOLDED)} at x{FOLDED_SCALE} takes {default} as long as folded "
        f"in PyTorch's default memory layout and {last} in channels_last{stable}."
    )


def limits(frame: pd.DataFrame) -> str:
    """Say what was not tried."""
    rows = frame[frame["method"].isin(HEADS)]
    if rows.empty:
        return ""
    seeds = rows.groupby("scale")["seed"].nunique()
    single = [f"x{scale}" for scale, number in seeds.items() if number == 1]
    alone = f"A second seed at {' and '.join(single)}: the spread is not known there."
    records = ", ".join(str(step) for step in sorted(rows["step"].unique()))
    return with_list(
        "What was not tried here, and where it was:",
        [
            (
                "Another trunk, recipe or set of images than this one: L1 loss, "
                f"{rows['step'].max()} steps, scored at steps {records} alone."
            ),
            alone * bool(single),
            (
                "A longer training of every head, from first outputs of equal variance: "
                "[the study of layers](../../docs/roles.md#super-resolution)."
            ),
            (
                "Generators, adversarial losses and layers in the middle of a network: "
                "[layers in their roles](../../docs/roles.md)."
            ),
        ],
    )


def _verdict(even: pd.Series[Any], uneven: pd.Series[Any]) -> str:
    low = "; all of it is below what shows" * bool(max(even.max(), uneven.max()) < VISIBLE_DB)
    if even.max() < uneven.min():
        return f"the first are lower in every seed{low}"
    if even.min() > uneven.max():
        return f"the first are higher in every seed{low}"
    return f"the ranges overlap, so no difference is supported{low}"


def _converged(rows: pd.DataFrame) -> str:
    """Write the steps of each head, and the seeds that are not there yet."""
    said = []
    for name, found in rows.groupby("method", sort=False)["ripple_db_step"]:
        steps = found.dropna()
        open_end = f" (in {len(steps)} of {len(found)} seeds)" * (len(steps) < len(found))
        by = f"by step {from_to(steps)}" if len(steps) else "not yet"
        said.append(f"{short(str(name))} {by}{open_end}")
    return ", ".join(said)


def _made(rows: pd.DataFrame) -> str:
    """Write how high each head's ripple rose, and by when that converged."""
    said = []
    for name, found in rows.groupby("method", sort=False):
        most, converged = (
            level(found["ripple_db_worst"].max()),
            _converged(found).removeprefix(short(str(name))),
        )
        said.append(f"{short(str(name))} (up to {most} dB,{converged})")
    return ", ".join(said)


def _kernels(rows: pd.DataFrame) -> str:
    return " and ".join(str(side) for side in sorted(rows["kernel"].unique()))


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]
