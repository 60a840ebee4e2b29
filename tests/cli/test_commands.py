"""The program is made of every command, in the order of use; options say what they do."""

from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
import sys
from typing import Any

import pytest
import typer

from upbench.benchmark import cli as commands
from upbench.benchmark.cli.program import app

ORDER = [
    *("run", "upscale", "list", "check", "report", "compare", "reconcile"),
    *("train", "layers", "probe", "explain", "port", "shrink", "new-method", "data"),
]


def programs() -> dict[str, Any]:
    """Return every command that does something, by the words that call it."""
    found: dict[str, Any] = {}

    def walk(command: Any, words: str) -> None:
        inner = getattr(command, "commands", {})
        if not inner:
            found[words] = command
        for name, one in inner.items():
            walk(one, f"{words} {name}".strip())

    walk(typer.main.get_command(app), "")
    return found


def test_commands_stand_in_the_order_of_use() -> None:
    """Help lists what a newcomer needs first at the top."""
    assert list(typer.main.get_command(app).commands) == ORDER  # type: ignore[attr-defined]


def test_every_command_that_a_module_offers_is_in_the_program() -> None:
    """A command cannot be written and then forgotten in the program."""
    offered = {
        function.__wrapped__
        for module in pkgutil.iter_modules(commands.__path__, f"{commands.__name__}.")
        if not module.name.endswith((".console", ".ending"))
        for function in vars(importlib.import_module(module.name)).values()
        if getattr(function, "__module__", "") == module.name and hasattr(function, "__wrapped__")
    }
    taken = {command.callback.__wrapped__.__wrapped__ for command in programs().values()}
    assert offered == taken


@pytest.mark.parametrize("words", programs())
def test_every_option_says_what_it_does(words: str) -> None:
    """Each option and argument has a sentence of its own in the help."""
    for parameter in programs()[words].params:
        assert parameter.help, parameter.name


def test_a_list_loads_neither_numpy_nor_what_runs_plugins() -> None:
    """It answers as fast as Python can import what it shows."""
    heavy = "{'numpy', 'rich.console', 'upbench.benchmark.engine.supervisor'}"
    code = (
        "import sys\nfrom upbench.benchmark.cli.program import app\n"
        "try:\n    app(['list', 'methods'])\nexcept SystemExit:\n    pass\n"
        f"print(sorted({heavy} & set(sys.modules)), file=sys.stderr)"
    )
    plain = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=plain
    )
    assert "bicubic" in done.stdout
    assert done.stderr.strip() == "[]"
