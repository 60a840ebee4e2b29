"""The ``upbench`` command: the program that is made of the commands."""

from __future__ import annotations

import sys
from io import TextIOWrapper

import typer

from upbench.benchmark.cli import (
    catalogue,
    compare,
    data,
    instruments,
    new_method,
    report,
    run,
    train,
)
from upbench.benchmark.core.threads import use_one_thread_each

__all__ = ["app", "main"]

app = typer.Typer(
    name="upbench",
    help="Which way of making an image larger should I use, and what does it cost me?",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(run.run)
app.command("list")(catalogue.list_)
app.command()(catalogue.check)
app.command()(report.report)
app.command()(compare.compare)
app.command()(train.train)
app.command()(instruments.probe)
app.command()(instruments.explain)
app.command("new-method")(new_method.new_method)

data_app = typer.Typer(help="Download the public datasets, or see which are here.")
data_app.command("list")(data.list_)
data_app.command("fetch")(data.fetch)
app.add_typer(data_app, name="data", no_args_is_help=True)


def main() -> None:
    """Run the command line; the entry point of the ``upbench`` script."""
    use_one_thread_each()
    if isinstance(sys.stdout, TextIOWrapper):  # a terminal that cannot show a name still shows it
        sys.stdout.reconfigure(errors="backslashreplace")
    app()
