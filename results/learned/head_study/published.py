"""Beside published networks: the same images under the same rules, their numbers as published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from head_study.markdown import table
from head_study.names import LONGER
from head_study.scores import REFERENCE
from head_study.table import dataset_title
from head_study.wording import from_to
from upbench.benchmark.report.published import numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

SCALES = (2, 3, 4)
DATASETS = ("set5", "set14")


@dataclass(frozen=True)
class Published:
    """A network of the literature, whose numbers ``results/published.csv`` has."""

    name: str
    source: str
    images: str
    """What it was trained on."""

    @property
    def by_place(self) -> dict[tuple[str, int], numbers.Published]:
        """What was published, by dataset and scale; of several sources the first."""
        network = self.name.partition(" ")[0]
        own = [one for one in numbers.published() if one.network == network]
        return {(one.dataset, one.scale): one for one in reversed(own)}

    @property
    def weights(self) -> int:
        """How many, without biases and activations."""
        return self.by_place["set5", 2].parameters or 0

    @property
    def psnr_db(self) -> dict[str, tuple[float, ...]]:
        """Dataset -> PSNR at x2, x3, x4, by the rules of ``y-classic``."""
        found = self.by_place
        return {name: tuple(found[name, scale].psnr_db for scale in SCALES) for name in DATASETS}


PUBLISHED = (
    Published("SRCNN 9-5-5", "Dong et al., 2015, arXiv:1501.00092", "ImageNet, 395 909 images"),
    Published("FSRCNN", "Dong et al., 2016, arXiv:1608.00367", "T91 and General-100, 191 images"),
    Published("VDSR", "Kim et al., 2016, arXiv:1511.04587", "T91 and BSD200, 291 images"),
)


def published_table(heads: pd.DataFrame) -> str:
    """Return bicubic, the published networks and ours, by their PSNR at x2.

    Returns:
        A Markdown table; nothing where none of our longer trained networks was scored on a
        dataset that the others were.
    """
    names = [name for name in DATASETS if name in set(heads["dataset"])]
    ours = [name for name in LONGER if name in set(heads["method"])]
    if not names or not ours:
        return ""
    lines = [
        [one.name, one.source, f"{one.weights:,}", one.images, *_cells(one.psnr_db, names)]
        for one in PUBLISHED
    ]
    for method in (REFERENCE, *ours):
        rows = heads[heads["method"] == method]
        found = {name: _means(rows[rows["dataset"] == name]) for name in names}
        lines.append(
            [method, "", _counts(rows, "parameters"), _images(rows), *_cells(found, names)]
        )
    lines.sort(key=lambda line: float(line[4] or 0))
    columns = [f"{dataset_title(name)} x{scale}" for name in names for scale in SCALES]
    return table(["network", "source", "weights", "trained on", *columns], lines)


def _means(rows: pd.DataFrame) -> tuple[float, ...]:
    """Return the mean PSNR at each scale, NaN where there is none."""
    return tuple(rows.loc[rows["scale"] == scale, "psnr_db"].mean() for scale in SCALES)


def _cells(psnr_db: Mapping[str, tuple[float, ...]], names: list[str]) -> list[str]:
    return ["" if v != v else f"{v:.2f}" for name in names for v in psnr_db[name]]  # noqa: PLR0124


def _counts(rows: pd.DataFrame, column: str) -> str:
    known = rows[column].dropna()
    return "" if known.empty else from_to(known, "{:,}".format)


def _images(rows: pd.DataFrame) -> str:
    data = ", ".join(dict.fromkeys(rows["trained_on"].dropna()))
    return f"{data}, {_counts(rows, 'training_images')} images" if data else ""
