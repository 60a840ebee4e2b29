"""The commands, put together."""

from __future__ import annotations

from typing import Annotated

import typer

from upbench.benchmark.cli import (
    catalogue,
    compare,
    data,
    instruments,
    layers,
    port,
    reconcile,
    report,
    run,
    shrink,
    train,
    upscale,
)
from upbench.benchmark.cli.options import Command

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
    "layers": layers.layers,
    "probe": instruments.probe,
    "explain": instruments.explain,
    "port": port.port,
    "shrink": shrink.shrink,
    "new-method": catalogue.new_method,
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
