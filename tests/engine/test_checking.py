"""Checks of a plugin in a process of its own: what it does there costs it a check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil
import pytest

from upbench.benchmark.core.errors import PluginImportError, PluginMetadataError
from upbench.benchmark.core.sizes import Ratio
from upbench.benchmark.engine.checking import LONGEST_CHECK, checks_of
from upbench.benchmark.engine.discover import discover, with_code

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from upbench.benchmark.registry.checks import Check

HEAD = "import os, threading\nfrom pathlib import Path\nfrom upbench import method\n"
METHOD = "@method('mine', family='test')\ndef mine(image, scale):\n    {}\n"
REPEATED = "return image.repeat(scale, 0).repeat(scale, 1)"
GOOD = METHOD.format(REPEATED)


def checked(folder: Path, code: str, timeout: float = LONGEST_CHECK) -> list[Check]:
    """Write a plugin with the method "mine" and check that at x2."""
    return list(started(folder, code, timeout))


def started(folder: Path, code: str, timeout: float = LONGEST_CHECK) -> Iterator[Check]:
    """Write a plugin with the method "mine" and begin to check that at x2."""
    file = folder / "mine.py"
    file.write_text(HEAD + code, encoding="utf-8")
    catalog = discover([file])
    return checks_of(catalog, catalog.named("mine"), (2,), timeout)


@pytest.mark.parametrize(
    ("body", "timeout", "reason"),
    [
        ("os._exit(0)", 60, "after 'key': The worker process ended with exit code 0."),
        ("import ctypes; ctypes.string_at(0)", 60, "The worker process was ended by SIGSEGV."),
        ("threading.Event().wait()", 3, "No result within 3 s; the worker was killed."),
        (
            f"if image.shape[0] == 1: os._exit(4)\n    {REPEATED}",
            60,
            "after 'grey and RGB' at x2: The worker process ended with exit code 4.",
        ),
    ],
)
def test_a_lost_process_is_a_failed_check(
    body: str, timeout: float, reason: str, tmp_path: Path
) -> None:
    """The reason is its detail, and the checks before it are kept."""
    *before, last = checked(tmp_path, METHOD.format(body), timeout)
    assert (last.name, last.status) == ("process", "fail")
    assert reason in last.detail
    assert {one.status for one in before} <= {"pass", "note"}


ENDS_IT = """
from upbench.benchmark.engine.channel import WorkerEnd
Path(__file__).with_suffix(".pid").write_text(str(os.getpid()))
WorkerEnd._take = lambda *_: os._exit(5)
"""
"""The process ends where it waits for the next request."""


def test_a_process_that_ends_between_two_checks_fails(tmp_path: Path) -> None:
    """The checks do not begin again in another process, which would end in the same way."""
    checks = started(tmp_path, f"{ENDS_IT}{GOOD}")
    first = next(checks)
    process = psutil.Process(int((tmp_path / "mine.pid").read_text()))
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        pass
    (last,) = checks
    assert (last.name, last.status) == ("process", "fail")
    assert last.detail == f"after {first.name!r}: The worker process ended with exit code 5."


def test_threads_and_prints_of_a_plugin_stay_in_its_process(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A thread that never ends keeps nobody waiting; a print is in no table."""
    waits = "print('imported')\nthreading.Thread(target=threading.Event().wait).start()\n"
    found = checked(tmp_path, waits + METHOD.format(f"print('called'); {REPEATED}"))
    assert "fail" not in {one.status for one in found}
    assert [one.name for one in found][-1] == "sub-pixel shift"
    assert capfd.readouterr() == ("", "")


def test_what_is_described_once_is_one_sentence(tmp_path: Path) -> None:
    """A plugin that describes less at its second import fails its check by that."""
    once = "seen = Path(__file__).with_suffix('.seen')\nif not seen.exists():\n    seen.touch()"
    (only,) = checked(tmp_path, once + "".join(f"\n    {line}" for line in GOOD.splitlines()))
    assert only.status == "fail"
    assert "mine.py described 'mine' when it was collected, and does not where" in only.detail


@pytest.mark.parametrize(
    ("code", "error", "reason"),
    [
        ("pass", PluginMetadataError, "mine.py described 'mine' when it was collected, and does"),
        ("1 / 0", PluginImportError, "mine.py cannot be imported: ZeroDivisionError: division by"),
    ],
)
def test_code_that_is_not_the_same_here_is_one_sentence(
    code: str, error: type[Exception], reason: str, tmp_path: Path
) -> None:
    """A plugin may behave in another way in the process of a command."""
    file = tmp_path / "mine.py"
    inside = "".join(f"\n    {line}" for line in GOOD.splitlines())
    text = f"{HEAD}if 'UPBENCH_WORKER' in os.environ:{inside}\nelse:\n    {code}\n"
    file.write_text(text, encoding="utf-8")
    catalog = discover([file])
    with pytest.raises(error, match=reason):
        with_code(catalog, catalog.method("mine"))


def test_all_that_has_a_name_is_checked_there(tmp_path: Path) -> None:
    """What is ours by its module, a folder by its name; scales come back as they are."""
    from PIL import Image

    Image.radial_gradient("L").save(tmp_path / "a.png")
    catalog = discover()
    for name in ("y-classic", f"folder:{tmp_path}"):
        found = list(checks_of(catalog, catalog.named(name)))
        assert {one.status for one in found} <= {"pass", "note"}
    scales = {one.scale for one in checks_of(catalog, catalog.named("y-classic"))}
    assert scales == {0, 2, 3, 4, Ratio(3, 2), Ratio(1, 3)}
