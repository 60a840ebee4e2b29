"""Words: texts and code use the terms of the field and of engineers, not words of this project."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXTS = sorted([*ROOT.glob("*.md"), ROOT / "Makefile", *(ROOT / "docs").rglob("*.md")])
CODE = [ROOT / folder for folder in ("benchmark", "methods", "datasets", "src/upbench", "docs")]
ENDINGS = {".py", ".html", ".js", ".css"}
WORDS = re.compile(
    r"(?<![a-z])(told|bring(s|ing)?|brought|rooms?|roomy|house|floors?|doors?|crews?|hire[sd]?|flight|landed"
    r"|lanes?|anew|heal(s|ed|ing)?|entrants?|strangers?)(?![a-z])",
    re.IGNORECASE,
)
"""Packages, layers, workers, timing, convergence, again, plugins: those are the words."""
ALLOWED = re.compile(
    r"make floors"  # a command that is gone, in the changelog
    r"|round_prefer_floor"  # an attribute of ONNX's Resize
    r"|floor\(|\bfloor\b|FLOOR_DB"  # rounding down, and the least level that can be measured
)


def found_in(file: Path) -> list[str]:
    """Return the lines of a file that hold such a word, with their numbers."""
    lines = enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
    return [f"{file.name}:{n}: {line}" for n, line in lines if WORDS.search(ALLOWED.sub("", line))]


@pytest.mark.parametrize("text", [pytest.param(one, id=one.name) for one in TEXTS])
def test_texts_use_the_words_of_the_field(text: Path) -> None:
    """A reader who is new to the project meets no word that only the project has."""
    assert found_in(text) == []


@pytest.mark.parametrize("folder", [pytest.param(one, id=one.name) for one in CODE])
def test_code_uses_the_words_of_the_field(folder: Path) -> None:
    """Identifiers, comments and messages use them too."""
    files = sorted(one for one in folder.rglob("*") if one.suffix in ENDINGS)
    assert [line for file in files for line in found_in(file)] == []


LONGEST = 100
"""Words of a paragraph or a bullet; more become a list or a table."""
PROSE = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs and bullets of a page, without code, tables and addresses."""
    text = re.sub(r"^```.*?^```", "\n", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"^\|.*$", "\n", text, flags=re.MULTILINE)
    text = re.sub(r"^ *(?:[-*]|\d+\.) ", "\n\n", text, flags=re.MULTILINE)
    return re.split(r"\n\s*\n", re.sub(r"\]\([^)]*\)", "]", text))


@pytest.mark.parametrize("text", [pytest.param(one, id=one.name) for one in sorted(PROSE)])
def test_no_paragraph_is_a_wall(text: Path) -> None:
    """What takes more than a hundred words is a list or a table."""
    found = paragraphs(text.read_text(encoding="utf-8"))
    assert [one for one in found if len(one.split()) > LONGEST] == []
