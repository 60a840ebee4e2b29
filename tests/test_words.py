"""Words: the texts use the terms of the field and of engineers, not words of this project's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXTS = sorted(
    [*ROOT.glob("*.md"), ROOT / "Makefile", *(ROOT / "docs").rglob("*.md")],
)
WORDS = re.compile(
    r"\b(house|crews?|hired?|floors|heal(s|ed|ing)?|anew|entrants?|strangers?'?s?)\b", re.IGNORECASE
)
"""Packages, workers, layers, convergence, again, methods: those are the words."""


@pytest.mark.parametrize("text", [pytest.param(one, id=one.name) for one in TEXTS])
def test_texts_use_the_words_of_the_field(text: Path) -> None:
    """A reader who is new to the project meets no word that only the project has."""
    lines = text.read_text(encoding="utf-8").splitlines()
    found = [line for line in lines if WORDS.search(line) and "make floors" not in line]
    assert found == []
