"""What a network prints is kept, under a name that a file can have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from running import run_in

if TYPE_CHECKING:
    from pathlib import Path

LOUD = """
import torch


class Loud(torch.nn.Module):
    def forward(self, image):
        print("here I am", flush=True)
        return image.repeat_interleave(2, -1).repeat_interleave(2, -2)
"""


def test_the_log_of_a_model_is_named_after_it(tmp_path: Path) -> None:
    """Not after all that another process needs to make it."""
    (tmp_path / "loud.py").write_text(LOUD, encoding="utf-8")
    given = ("--model", "loud.py:Loud,name=loud-net", "--datasets", "probes", "--scales", "2")
    run_in(tmp_path, "run", *given, "--jobs", "1", "--out", "out")
    log = tmp_path / "out" / "logs" / "loud-net.log"
    assert "here I am" in log.read_text(encoding="utf-8")
