"""``upbench data``: the public datasets, here and not yet here."""

from typing import TYPE_CHECKING, Annotated

import typer

from upbench.benchmark.cli.console import (
    EXIT_GATE,
    cli_errors,
    follow,
    open_catalog,
    others_go_on,
    print_table,
    progress_bar,
    say,
)
from upbench.benchmark.cli.options import TRAINING_SETS, Plugins
from upbench.benchmark.core.contract import Dataset
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.table import table_of
from upbench.benchmark.core.text import split_names
from upbench.benchmark.registry.images import dataset_errors, list_images, status_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from upbench.benchmark.core.contract import ImageItem
    from upbench.benchmark.registry.catalog import Catalog


EXIT_UNREAD = 1
STRICT = "Exit with 3 where an image has a finding, for scripts."
AGAINST = "Training sets to compare with, or none; sets not on this machine are left out."


@cli_errors
def list_(
    name: Annotated[str, typer.Argument(metavar="NAME", help="List the images of this one.")] = "",
    plugin: Plugins = None,
) -> None:
    """Show the public datasets and how much of each is on this machine, or the images of one."""
    catalog, _ = open_catalog(plugin)
    if name:
        chosen = catalog.dataset(name)
        images = [(item.name, item.about or chosen.source) for item in list_images(chosen)]
        print_table(table_of(("image", "what it is"), images))
        say_notes([chosen])
        return
    found = []
    for one in catalog.datasets.values():
        with others_go_on():
            if here := status_of(one):
                found.append((one, here))
    rows = [
        (one.name, f"{here.present}/{here.total}", f"{here.bytes / 1e6:.1f} MB", here.place)
        for one, here in found
    ]
    headings = {"dataset": "", "images here": "s", "download": "s", "where": ""}
    print_table(table_of(headings, rows))
    for one, _ in found:
        with others_go_on():
            say_notes([one])


@cli_errors
def fetch(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Public datasets, or a plugin's.")
    ],
    plugin: Plugins = None,
) -> None:
    """Download public datasets into the cache, verified by their checksums."""
    from upbench.benchmark.engine.discover import with_code

    catalog, _ = open_catalog(plugin)
    for dataset in [with_code(catalog, catalog.dataset(name)) for name in names]:
        if dataset.fetch is None:
            raise UsageError(f"{dataset.name} is not downloaded: it is always here.")
        say_notes([dataset])
        with progress_bar() as bar, dataset_errors(dataset, "be downloaded"):
            folder = dataset.fetch(follow(bar))
        say(f"{dataset.name}: {folder}")


@cli_errors
def audit(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Names of datasets, or folder:PATH.")
    ],
    against: Annotated[str, typer.Option(metavar="a,b", help=AGAINST)] = TRAINING_SETS,
    plugin: Plugins = None,
    strict: Annotated[bool, typer.Option("--strict", help=STRICT)] = False,
) -> None:
    """Find out how images were processed before, and which show the same scene.

    Enlargement, JPEG grids, band limits, clipping and small sizes are measured.  Scenes are
    compared among all datasets that are named and with the training sets, also when they are
    shrunk, cropped, mirrored or turned.

    Exit codes: 0 every image was read, 1 one could not be, 2 usage, 3 with --strict: a finding.
    """
    from upbench.benchmark.engine.discover import with_code
    from upbench.benchmark.imaging.audit import audit as measured
    from upbench.benchmark.registry.catalog import ensure_available

    catalog, _ = open_catalog(plugin)
    datasets = [with_code(catalog, catalog.dataset(name)) for name in dict.fromkeys(names)]
    others = _training_sets(catalog, against, {dataset.name for dataset in datasets})
    say_notes(datasets)
    with progress_bar() as bar:
        for dataset in datasets:
            ensure_available(dataset, follow(bar))
    with progress_bar() as bar:
        table = measured(_images(datasets), _images(others), follow(bar))
    print_table(table)
    if any(row["unread"] for row in table.rows):
        raise typer.Exit(EXIT_UNREAD)
    if strict and any(row["findings"] for row in table.rows):
        raise typer.Exit(EXIT_GATE)


def _training_sets(catalog: "Catalog", names: str, audited: set[str]) -> list[Dataset]:
    """Return the training sets that are on this machine, and say which are not."""
    chosen = () if names == "none" else split_names(names)
    here = []
    for dataset in [catalog.dataset(name) for name in chosen if name not in audited]:
        status = status_of(dataset)
        if status is None or status.present == status.total:
            here.append(dataset)
        else:
            say(
                f"Not compared with {dataset.name}: {status.present} of its {status.total} images "
                f"are here; upbench data fetch {dataset.name} downloads it."
            )
    return here


def _images(datasets: "Iterable[Dataset]") -> "list[tuple[str, ImageItem]]":
    return [(dataset.name, item) for dataset in datasets for item in list_images(dataset)]


def say_notes(datasets: "Iterable[Dataset]") -> None:
    """Print the notes and caveats of datasets before they are used."""
    for dataset in datasets:
        with dataset_errors(dataset, "say its notes"):
            notes = tuple(dataset.notes()) if dataset.notes is not None else ()
        for note in (*notes, *dataset.caveats):
            say(f"{dataset.name}: {note}")
