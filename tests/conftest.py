"""What all tests share: a cache of their own, and the command as a user runs it."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from running import run_in

from upbench.benchmark.core.threads import use_one_thread_each

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Completed

# As the command does, before any library is loaded: sums that are split among threads come out
# different in the last bits, and threads of many processes on few cores wait for each other.
use_one_thread_each()


@pytest.fixture(scope="session", autouse=True)
def _cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep downloads and fitted weights out of the user's cache folder."""
    os.environ["UPBENCH_CACHE"] = str(tmp_path_factory.getbasetemp() / "cache")


@pytest.fixture(scope="session", autouse=True)
def _signals_reach_children() -> None:
    """Let Ctrl-C and HUP be tested where the test run was started with them ignored, by nohup."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def upbench(tmp_path: Path) -> Callable[..., Completed]:
    """Run the installed command in an empty folder and return what it printed."""
    return partial(run_in, tmp_path)


@pytest.fixture
def public_data() -> Path:
    """Return the folder of public datasets, or skip the test where there is none."""
    folder = os.environ.get("UPBENCH_DATA", "")
    if not folder or not Path(folder, "Set5").is_dir():
        pytest.skip("needs the public datasets: set UPBENCH_DATA to the folder that holds Set5")
    return Path(folder)
