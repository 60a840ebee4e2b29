"""README cannot lie: its code runs, its table is the published one, its commands exist."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from upbench.benchmark.registry.template import TEMPLATE
from upbench.benchmark.report.columns import describe_score

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"(?:^    |`)upbench ([a-z][\w-]*)", README, flags=re.MULTILINE)))
PYTHON = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


def test_the_plugin_shown_is_the_plugin_written() -> None:
    """What README shows is what `upbench new-method` writes."""
    assert TEMPLATE.format(name="my-method") in PYTHON


def test_pandas_recipe_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recipe reads the published tables from the project's root."""
    monkeypatch.chdir(ROOT)
    (recipe,) = (code for code in PYTHON if "import load" in code)
    exec(compile(recipe, "README.md", "exec"), {})  # noqa: S102 - our own text


def test_table_is_the_published_one() -> None:
    """Each line of README's table stands in results/leaderboard/summary.csv."""
    summary = pd.read_csv(ROOT / "results" / "leaderboard" / "summary.csv")
    at_x2 = summary[(summary["scale"] == 2) & (summary["protocol"] == "y-classic")]
    cells = r"([\d.]+) / ([\d.]+) \| " * 3 + r"(\d+)(?: to (\d+))? \| ([\d.]+) \| ([\d.]+)"
    lines = re.findall(rf"^\| `([\w-]+)` \| {cells} \|$", README, flags=re.MULTILINE)
    assert len(lines) >= 8
    for method, *scores, low, high, level, speed in lines:
        own = at_x2[at_x2["method"] == method].set_index("dataset")
        shown = [
            describe_score(name).write(own.loc[dataset, name])
            for dataset in ("set5", "set14", "urban100")
            for name in ("psnr_db", "ssim")
        ]
        assert scores == shown
        hard = own.loc["urban100"]
        assert int(low) == hard["psnr_db_rank_low"]
        assert int(high or low) == hard["psnr_db_rank_high"]
        assert level == describe_score("checkerboard_db").write(hard["checkerboard_db_max"])
        known = hard["rgb8_mpx_per_s"]
        assert float(speed) == pytest.approx(known, abs=0.05, rel=0.05)


def test_photographs_show_no_checkerboard_at_x2() -> None:
    """As README says of the bench's images and of all classic sets but the one of facades."""
    scores = pd.read_csv(ROOT / "results" / "bench" / "scores.csv")
    classic = pd.read_csv(ROOT / "results" / "leaderboard" / "summary.csv")
    clean = describe_score("checkerboard_db").clean
    assert "at x2 no image of Set5, Set14, BSD100 and `standard` shows one" in " ".join(
        README.split()
    )
    assert scores.loc[scores["scale"] == 2, "checkerboard_db"].max() < clean
    others = classic[(classic["scale"] == 2) & (classic["dataset"] != "urban100")]
    assert others["checkerboard_db_max"].max() < clean


def test_resize_convolutions_leave_no_checkerboard_in_the_classic_tables() -> None:
    """As README says: on no image of any set, at any scale."""
    summary = pd.read_csv(ROOT / "results" / "leaderboard" / "summary.csv")
    ours = summary["method"].str.contains("resize-conv")
    said = "Networks that end in a resize-convolution leave none on any image of any set"
    assert said in " ".join(README.split())
    assert summary.loc[ours, "checkerboard_db_max"].max() < describe_score("checkerboard_db").clean


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("method", ["upnet-slim", "upnet-large"])
def test_what_womans_original_was_for_these_weights(method: str, scale: int) -> None:
    """Left out, or a validation image: README says that neither network learned from it."""
    file = ROOT / "methods" / "learned" / "weights" / f"{method}-x{scale}.json"
    card = json.loads(file.read_text(encoding="utf-8"))
    apart = [*card["validation_images"], *card.get("left_out_as_test_images", ())]
    assert "bsd200/302003" in apart
    assert "They saw" not in card["notice"]


def test_readme_and_docs_agree_on_how_long_the_bench_takes() -> None:
    """One estimate, in the same words."""
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert "takes about two minutes" in README
    assert "takes about two minutes" in index


def test_pictures_are_there() -> None:
    """Every picture and page that README points to exists."""
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_exist(
    upbench: Callable[..., subprocess.CompletedProcess[str]], command: str
) -> None:
    """Every command that README shows answers --help."""
    assert upbench(command, "--help").returncode == 0


@pytest.mark.parametrize("verb", sorted(set(re.findall(r"`?make ([a-z]+)`?", README))))
def test_make_verbs_exist(verb: str) -> None:
    """Every make verb that README names is in the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{verb}:", makefile, re.MULTILINE) or verb == "bench"
