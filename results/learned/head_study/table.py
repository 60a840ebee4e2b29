"""The tables of the study, kept as CSV: everything that pages and figures say is read from them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from head_study.names import rank
from head_study.scores import METRICS, REFERENCE
from head_study.speed import FORMS
from head_study.subjects import kernel_of
from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.core.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pandas as pd

    from head_study.subjects import Subject

NETWORK = ["method", "scale", "seed"]
DATASETS = ("set5", "set14", "standard")
"""In the order of tables; the first that is there leads."""


@dataclass(frozen=True)
class Tables:
    """All of them; each is the CSV file of its name."""

    heads: pd.DataFrame
    """See :func:`heads`."""
    initialisation: pd.DataFrame
    """See :class:`head_study.initialisation.Start`."""
    curves: pd.DataFrame
    """See :func:`head_study.curves.curves`."""
    convergence: pd.DataFrame
    """See :func:`head_study.curves.convergence`."""
    speed: pd.DataFrame
    """See :class:`head_study.speed.SpeedRow`."""


def heads(
    subjects: Sequence[Subject], scores: pd.DataFrame, ripples: pd.DataFrame, speed: pd.DataFrame
) -> pd.DataFrame:
    """Put side by side what a head is, what it cost and what it scores.

    Args:
        subjects: The networks.
        scores: As :func:`head_study.scores.score` gives them; failures are left out.
        ripples: As :func:`head_study.scores.ripples` gives them.
        speed: As :func:`head_study.speed.speed` gives it; may be empty.

    Returns:
        One row per network and dataset, the reference included.  Scores are means over the images
        of a dataset; ``_initial`` is before training.  Times are milliseconds per megapixel.
        ``stride_divides`` says whether the stride divides a transposed convolution's kernel.
    """
    means = _by_stage(scores[scores["status"] == "ok"])
    facts = _facts(subjects)
    table = means.merge(facts, on=NETWORK, how="left")
    table = table.merge(_ripples(ripples), on=NETWORK, how="left")
    table = table.merge(_times(speed), on=["method", "scale"], how="left")
    place = ["scale", "dataset"]
    reference = table[table["method"] == REFERENCE].set_index(place)["psnr_db"]
    table["gain_db"] = table["psnr_db"] - table[place].join(reference, on=place)["psnr_db"]
    first = [*NETWORK, "dataset", "images", *facts.columns[3:]]
    ordered = table[[*first, *(c for c in table.columns if c not in first)]]
    return ordered.sort_values(
        ["scale", "dataset", "method", "seed"], key=_sorting, ignore_index=True
    )


def over_seeds(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return mean, min, max and count of a column over the seeds, by (scale, method).

    Args:
        table: Rows with method, scale and the column; one per seed.
        column: What is summarised; nulls do not count.
    """
    grouped = table.groupby(["scale", "method"], sort=False)[column]
    return grouped.agg(["mean", "min", "max", "count"])


def lead_dataset(table: pd.DataFrame) -> str:
    """Return the first dataset of DATASETS that was scored."""
    scored = set(table["dataset"])
    return next((name for name in DATASETS if name in scored), min(scored, default=""))


def dataset_title(name: str) -> str:
    """Return a dataset's name as prose has it: Set5, Set14; others as they are."""
    return name.capitalize() if name.startswith("set") else f"`{name}`"


def write(tables: Tables, folder: Path) -> None:
    """Write each table as a CSV file, numbers to six digits.

    Raises:
        StoreError: The folder cannot be written.
    """
    for field in fields(Tables):
        with write_atomically(folder / f"{field.name}.csv") as file:
            getattr(tables, field.name).to_csv(file, index=False, float_format="%.6g")


def read(folder: Path) -> Tables:
    """Read the tables that :func:`write` wrote.

    Raises:
        StoreError: One is missing.
    """
    found: dict[str, Any] = {}
    for field in fields(Tables):
        table = read_one(folder, field.name)
        if table is None:
            raise StoreError(
                f"{folder} has no {field.name}.csv; expected what a study wrote: run "
                "python results/learned/head_study."
            )
        found[field.name] = table
    return Tables(**found)


def read_one(folder: Path, name: str) -> pd.DataFrame | None:
    """Read one table, or None where there is none that can be read."""
    import pandas as pd

    try:
        table = pd.read_csv(folder / f"{name}.csv", dtype_backend="numpy_nullable")
    except (FileNotFoundError, ValueError):
        return None
    return table


def _by_stage(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the means over images, trained and initial ones side by side."""
    by = [*NETWORK, "dataset"]
    grouped = scores.groupby(["stage", *by], dropna=False, sort=False)
    means = grouped[list(METRICS)].mean()
    means["checkerboard_db_max"] = grouped["checkerboard_db"].max()
    means["images"] = grouped.size()
    trained = means.loc["trained"].reset_index()
    if "initial" not in means.index.get_level_values("stage"):
        return trained
    initial = means.loc["initial"][list(METRICS)].add_suffix("_initial").reset_index()
    return trained.merge(initial, on=by, how="left")


def _facts(subjects: Iterable[Subject]) -> pd.DataFrame:
    """Return what each network is and what its card says."""
    import pandas as pd

    rows = []
    for one in subjects:
        loaded, kernel = one.trained(), kernel_of(one.method, one.scale)
        rows.append(
            {
                "method": one.method.name,
                "scale": one.scale,
                "seed": one.seed,
                "kernel": kernel,
                "stride_divides": None if kernel is None else kernel % one.scale == 0,
                "parameters": getattr(loaded, "parameters", None),
                "macs_per_px": getattr(loaded, "macs_per_px", None),
                **one.card(),
            }
        )
    return pd.DataFrame(rows).astype(
        {"seed": "Int64", "kernel": "Int64", "stride_divides": "boolean"}
    )


def _ripples(ripples: pd.DataFrame) -> pd.DataFrame:
    trained = ripples[ripples["stage"] == "trained"].drop(columns="stage")
    initial = ripples[ripples["stage"] == "initial"].drop(columns="stage")
    initial = initial.rename(columns={"ripple_db": "ripple_db_initial"})
    return trained.merge(initial, on=NETWORK, how="left")


def _times(speed: pd.DataFrame) -> pd.DataFrame:
    """Return median and least time of the first two forms, in columns."""
    import pandas as pd

    found = pd.DataFrame({name: speed[name] for name in ("method", "scale")}).drop_duplicates()
    for form, name in zip(FORMS[:2], ("ms_per_mpx", "ms_per_mpx_unfolded"), strict=True):
        times = speed.loc[speed["form"] == form, ["method", "scale", "ms", "ms_min"]]
        times = times.rename(columns={"ms": name, "ms_min": f"{name}_min"})
        found = found.merge(times, on=["method", "scale"], how="left")
    return found


def _sorting(column: pd.Series[Any]) -> pd.Series[Any]:
    if column.name == "method":
        return column.map(lambda name: (name != REFERENCE, rank(name)))
    if column.name == "dataset":
        return column.map(lambda name: DATASETS.index(name) if name in DATASETS else 99)
    return column
