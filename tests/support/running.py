"""The installed command, as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

UPBENCH = Path(sys.executable).with_name("upbench")
"""The installed command's file."""
Completed = subprocess.CompletedProcess[str]
LONGEST = 300.0
"""Seconds that a command may take."""
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "upbench.benchmark.cli.commands",
        "upbench.benchmark.engine.runner",
        "upbench.benchmark.report.folder",
        "bokeh.plotting",
        "matplotlib.backends.backend_agg",
        "pyarrow.parquet",
        "rich.progress",
        "scipy.ndimage",
        "scipy.stats",
    ]
)


def run_in(folder: Path, *arguments: str, **environment: str) -> Completed:
    """Run the command in a folder, with these variables set, and return what it printed.

    In a process of its own, forked from one that has imported the libraries: that saves the half of
    a small run.  :data:`UPBENCH` is for tests of the start, of streams and of signals.
    """
    command = [str(UPBENCH), *arguments]
    with TemporaryDirectory() as place:
        files = [Path(place, name) for name in ("stdout", "stderr")]
        process = FORKS.Process(target=_be, args=(command, folder, os.environ | environment, files))
        process.start()
        process.join(LONGEST)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(command, LONGEST)
        return Completed(command, process.exitcode, *(file.read_text("utf-8") for file in files))


def _be(command: list[str], folder: Path, environment: dict[str, str], files: list[Path]) -> None:
    """Be the command: with its words, folder and variables, and files for its streams."""
    for number, place in enumerate([Path(os.devnull), *files]):
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = command
    from upbench.benchmark.cli.program import main

    main()
