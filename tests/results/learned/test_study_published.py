"""The published study is that of the weights that are shipped, and says what its tables say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from head_study.markdown import heads_page
from head_study.page import findings
from head_study.published import published_table
from head_study.subjects import WEIGHTS
from head_study.table import Tables, read

ROOT = Path(__file__).parents[3]
PUBLISHED = ROOT / "results" / "learned"
AGAIN = "run `make study`"


@pytest.fixture(scope="module")
def tables() -> Tables:
    """Return the published tables."""
    if not (PUBLISHED / "README.md").is_file():
        pytest.skip("results/learned is not there yet: make study writes it")
    return read(PUBLISHED)


def test_every_claim_follows_from_the_published_numbers(tables: Tables) -> None:
    """The list, made again from the CSV files, is the one that is published."""
    text = (PUBLISHED / "README.md").read_text(encoding="utf-8")
    assert findings(tables) in text, AGAIN


def test_table_beside_published_networks_is_that_of_the_files(tables: Tables) -> None:
    """It has rows of ours, and is the one on the page."""
    made = published_table(tables.heads)
    assert "| upnet-large |" in made
    assert made in (PUBLISHED / "README.md").read_text(encoding="utf-8"), AGAIN


def test_tables_for_readers_are_those_of_the_files(tables: Tables) -> None:
    """heads.md, made again from the CSV files, is the one that is published."""
    assert heads_page(tables) == (PUBLISHED / "heads.md").read_text(encoding="utf-8"), AGAIN


def test_every_shipped_network_is_in_it(tables: Tables) -> None:
    """The weights that were studied are those in the repository, by their SHA-256."""
    studied = {
        (row["method"], row["scale"], row["seed"]): row["weights_sha256"]
        for row in tables.heads.dropna(subset=["weights_sha256"]).to_dict("records")
    }
    folders = (ROOT / "methods" / "learned" / "weights", WEIGHTS)
    cards = [card for folder in folders for card in folder.glob("*.json")]
    shipped = [json.loads(card.read_text(encoding="utf-8")) for card in cards]
    assert {
        (card["method"], card["scale"], card["seed"]): card["sha256"][:16] for card in shipped
    } == studied, AGAIN
