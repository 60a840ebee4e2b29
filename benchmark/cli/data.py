"""``upbench data``: the public datasets, here and not yet here."""

from collections.abc import Iterable
from typing import Annotated

import typer

from upbench.benchmark.cli.console import follow, print_table, progress_bar, say, told
from upbench.benchmark.core.contract import Dataset
from upbench.benchmark.core.errors import UsageError

__all__ = ["fetch", "list_", "say_notes"]


@told
def list_() -> None:
    """Show the public datasets and how much of each is on this machine."""
    from upbench.benchmark.engine.discover import discover

    downloaded = [d for d in discover().datasets.values() if d.status is not None]
    found = [(d.name, d.status()) for d in downloaded if d.status is not None]
    rows = [
        (name, f"{here.present}/{here.total}", f"{here.bytes / 1e6:.1f} MB", here.place)
        for name, here in found
    ]
    print_table(("dataset", "images here", "download", "where"), rows)
    say_notes(downloaded)


@told
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


def say_notes(datasets: Iterable[Dataset]) -> None:
    """Say what the datasets have to say of themselves before they are used."""
    for dataset in datasets:
        for note in dataset.notes() if dataset.notes is not None else ():
            say(f"{dataset.name}: {note}")
