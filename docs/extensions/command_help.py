"""Write the help of every command where a page says ``<!-- help of every command -->``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

MARK = "<!-- help of every command -->"


def setup(app: Sphinx) -> dict[str, Any]:
    """Look at each page before it is read."""
    app.connect("source-read", fill_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def fill_in(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Exchange the mark for the help, as Markdown."""
    if MARK in source[0]:
        source[0] = source[0].replace(MARK, help_of_all())


def help_of_all() -> str:
    """Return a section for every command, in the program's order."""
    from typer.main import get_command

    from upbench.benchmark.cli.program import app

    return "\n".join(sections("upbench", get_command(app)))


def sections(name: str, command: Any) -> Iterator[str]:
    """Yield a command's section, or those of the commands in a group."""
    if hasattr(command, "commands"):
        for inner, one in command.commands.items():
            yield from sections(f"{name} {inner}", one)
        return
    context = command.make_context(name, [], resilient_parsing=True)
    usage = command.get_usage(context).removeprefix("Usage: ")
    yield from (f"## {name}", "", plain(command.help), "", f"    {usage}", "")
    records = [record for one in command.params if (record := one.get_help_record(context))]
    if records:
        yield from ("| option | what |", "| --- | --- |")
        yield from (f"| `{spelt}` | {plain(what)} |" for spelt, what in records)
        yield ""


def plain(text: str | None) -> str:
    """Return a help text in one line, with nothing that Markdown would take for markup."""
    return re.sub(r"([\\*_|<>\[\]`])", r"\\\1", " ".join((text or "").split()))
