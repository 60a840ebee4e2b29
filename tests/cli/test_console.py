"""What is said to people: controls in names and reasons are shown, not obeyed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from running import UPBENCH

from upbench.benchmark.cli.console import print_table, say
from upbench.benchmark.core.table import table_of

FULL = Path("/dev/full")
"""A file that always says that the disk is full, where the system has one."""


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize("option", ["--version", "--help"])
def test_an_output_that_cannot_be_written_is_said(option: str) -> None:
    """Also before any command: one sentence and 2, no traceback."""
    with FULL.open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [UPBENCH, option], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr.startswith("upbench: the operating system refuses: [Errno 28]")
    assert done.stderr.count("\n") == 1


def test_sentences_and_tables_show_controls(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a screen is cleared nor a line forged, on both streams."""
    say("image \x1b[2J\x9b1m of a folder\nforged: all well")
    print_table(table_of(("method", "reason"), [("m", "a\x1b[2J\rb\nforged")]))
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert err == "image \\x1b[2J\\x9b1m of a folder\\nforged: all well\n"
    assert r"a\x1b[2J\rb\nforged" in out
