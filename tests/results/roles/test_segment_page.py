"""The published segmentation tables: complete, and the page says what they say."""

from __future__ import annotations

import doctest
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from scripts import script

from upbench.benchmark.training.roles.segment import ROLE
from upbench.layers import names

if TYPE_CHECKING:
    from types import ModuleType

FOLDER = Path(__file__).parents[3] / "results" / "roles"


@pytest.fixture(scope="module")
def study() -> ModuleType:
    """Return the script that writes the page."""
    return script(FOLDER / "segment_page.py")


@pytest.fixture(scope="module")
def published() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the published rows and curves."""
    if not (FOLDER / "segment.csv").is_file():
        pytest.skip("no run of the role segment has been published")
    return pd.read_csv(FOLDER / "segment.csv"), pd.read_csv(FOLDER / "segment-curves.csv")


def rows(**values: dict[str, list[float]]) -> pd.DataFrame:
    """Return rows of made-up layers: values by column and layer, one for each seed."""
    layers = list(next(iter(values.values())))
    made = [
        {"layer": layer, "seed": seed, "steps": 250}
        | {column: by_layer[layer][seed] for column, by_layer in values.items()}
        for layer in layers
        for seed in range(2)
    ]
    return pd.DataFrame(made)


def test_examples_in_docstrings_run(study: ModuleType) -> None:
    """Every `>>>` gives what it says."""
    assert doctest.testmod(study).failed == 0


def test_every_layer_has_every_seed(published: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """A complete design: seven known layers or more, three seeds, equal steps, no failure."""
    table, _ = published
    assert set(table["status"]) == {"ok"}
    assert len(set(table["steps"])) == 1
    assert set(table.groupby("layer")["seed"].apply(sorted).map(tuple)) == {(0, 1, 2)}
    assert table["layer"].nunique() >= 7
    assert set(table["layer"]) <= set(names())


def test_every_number_is_there_and_possible(published: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """Each column of the role has a value within its limits in every row."""
    table, _ = published
    for column in ROLE.columns:
        low, high = column.limits
        assert table[column.key].between(low, high).all(), column.key


def test_curves_end_where_the_rows_are(published: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """The last point of each curve is its row."""
    table, curves = published
    last = curves.sort_values("step").groupby(["layer", "seed"]).last()
    for row in table.itertuples():
        point = last.loc[(row.layer, row.seed)]
        assert point["step"] == row.steps
        assert point["mean_iou"] == pytest.approx(row.mean_iou)


def test_the_page_is_made_from_the_tables(
    study: ModuleType, published: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """No number on it is typed by hand, and it has a picture."""
    page = (FOLDER / "segment.md").read_text(encoding="utf-8")
    assert page == study.text(*published)
    assert (FOLDER / "segment.png").is_file()


def test_the_beginning_names_what_is_dirty_and_what_is_clean_in_every_seed(
    study: ModuleType,
) -> None:
    """A layer that is so in one seed alone is not named."""
    table = rows(lattice_2_db_initial={"a": [7, 9], "b": [7, 3], "c": [0, 0.5], "d": [0, 2]})
    assert study.beginning(table) == (
        "Before training, the maps of a have a visible pattern of 2 px in every seed; those of c "
        "have none in any."
    )


def test_the_end_gives_what_is_left(study: ModuleType) -> None:
    """With means and ranges; without a layer it says so."""
    table = rows(lattice_2_db={"a": [7, 9], "b": [0, 3]})
    assert study.end(table) == (
        "After 250 steps the pattern of 2 px is still there in every seed with a (8.0 (7.0 to 9.0) "
        "dB); there is none in any seed with no layer."
    )


def test_pairs_that_differ_significantly_are_counted(study: ModuleType) -> None:
    """Two layers are alike; the third is below both."""
    table = rows(mean_iou={"a": [0.31, 0.312], "b": [0.311, 0.313], "c": [0.1, 0.101]})
    assert "the best mean is b's (0.312), the lowest c's (0.101)" in study.apart(table)
    assert "2 of the 3 pairs of layers differ significantly" in study.apart(table)
