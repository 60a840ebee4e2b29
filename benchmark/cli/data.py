"""``upbench data``: the public datasets, here and not yet here."""

from typing import Annotated

import typer

from upbench.benchmark.cli.console import follow, print_table, progress_bar, say, told
from upbench.benchmark.core.errors import UsageError

__all__ = ["fetch", "list_"]


@told
def list_() -> None:
    """Show the public datasets and how much of each is on this machine."""
    from upbench.benchmark.registry.catalog import collect

    found = [(name, d.status()) for name, d in collect().datasets.items() if d.status is not None]
    rows = [
        (name, f"{here.present}/{here.total}", f"{here.bytes / 1e6:.1f} MB", here.place)
        for name, here in found
    ]
    print_table(("dataset", "images here", "download", "where"), rows)


@told
def fetch(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Public datasets.")],
) -> None:
    """Download public datasets into the cache, verified by their checksums."""
    from upbench.benchmark.registry.catalog import collect

    catalog = collect()
    for dataset in [catalog.dataset(name) for name in names]:
        if dataset.fetch is None:
            raise UsageError(f"{dataset.name} is not downloaded: it is always here.")
        with progress_bar() as bar:
            folder = dataset.fetch(follow(bar))
        say(f"{dataset.name}: {folder}")
