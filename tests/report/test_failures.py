"""What failed, and the command that tries it again."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pandas as pd
from typer.testing import CliRunner

from upbench.benchmark.cli.program import app
from upbench.benchmark.core.row import columns, typed
from upbench.benchmark.report.failures import failures, rerun_command

FOLDER = Path("my run")


def rows(*given: dict[str, Any]) -> pd.DataFrame:
    """Return a frame of failed rows: defaults, with what is given."""
    default = {
        "method": "m",
        "dataset": "set",
        "image": "a",
        "height": 9,
        "scale": 2,
        "protocol": "y-classic",
        "status": "error",
        "reason": "it broke",
    }
    return typed(pd.DataFrame([default | row for row in given], columns=columns()))


def test_reasons_that_differ_in_numbers_are_one_failure() -> None:
    """A shape or an address in a message does not make another failure; a method does."""
    found = failures(
        rows(
            {"reason": "shape (9, 9)"},
            {"reason": "shape (12, 8)", "image": "b", "scale": 3},
            {"method": "n", "reason": "shape (9, 9)"},
            {"status": "ok"},
            {"status": "skipped"},
        )
    )
    assert [(one.what, one.cells, one.scales) for one in found] == [
        ("m", 2, (2, 3)),
        ("n", 1, (2,)),
    ]
    assert found[0].first == "set/a x2 y-classic"


def test_an_image_is_to_blame_once() -> None:
    """An image that cannot be read fails for all methods and is one failure."""
    unread = {"height": None, "reason": "not an image"}
    (one,) = failures(rows(unread, unread | {"method": "n"}))
    assert (one.what, one.cells, one.of_image) == ("set/a", 2, True)
    assert "--methods" not in rerun_command([one], {}, FOLDER)


def test_a_failure_without_a_reason_is_still_listed() -> None:
    """A crash that left no word has its status."""
    (one,) = failures(rows({"status": "crash", "reason": None}))
    assert one.status == "crash"


def test_command_runs_just_those_again_with_the_same_limits() -> None:
    """It names methods, datasets, scales and protocols, plugins and limits, and is quoted."""
    found = failures(rows({}, {"scale": 4}, {"method": "n", "dataset": "folder:my photos"}))
    request = {"plugins": ["a b.py"], "timeout": 60.0, "memory": 1 << 30, "metrics": ""}
    command = shlex.split(rerun_command(found, request, FOLDER))
    assert command == [
        *("upbench", "run", "--methods", "m,n", "--datasets", "folder:my photos,set"),
        *("--scales", "2,4", "--protocol", "y-classic", "--timeout", "60"),
        *("--memory", "1073741824", "--plugin", "a b.py", "--rerun", "failed", "--out", "my run"),
    ]


def test_command_has_sizes_models_crops_and_the_device() -> None:
    """A size is no scale; a network's file is given again, and cells of a GPU run there."""
    found = failures(rows({"scale": "300x448"}, {"scale": "from-50x90"}, {"scale": "2"}))
    request = {"models": ["vdsr.onnx", "b.pt,name=c"], "crops": ["a:9,9"], "device": "cuda"}
    command = shlex.split(rerun_command(found, request, FOLDER))
    assert command == [
        *("upbench", "run", "--methods", "m", "--datasets", "set", "--scales", "2"),
        *("--sizes", "from-50x90,300x448", "--protocol", "y-classic", "--device", "cuda"),
        *("--model", "vdsr.onnx", "--model", "b.pt,name=c", "--crop", "a:9,9"),
        *("--rerun", "failed", "--out", "my run"),
    ]


def test_command_is_one_that_upbench_takes(tmp_path: Path) -> None:
    """The options exist: the command plans the cells, none of which has failed here."""
    one = failures(rows({"method": "nearest", "dataset": "standard", "scale": "30x40"}))
    request = {"crops": ["camera:9,9"], "timeout": 60.0, "memory": 1 << 30, "max_pixels": 1 << 20}
    command = shlex.split(rerun_command(one, request, tmp_path / "run"))
    found = CliRunner().invoke(app, [*command[1:], "--dry-run"])
    assert found.exit_code == 0, found.output


def test_no_failure_has_no_command() -> None:
    """Nothing is to be run again."""
    assert failures(rows({"status": "ok"})) == []
    assert rerun_command([], {}, FOLDER) == ""


def test_a_damaged_request_is_left_out() -> None:
    """A manifest of another form costs its options, not the command."""
    one = failures(rows({}))
    assert "--plugin" not in rerun_command(one, {"plugins": "a.py"}, FOLDER)
