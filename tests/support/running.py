"""The installed command, as a user runs it."""

from __future__ import annotations

import atexit
import os
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import warm

UPBENCH = Path(sys.executable).with_name("upbench")
"""The installed command's file: for tests of the start, of streams and of signals."""
Completed = subprocess.CompletedProcess[str]


def run_in(folder: Path, *arguments: str, **environment: str) -> Completed:
    """Run the command in a folder, with these variables set, and return what it printed."""
    return subprocess.run(
        [str(warm_upbench()), *arguments],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@cache
def warm_upbench() -> Path:
    """Return a file that is the command, without the time that its libraries take to import."""
    place = TemporaryDirectory(prefix="warm")  # goes when this process ends
    address, program = Path(place.name, "socket"), Path(place.name, "upbench")
    ask = shlex.join([sys.executable, "-IS", warm.__file__, "ask", str(address)])
    program.write_text(f'#!/bin/sh\nexec {ask} "$@"\n')
    program.chmod(0o700)
    server = subprocess.Popen(
        [sys.executable, "-I", warm.__file__, "serve", str(address)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert server.stdout is not None
    server.stdout.readline()  # it is ready
    atexit.register(place.cleanup)
    atexit.register(server.communicate)
    return program
