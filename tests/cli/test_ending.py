"""Signals end the program by one sentence and the exit code of the signal, at any moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from upbench.benchmark.cli.ending import this_command

AT_AN_IMPORT = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), {number})

sys.meta_path.insert(0, Finder())
sys.argv = ["upbench", "list", "methods"]
from upbench.benchmark.cli.program import main
main()
"""
SWALLOWED = """
import os, signal, sys
from upbench.benchmark.cli import catalogue
from upbench.benchmark.cli.console import cli_errors
from upbench.benchmark.cli.program import main
from upbench.benchmark.cli.commands import app

class Dying:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        sum(range(1000))

@app.command("swallow")
@cli_errors
def swallow():
    {body}

sys.argv = ["upbench", "swallow"]
main()
"""


def ended_by(code: str) -> tuple[int, str]:
    """Run a script and return its exit code and what it said."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "module",
    [
        "upbench.benchmark.core.threads",
        "typer",
        "upbench.benchmark.cli.run",
        "upbench.benchmark.registry.catalog",
        "upbench.benchmark.engine.discover",
        "upbench.methods.canonical",
        "rich.console",
    ],
)
def test_ctrl_c_while_something_is_imported(module: str) -> None:
    """From the first import to the last: one sentence, 130, no traceback."""
    code, said = ended_by(AT_AN_IMPORT.format(module=module, number=int(signal.SIGINT)))
    assert said == ("Interrupted: a run keeps what is finished; go on with: upbench list methods\n")
    assert code == 130


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_while_the_program_starts(number: signal.Signals) -> None:
    """TERM and HUP the same way, with their own exit codes."""
    code, said = ended_by(AT_AN_IMPORT.format(module="typer", number=int(number)))
    assert said.startswith("Ended from outside: ")
    assert said.count("\n") == 1
    assert code == 128 + number


@pytest.mark.parametrize(
    "body",
    [
        "Dying()",
        (
            "try: os.kill(os.getpid(), signal.SIGINT)\n"
            "    except BaseException: raise ImportError('C code has not started')"
        ),
        "import atexit; atexit.register(os.kill, os.getpid(), signal.SIGINT)",
    ],
    ids=["in a finaliser", "as another error", "at the end"],
)
def test_ctrl_c_that_libraries_swallow(body: str) -> None:
    """It may come where Python only prints it, or come out as an error of another kind."""
    code, said = ended_by(SWALLOWED.format(body=body))
    assert said == "Interrupted: a run keeps what is finished; go on with: upbench swallow\n"
    assert code == 130


@pytest.mark.parametrize("given", [("--rerun", "all"), ("--rerun=all",)])
def test_an_option_can_be_left_out_of_a_command(
    given: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under ``--rerun all`` the same command would not try just the failed cells again."""
    monkeypatch.setattr(sys, "argv", ["upbench", "run", *given, "--out", "o"])
    assert this_command("--rerun") == "upbench run --out o"
    assert this_command().split() == ["upbench", "run", *given, "--out", "o"]


def test_a_command_is_one_line_that_can_be_pasted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words with spaces, quotes, line breaks and undecodable bytes come back as they were."""
    words = ["a b", "it's", "two\nlines", "\x1b[2J'\\", "\udcff", "caf\u00e9", ""]
    monkeypatch.setattr(sys, "argv", ["upbench", *words])
    command = this_command()
    assert command.isprintable()
    shell = ["bash", "-c", command.replace("upbench", "printf '%s\\0'", 1)]
    printed = subprocess.run(shell, capture_output=True, check=True).stdout
    assert printed.split(b"\0")[:-1] == [os.fsencode(word) for word in words]
