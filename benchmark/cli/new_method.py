"""``upbench new-method``: a working plugin to start from."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from upbench.benchmark.cli.console import cli_errors, say


@cli_errors
def new_method(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")],
) -> None:
    """Write a working plugin to start from."""
    from upbench.benchmark.registry.template import write_method

    name = write_method(file)
    quoted = shlex.quote(str(file))
    say(f"Wrote {file}.  Check it:  upbench check {name} --plugin {quoted}")
    say(f"Then run it:  upbench run --methods {name},bicubic --plugin {quoted}")
