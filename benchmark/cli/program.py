"""The ``upbench`` command: the program that is made of the commands."""

from __future__ import annotations

import os
import signal
import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from upbench.benchmark.cli import (
    catalogue,
    compare,
    data,
    instruments,
    new_method,
    port,
    reconcile,
    report,
    run,
    shrink,
    train,
    upscale,
)
from upbench.benchmark.cli.console import Terminated
from upbench.benchmark.cli.options import Command
from upbench.benchmark.core.threads import use_one_thread_each

__all__ = ["app", "main"]

app = typer.Typer(
    name="upbench",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: importing rich would double its time
    context_settings={"help_option_names": ["-h", "--help"]},
)
for name, command in {
    "run": run.run,
    "upscale": upscale.upscale,
    "list": catalogue.list_,
    "check": catalogue.check,
    "report": report.report,
    "compare": compare.compare,
    "reconcile": reconcile.reconcile,
    "train": train.train,
    "probe": instruments.probe,
    "explain": instruments.explain,
    "port": port.port,
    "shrink": shrink.shrink,
    "new-method": new_method.new_method,
}.items():
    app.command(name, cls=Command)(command)

data_app = typer.Typer(help="Download the public datasets, see which are here, audit images.")
data_app.command("list", cls=Command)(data.list_)
data_app.command("fetch", cls=Command)(data.fetch)
data_app.command("audit", cls=Command)(data.audit)
app.add_typer(data_app, name="data", no_args_is_help=True)


def _print_version(asked: bool) -> None:  # noqa: FBT001 - Typer calls it
    if asked:
        from importlib.metadata import version

        typer.echo(f"upbench {version('upbench')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Which way of making an image larger should I use, and what does it cost me?"""


def _ignore_what_libraries_stumble_over() -> None:
    """Keep settings of other programs from ending ours: matplotlib and numpy raise at import."""
    os.environ["MPLBACKEND"] = "agg"  # pictures are files; no window is ever opened
    if not os.environ.get("SOURCE_DATE_EPOCH", "0").isdecimal():
        del os.environ["SOURCE_DATE_EPOCH"]


def main() -> None:
    """Run the command line; the entry point of the ``upbench`` script."""
    use_one_thread_each()
    _ignore_what_libraries_stumble_over()
    if isinstance(sys.stdout, TextIOWrapper):  # a terminal that cannot show a name still shows it
        sys.stdout.reconfigure(errors="backslashreplace")
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _terminate)
    app()


def _terminate(number: int, _frame: object) -> None:
    """End in an orderly way: what is finished is kept, and workers are ended."""
    raise Terminated(number)
