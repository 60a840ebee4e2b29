"""What all tests share: a cache of their own, and the command as a user runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from upbench.benchmark.core.threads import use_one_thread_each

if TYPE_CHECKING:
    from collections.abc import Callable

# As the command does, before any library is loaded: sums that are split among threads come out
# different in the last bits, and threads of many processes on few cores wait for each other.
use_one_thread_each()

UPBENCH = Path(sys.executable).with_name("upbench")


@pytest.fixture(scope="session", autouse=True)
def _cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep downloads and fitted weights out of the user's cache folder."""
    os.environ["UPBENCH_CACHE"] = str(tmp_path_factory.getbasetemp() / "cache")


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_reaches_children() -> None:
    """Let Ctrl-C be tested where the whole test run was started with it ignored, as by nohup."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def upbench(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the installed command in an empty folder and return what it printed."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(UPBENCH), *arguments],
            cwd=tmp_path,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture
def public_data() -> Path:
    """Return the folder of public datasets, or skip the test where there is none."""
    folder = os.environ.get("UPBENCH_DATA", "")
    if not folder or not Path(folder, "Set5").is_dir():
        pytest.skip("needs the public datasets: set UPBENCH_DATA to the folder that holds Set5")
    return Path(folder)
