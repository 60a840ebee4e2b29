"""Every level in dB that a page quotes has its line in ``claims.csv``: where it comes from.

``kind`` says how a number is known:

- ``table``: ``column`` of the rows of ``source`` that ``where`` finds; ``how`` makes one number of
  them (their value, range, count, median), and ``value`` is that number as it is quoted;
- ``test``: ``source`` is the test that measures it again;
- ``cited``, ``command``, ``arithmetic``, ``limit``, ``example``, ``once``: ``source`` says the
  rest.

A ``quoted`` that begins with "## " stands for that whole section.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from upbench.benchmark.imaging.degrade import matlab_bicubic
from upbench.benchmark.imaging.resample import resize

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
CLAIMS = pd.read_csv(Path(__file__).with_name("claims.csv"), dtype=str, keep_default_na=False)
PAGES = ["README.md", *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md")))]
KINDS = ("table", "test", "cited", "command", "arithmetic", "limit", "example", "once")
PICTURES = (".png", ".jpg", ".webp")
LEVEL = re.compile(r"(?<![\w.-])-?\d+(?:\.\d+)?\$? dB\b")
HOW: dict[str, Callable[[pd.Series], float]] = {
    "value": lambda found: float(found.item()),
    "first": lambda found: float(found.iloc[0]),
    "range": lambda found: float(found.max() - found.min()),
    "count": len,
    "median": lambda found: float(found.median()),
    "max": lambda found: float(found.max()),
    "30.24 minus": lambda found: 30.24 - float(found.item()),
}


def prose(page: str, *, without_sections: bool = False) -> str:
    """Return a page's text in one line, without code and comments."""
    text = (ROOT / page).read_text(encoding="utf-8")
    text = re.sub(r"^```.*?^```|<!--.*?-->|^    [^\n]*$", "", text, flags=re.DOTALL | re.MULTILINE)
    for heading in CLAIMS[(CLAIMS["page"] == page)]["quoted"] if without_sections else ():
        if heading.startswith("## "):
            text = re.sub(rf"^{heading}$.*?(?=^## |\Z)", "", text, flags=re.DOTALL | re.MULTILINE)
    return " ".join(text.split())


@pytest.mark.parametrize("claim", CLAIMS.to_dict("records"), ids=lambda one: one["quoted"][:50])
def test_each_claim_is_on_its_page_and_known(claim: dict[str, str]) -> None:
    """What is quoted stands there, of a kind that is known, with a source that is there."""
    assert claim["quoted"] in prose(claim["page"])
    assert claim["kind"] in KINDS
    assert claim["source"]
    if claim["kind"] == "test":
        file, _, name = claim["source"].partition("::")
        assert f"def {name}" in (ROOT / file).read_text(encoding="utf-8")


TABLES = CLAIMS[CLAIMS["kind"] == "table"].to_dict("records")


@pytest.mark.parametrize("claim", TABLES, ids=lambda one: f"{one['quoted'][:40]} {one['value']}")
def test_numbers_are_those_of_the_published_tables(claim: dict[str, str]) -> None:
    """Computed again from the published table, to the digits that are quoted."""
    rows = pd.read_csv(ROOT / claim["source"]).query(claim["where"], engine="python")
    value = HOW[claim["how"]](rows[claim["column"]])
    digits = len(claim["value"].partition(".")[2])
    assert f"{value:.{digits}f}" == claim["value"]
    quoted = claim["quoted"] if "|" not in claim["quoted"] else prose(claim["page"])
    alone = re.escape(claim["value"].removeprefix("-"))
    is_word = claim["how"] in {"count", "median"} or claim["value"] == "0.00"
    assert is_word or re.search(rf"(?<![\d.]){alone}(?!\d|\.\d)", quoted)


def test_a_number_that_is_not_the_tables_is_found() -> None:
    """Another last digit fails."""
    wrong = {**TABLES[0], "value": TABLES[0]["value"][:-1] + "0"}
    with pytest.raises(AssertionError):
        test_numbers_are_those_of_the_published_tables(wrong)


@pytest.mark.parametrize("page", PAGES)
def test_every_level_has_a_claim(page: str) -> None:
    """Each number of dB in the text of README and docs is in a claim, or in a claimed section."""
    quoted = CLAIMS[CLAIMS["page"] == page]["quoted"].tolist()
    left = unclaimed(prose(page, without_sections=True), quoted)
    assert left == [], "add a line to tests/docs/claims.csv"


def unclaimed(text: str, quoted: list[str]) -> list[str]:
    """Return the levels that stand in no claim, with what is around them."""
    text = re.sub(r"\| [^|]*(?=\|)", "| ", text)  # tables have tests of their own
    for one in quoted:
        text = text.replace(one, "")
    return [text[max(0, at.start() - 60) : at.end() + 20] for at in LEVEL.finditer(text)]


def test_a_level_without_a_claim_is_found() -> None:
    """A sentence without a line is reported, one that is entered is not."""
    assert unclaimed("It gains 0.3 dB. It loses 12 dB.", ["It loses 12 dB."]) == [
        "It gains 0.3 dB. "
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Set5", ["33.69", "30.41", "28.43"]),  # 0.01 to 0.03 dB above what is printed
        ("Set14", ["30.24", "27.55", "26.00"]),  # as printed
        ("BSD100", ["29.57", "27.21", "25.97"]),  # 0.01 dB above at x2 and x4
        ("Urban100", ["26.88", "24.46", "23.14"]),  # as printed
    ],
)
def test_luma_that_is_not_rounded_gives_set14_and_urban100_as_printed(
    name: str, expected: list[str]
) -> None:
    """What docs/leaderboard.md says of the last digits of bicubic."""
    folder = os.environ.get("UPBENCH_DATA")
    if not folder:
        pytest.skip("UPBENCH_DATA is not set")
    files = sorted(file for file in (Path(folder) / name).iterdir() if file.suffix in PICTURES)
    means = [np.mean([_unrounded(file, scale) for file in files]) for scale in (2, 3, 4)]
    assert [f"{mean:.2f}" for mean in means] == expected


def _unrounded(file: Path, scale: int) -> float:
    """Return the PSNR of bicubic on luma that no step rounds."""
    from PIL import Image

    pixels: Any = np.asarray(Image.open(file), dtype=np.float64)
    height, width = (side - side % scale for side in pixels.shape[:2])
    pixels = pixels[:height, :width]
    if pixels.ndim == 3:
        pixels = 16 + pixels[:, :, :3] @ np.array([65.481, 128.553, 24.966]) / 255
    small = matlab_bicubic(pixels[:, :, None], scale)
    large = np.clip(resize(small, scale), 0, 1)[:, :, 0] * 255
    inner = (slice(scale, -scale), slice(scale, -scale))
    error = np.mean((large[inner] - pixels[inner]) ** 2)
    return 10 * float(np.log10(255**2 / error))
