"""Options that several commands take."""

from typing import Annotated

import typer

__all__ = ["Plugins"]

Plugins = Annotated[
    list[str] | None,
    typer.Option("--plugin", metavar="FILE", help="A Python file with more methods; repeatable."),
]
"""``--plugin``, of every command that takes methods by name."""
