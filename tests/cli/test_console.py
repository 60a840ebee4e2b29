"""What is said to people: controls in names and reasons are shown, not obeyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.cli.console import print_table, say
from upbench.benchmark.core.table import table_of

if TYPE_CHECKING:
    import pytest


def test_sentences_and_tables_show_controls(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a screen is cleared nor a line forged, on both streams."""
    say("image \x1b[2J\x9b1m of a folder")
    print_table(table_of(("method", "reason"), [("m", "a\x1b[2J\rb\nforged")]))
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert err == "image \\x1b[2J\\x9b1m of a folder\n"
    assert r"a\x1b[2J\rb\nforged" in out
