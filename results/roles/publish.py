"""Publish layers in their roles: ``python results/roles/publish.py DIR... [--to results/roles]``.

Takes folders of ``upbench layers`` and writes for each role in them ``ROLE.csv`` (a row for each
layer and seed), ``ROLE-curves.csv`` (a row for each point of their learning curves), the pictures
of seed 0 and its weights in half precision; then ``answer.md``, one table of layers and roles from
the CSV files that are there.

Layers are compared after equally many steps, those that most rows of the role have.  Rows of other
steps are published beside them: ``other-runs.csv``, and samples whose names say the steps.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from upbench.benchmark.core.table import Column, Table, mean_and_range
from upbench.benchmark.core.text import listed
from upbench.benchmark.engine.trainings import file_stem
from upbench.benchmark.report.render.markdown import grid
from upbench.benchmark.statistics import significant_differences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

HERE = Path(__file__).parent
DROPPED = ["role", "folder"]
"""Columns that a role's own table does not need."""


class Shown(NamedTuple):
    """A column of the answer."""

    role: str
    key: str
    heading: str
    format: str
    better: str
    """"higher" or "lower"."""


ANSWER = (
    Shown("generate", "lattice_2_db_initial", "generate: lattice at first, dB", ".1f", "lower"),
    Shown("generate", "lattice_2_db", "generate: lattice at the end, dB", ".1f", "lower"),
    Shown("generate", "swd", "generate: SWD x 1000", ".0f", "lower"),
    Shown("generate", "frechet_ratio", "generate: Fréchet / real", ".1f", "lower"),
    Shown("segment", "mean_iou", "segment: mean IoU", ".3f", "higher"),
    Shown("segment", "lattice_2_db", "segment: lattice at the end, dB", ".1f", "lower"),
    Shown("reconstruct", "psnr_pixel_db", "reconstruct: PSNR, dB", ".2f", "higher"),
    Shown(
        "reconstruct",
        "checkerboard_adversarial_db",
        "reconstruct, adversarial: checkerboard, dB",
        ".1f",
        "lower",
    ),
)


def main() -> int:
    """Publish the roles of some runs' folders."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+", help="what upbench layers --out wrote")
    parser.add_argument("--to", type=Path, default=HERE)
    given = parser.parse_args()
    try:
        rows = _joined(given.folders, "layers.csv")
        curves = _joined(given.folders, "layers-curves.csv")
    except OSError as error:
        sys.stderr.write(f"{error.filename} cannot be read; run upbench layers --out first.\n")
        return 2
    twice = rows[rows.duplicated(["role", "layer", "seed", "steps"])]
    if len(twice):
        role, layer, seed, steps = twice.iloc[0][["role", "layer", "seed", "steps"]]
        sys.stderr.write(
            f"{role}, {layer}, seed {seed}, {steps} steps is in two of the folders, and would "
            "count as two seeds; give one of them.\n"
        )
        return 2
    publish(rows, curves, given.to)
    (given.to / "answer.md").write_text(answer(given.to), encoding="utf-8")
    return 0


def _joined(folders: Sequence[Path], name: str) -> pd.DataFrame:
    """Return a table of all folders, each row with its folder."""
    return pd.concat([pd.read_csv(folder / name).assign(folder=folder) for folder in folders])


def publish(rows: pd.DataFrame, curves: pd.DataFrame, to: Path) -> None:
    """Write the tables, pictures and weights of each role, and the rows of other steps."""
    to.mkdir(parents=True, exist_ok=True)
    others = []
    for role, own in rows.sort_values(["layer", "seed"]).groupby("role", sort=False):
        steps = own["steps"].mode()[0]
        compared = own["steps"] == steps
        points = curves[(curves["role"] == role) & (curves["steps"] == steps)]
        _write(own[compared].drop(columns=DROPPED), to / f"{role}.csv")
        _write(points.drop(columns=DROPPED), to / f"{role}-curves.csv")
        _curves(own.loc[compared, "folder"].unique(), to / "figures", str(role), int(steps))
        first = own["seed"] == own["seed"].min()
        for one in own[compared & first].to_dict("records"):
            _pictures(one, to / "figures")
            _weights(one, to / "weights")
        for one in own[~compared & first].to_dict("records"):
            _other_samples(one, to / "figures")
        others.append(own[~compared].drop(columns="folder"))
    _write_others(pd.concat(others), set(rows["role"]), to / "other-runs.csv")


def _write_others(others: pd.DataFrame, roles: set[str], file: Path) -> None:
    """Write the rows of other steps in the place of those of these roles; other roles' stay."""
    if file.is_file():
        published = pd.read_csv(file)
        others = pd.concat([published[~published["role"].isin(roles)], others])
    file.unlink(missing_ok=True)
    if len(others):
        _write(others, file)


def _write(table: pd.DataFrame, file: Path) -> None:
    """Write a table without the columns that have no value in it."""
    table.dropna(axis=1, how="all").to_csv(file, index=False, float_format="%.6g")


def _curves(folders: Iterable[Path], to: Path, role: str, steps: int) -> None:
    """Copy a role's learning curves in the place of those that were published before."""
    to.mkdir(exist_ok=True)
    for old in to.glob(f"curves-{role}-*.png"):
        old.unlink()
    for folder in folders:
        for file in (folder / "figures").glob(f"curves-{role}-*-{steps}-step*.png"):
            shutil.copy(file, to / file.name)


def _pictures(row: Mapping[str, Any], to: Path) -> None:
    """Copy what one training made, under the names of its role and layer."""
    stem = file_stem(row)
    for file in (row["folder"] / "figures").glob(f"{stem}-*.png"):
        shutil.copy(file, to / f"{row['role']}-{row['layer']}{file.name.removeprefix(stem)}")


def _other_samples(row: Mapping[str, Any], to: Path) -> None:
    """Copy what a generator makes after other steps."""
    file = row["folder"] / "figures" / f"{file_stem(row)}-samples.png"
    if file.is_file():
        begin = f"{row['role']}-{row['layer']}-{row['steps']}-steps"
        shutil.copy(file, to / f"{begin}-samples.png")


def _weights(row: Mapping[str, Any], to: Path) -> None:
    """Write weights in half precision, with a card that speaks of the new file."""
    import numpy as np
    from safetensors.numpy import load_file, save

    file = row["folder"] / "weights" / f"{file_stem(row)}.safetensors"
    if not file.is_file():
        return
    to.mkdir(exist_ok=True)
    halves = {
        name: one.astype(np.float16) if one.dtype == np.float32 else one
        for name, one in load_file(file).items()
    }
    data = save(halves)
    name = f"{row['role']}-{row['layer']}"
    (to / f"{name}.safetensors").write_bytes(data)
    card = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    card |= {"dtype": "float16", "sha256": sha256(data).hexdigest()}
    (to / f"{name}.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def answer(folder: Path) -> str:
    """Return the table of layers and roles as Markdown, and what seeds do not distinguish.

    Args:
        folder: It holds ``ROLE.csv`` of some roles.
    """
    tables = {
        role: pd.read_csv(folder / f"{role}.csv")
        for role in dict.fromkeys(one.role for one in ANSWER)
        if (folder / f"{role}.csv").is_file()
    }
    shown = [one for one in ANSWER if one.role in tables and one.key in tables[one.role]]
    spreads = {one: spread(tables[one.role], one.key) for one in shown}
    columns = {one: Column(one.heading, one.heading, one.format) for one in shown}
    lines: list[dict[str, Any]] = []
    for layer in dict.fromkeys(layer for table in tables.values() for layer in table["layer"]):
        line = {"layer": layer}
        for one, column in columns.items():
            line[column.key] = mean_and_range(spreads[one].get(layer, ()), column)
        lines.append(line)
    table = Table((Column("layer", "layer"), *columns.values()), tuple(lines))
    return "\n".join([*grid(table), "", *_sentences(spreads), ""])


def spread(table: pd.DataFrame, key: str) -> dict[str, tuple[float, ...]]:
    """Return the values of a column's seeds, by layer."""
    known = table.dropna(subset=[key]).groupby("layer", sort=False)[key]
    return {str(layer): tuple(values) for layer, values in known}


def undecided(found: dict[str, tuple[float, ...]], better: str) -> tuple[str, list[str]]:
    """Return the layer with the best mean, and those that do not differ significantly from it."""
    sign = 1 if better == "higher" else -1
    best = max(found, key=lambda layer: sign * sum(found[layer]) / len(found[layer]))
    differs = significant_differences([*found.values()])[[*found].index(best)]
    return best, [
        name for name, own in zip(found, differs, strict=True) if not own and name != best
    ]


def _sentences(spreads: dict[Shown, dict[str, tuple[float, ...]]]) -> Iterator[str]:
    for one, found in spreads.items():
        best, same = undecided(found, one.better)
        end = "highest" if one.better == "higher" else "lowest"
        sentence = f"- {one.heading}: `{best}` has the {end} mean"
        if len(same) == len(found) - 1:
            yield f"{sentence}; it differs significantly from no other."
        elif same:
            others = listed([f"`{layer}`" for layer in same])
            yield f"{sentence}; it differs significantly from all others but {others}."
        else:
            yield f"{sentence}; it differs significantly from all others."


if __name__ == "__main__":
    sys.exit(main())
