"""``upbench data``: the public datasets, here and not yet here."""

from collections.abc import Iterable
from typing import Annotated

import typer

from upbench.benchmark.cli.console import (
    cli_errors,
    follow,
    follow_one,
    print_table,
    progress_bar,
    say,
)
from upbench.benchmark.core.contract import Dataset
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.table import table_of


@cli_errors
def list_() -> None:
    """Show the public datasets and how much of each is on this machine."""
    from upbench.benchmark.engine.discover import discover

    downloaded = [d for d in discover().datasets.values() if d.status is not None]
    found = [(d.name, d.status()) for d in downloaded if d.status is not None]
    rows = [
        (name, f"{here.present}/{here.total}", f"{here.bytes / 1e6:.1f} MB", here.place)
        for name, here in found
    ]
    headings = {"dataset": "", "images here": "s", "download": "s", "where": ""}
    print_table(table_of(headings, rows))
    say_notes(downloaded)


@cli_errors
def fetch(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Public datasets.")],
) -> None:
    """Download public datasets into the cache, verified by their checksums."""
    from upbench.benchmark.engine.discover import discover

    catalog = discover()
    for dataset in [catalog.dataset(name) for name in names]:
        if dataset.fetch is None:
            raise UsageError(f"{dataset.name} is not downloaded: it is always here.")
        say_notes([dataset])
        with progress_bar() as bar:
            folder = dataset.fetch(follow(bar))
        say(f"{dataset.name}: {folder}")


@cli_errors
def audit(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Datasets, folder:PATH too.")
    ],
) -> None:
    """Say what images went through before, and which of them show the same scene.

    Enlargement, JPEG grids, missing detail, clipping and small sizes are measured.  The same scene
    is looked for among all the datasets that are named, as a test set and a training set.
    """
    from upbench.benchmark.engine.discover import discover
    from upbench.benchmark.imaging.audit import audit as measured
    from upbench.benchmark.registry.catalog import ensure_available

    catalog = discover()
    datasets = [catalog.dataset(name) for name in names]
    say_notes(datasets)
    with progress_bar() as bar:
        for dataset in datasets:
            ensure_available(dataset, follow(bar))
    images = [(dataset.name, item) for dataset in datasets for item in dataset.items()]
    with progress_bar() as bar:
        table = measured(images, follow_one(bar))
    print_table(table)


def say_notes(datasets: Iterable[Dataset]) -> None:
    """Say what the datasets have to say of themselves before they are used."""
    for dataset in datasets:
        for note in dataset.notes() if dataset.notes is not None else ():
            say(f"{dataset.name}: {note}")
