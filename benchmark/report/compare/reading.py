"""A finished run as the comparison needs it: its rows, and what its manifest says they mean."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.core.sizes import scale_label
from upbench.benchmark.core.text import listed
from upbench.benchmark.engine.manifest import read_manifest
from upbench.benchmark.engine.store import MANIFEST, load
from upbench.benchmark.engine.tables import check_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

IDENTITY = ["method", "dataset", "scale", "protocol", "image"]
"""What a row is about; a folder has one row of each."""

NEEDED = (*IDENTITY, "status", "reason", "machine", "code_hash", "mpx_per_s", "psnr_db")
DESCRIBED = ("protocols", "metrics", "datasets")
"""What the manifest has to say for a number to mean something beside another run's."""


@dataclass(frozen=True)
class Run:
    """One run."""

    folder: Path
    rows: pd.DataFrame
    manifest: Mapping[str, Any]

    def protocol(self, name: str) -> str | None:
        """Return a protocol's signature, or None where the manifest does not describe it."""
        return _text(self.manifest["protocols"].get(name))

    def metric(self, name: str) -> str | None:
        """Return a metric's signature and version; None where the manifest does not know it."""
        said = self.manifest["metrics"].get(name)
        if said is None:
            return None
        return f"{_text(said.get('signature')) or 'no signature'}|version {said.get('version', 1)}"

    def digest(self, dataset: str, image: str) -> str | None:
        """Return an image's SHA-256, or None where the manifest does not know it."""
        described = self.manifest["datasets"].get(dataset)
        digests = described.get("sha256") if isinstance(described, dict) else None
        return _text(digests.get(image)) if isinstance(digests, dict) else None

    def images(self, dataset: str) -> list[str]:
        """Return the images of a dataset that have rows."""
        return [*map(str, self.rows.loc[self.rows["dataset"] == dataset, "image"].unique())]

    def digests(self, dataset: str) -> dict[str, str]:
        """Return the SHA-256 of each image of a dataset that has rows and a known one."""
        known = {image: self.digest(dataset, image) for image in self.images(dataset)}
        return {image: digest for image, digest in known.items() if digest is not None}

    def renamed(self, old: str, new: str, images: Mapping[str, str]) -> Run:
        """Return the run with one of its datasets, and images of it, under other names.

        Raises:
            StoreError: Two images would have one name.
        """
        here = self.rows["dataset"] == old
        image = self.rows["image"].map(lambda name: images.get(name, name))  # all at once
        image = self.rows["image"].where(~here, image)
        rows = self.rows.assign(dataset=self.rows["dataset"].mask(here, new), image=image)
        _check_once(rows, self.folder)
        described = dict(self.manifest["datasets"])
        digests = {images.get(name, name): one for name, one in self.digests(old).items()}
        described[new] = {**described.pop(old), "sha256": digests}
        return Run(self.folder, rows, {**self.manifest, "datasets": described})


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def read_run(folder: str | Path) -> Run:
    """Read a run's folder, or published tables with their manifest.

    Raises:
        StoreError: There is no run, it has not finished a single cell, its tables are of a newer
            upbench or damaged, or its manifest is missing or damaged.
    """
    place = Path(folder)
    rows = load(place)
    check_columns(rows, NEEDED, f"The table in {place}")
    if rows.empty:
        raise StoreError(
            f"{place} has no finished cell to compare; run it to its end: upbench run --out {place}"
        )
    _check_once(rows, place)
    return Run(place, rows, _described(place))


def _check_once(rows: pd.DataFrame, place: Path) -> None:
    """Refuse rows of which two are about the same: they would be paired with one row each.

    Raises:
        StoreError: There are such rows.
    """
    again = rows[rows.duplicated(IDENTITY)]
    if len(again):
        twice = again.iloc[0]
        raise StoreError(
            f"The table in {place} has two rows of {twice['method']} on {twice['image']}, "
            f"{scale_label(twice['scale'])}; expected one: were two runs joined by hand?"
        )


def _described(folder: Path) -> Mapping[str, Any]:
    """Return a folder's manifest, if it says what a comparison has to know."""
    file = folder / MANIFEST
    if not file.is_file():
        raise StoreError(
            f"{folder} has no {MANIFEST}, which says by which protocols, metrics and images its "
            "numbers were made; run it to its end, or copy the manifest beside the tables."
        )
    manifest = read_manifest(folder)
    silent = [part for part in DESCRIBED if not manifest[part]]
    if silent:
        raise StoreError(
            f"{file} does not describe the run's {listed(silent)}; expected a manifest that "
            "'upbench run' wrote: the command that made the run writes it again."
        )
    return manifest
