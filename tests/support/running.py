"""The installed command, as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

UPBENCH = Path(sys.executable).with_name("upbench")
"""The installed command's file."""
Completed = subprocess.CompletedProcess[str]


def run_in(folder: Path, *arguments: str, **environment: str) -> Completed:
    """Run the command in a folder, with these variables set, and return what it printed."""
    return subprocess.run(
        [str(UPBENCH), *arguments],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
