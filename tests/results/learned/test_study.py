"""The study's numbers: which networks, their scores, their beginnings, curves and times."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from head_study import initialisation as beginning
from head_study import speed as timing
from head_study.curves import converged_at, convergence, curves
from head_study.initialisation import initialisation, summary
from head_study.names import ORDER, rank, short
from head_study.scores import METRICS, candidates, present, ripples, score
from head_study.speed import FORMS, SpeedRow, empty, speed
from head_study.subjects import Subject, choose, find, kernel_of
from head_study.table import Tables, heads, lead_dataset, over_seeds, read, write
from upbench.benchmark.core.contract import Dataset, LocalStatus
from upbench.benchmark.core.errors import StoreError, UsageError
from upbench.benchmark.engine.cell import prepare
from upbench.benchmark.imaging.degrade import quantise
from upbench.benchmark.metrics.psnr import psnr
from upbench.benchmark.registry.catalog import built_in_protocols

if TYPE_CHECKING:
    from pathlib import Path

EVEN, ICNR, CARAFE = "cnn-transposed-conv-even", "cnn-subpixel-conv-icnr", "cnn-carafe"


def noise(side: int = 12) -> Any:
    """Return a small luma image."""
    return np.random.default_rng(0).random((side, side, 1), dtype=np.float32)


# ------------------------------------------------------------------ which networks


def test_networks_with_weights_are_found_and_the_others_named(studio: Any) -> None:
    """Three seeds are wanted at x2 and one elsewhere; what is not there has its command."""
    found, missing = find(studio.heads, (), (2, 3))
    assert len(found) == 9
    assert {one.line for one in missing} == {
        f"{name} x2 seed 2: not trained yet" for name in (EVEN, ICNR, CARAFE)
    }
    assert f"upbench train --methods {EVEN} --scales 2 --seed 2" in missing[0].reason


def test_weights_of_further_seeds_are_found(studio: Any) -> None:
    """A seed that nobody asked for counts when it is there."""
    for file in [*studio.weights.glob(f"{EVEN}-x3.*")]:
        file.with_name(file.name.replace("-x3.", "-x3-seed4.")).write_bytes(file.read_bytes())
    found, _ = find(studio.heads[:1], (), (3,))
    assert [one.seed for one in found] == [0, 4]


def test_damaged_weights_are_named_and_stop_nobody(studio: Any) -> None:
    """A published page says that they cannot be used; the reason is for the terminal."""
    file = studio.weights / f"{EVEN}-x3.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    found, missing = find(studio.heads[:2], (), (3,))
    assert [one.method.name for one in found] == [ICNR]
    assert missing[0].line == f"{EVEN} x3 seed 0: cannot be used"
    assert "SHA-256" in missing[0].reason


@pytest.mark.parametrize("content", ["no JSON", "[]", '{"recipe": 3}'])
def test_card_that_says_nothing_is_named(studio: Any, content: str) -> None:
    """A network without a readable card is not studied."""
    (studio.weights / f"{EVEN}-x3.json").write_text(content, encoding="utf-8")
    found, missing = find(studio.heads[:1], (), (3,))
    assert not found
    assert missing[0].line.endswith("cannot be used")


def test_choosing_takes_trainable_methods_alone_in_the_order_of_tables(studio: Any) -> None:
    """An interpolation among the names is passed over; nothing else than one is a mistake."""
    chosen = choose(studio.catalog, [CARAFE, "bicubic", EVEN])
    assert [method.name for method in chosen] == [EVEN, CARAFE]
    assert choose(studio.catalog, []) == ()
    with pytest.raises(UsageError, match=r"bicubic names no method that is trained; expected"):
        choose(studio.catalog, ["bicubic"])


def test_kernel_of_a_transposed_convolution_alone(studio: Any) -> None:
    """Other heads have no kernel whose overlap could be even."""
    assert [kernel_of(one, 2) for one in studio.heads] == [4, None, None]
    assert kernel_of(studio.heads[0], 3) == 6


def test_every_built_in_head_has_its_place_in_the_order() -> None:
    """Names of the study are those of the catalog; a name that it does not know comes last."""
    from upbench.benchmark.registry.catalog import collect

    methods = collect().methods
    assert {name for name in methods if name.startswith(("cnn-", "upnet-"))} == set(ORDER)
    assert sorted(["a-new-one", ORDER[1], ORDER[0]], key=rank) == [*ORDER[:2], "a-new-one"]
    assert short(EVEN) == "transposed-conv-even"


def test_untrained_is_the_beginning_of_the_trained(studio: Any) -> None:
    """The same seed gives the same beginning, another one another, and training changes it."""
    one = Subject(studio.heads[1], 2, 0)
    first = one.untrained()(noise())
    assert first.shape == (24, 24, 1)
    np.testing.assert_array_equal(first, one.untrained()(noise()))
    assert not np.array_equal(first, replace(one, seed=1).untrained()(noise()))
    assert not np.array_equal(first, one.trained()(noise()))


# ------------------------------------------------------------------ scores


def entered(studio: Any, scales: tuple[int, ...] = (2,)) -> tuple[Any, ...]:
    """Return the reference and the networks, before and after."""
    found, _ = find(studio.heads, (), scales)
    return candidates(found, studio.catalog, scales)


def scores_of(studio: Any, folder: Path, listed: Any, progress: Any = None) -> pd.DataFrame:
    """Score candidates on the one small image."""
    datasets = [studio.catalog.dataset(f"folder:{studio.pictures}")]
    metrics = [studio.catalog.metrics[name] for name in METRICS]
    return score(listed, datasets, metrics, folder, progress)


def test_scores_are_those_of_the_suite(studio: Any, tmp_path: Path) -> None:
    """A row's PSNR is that of the network's own output under the protocol."""
    rows = scores_of(studio, tmp_path / "kept", entered(studio))
    assert (rows["status"] == "ok").all()
    assert len(rows) == 1 + 2 * 6
    image = studio.catalog.dataset(f"folder:{studio.pictures}").items()[0].load()
    prepared = prepare(image, 2, built_in_protocols()["y-classic"])
    output = Subject(studio.heads[1], 2, 1).untrained()(prepared.low)
    expected = psnr(prepared.reference, prepared.protocol.steps.score(quantise(output), 2), 2)
    row = rows[(rows["method"] == ICNR) & (rows["seed"] == 1) & (rows["stage"] == "initial")]
    assert row["psnr_db"].item() == pytest.approx(expected)


def test_finished_scores_are_kept_until_the_weights_change(studio: Any, tmp_path: Path) -> None:
    """The second time nothing is scored; other weights are scored again.

    So is what was loaded after them in the same process: it might have used the same file.
    """
    folder, done = tmp_path / "kept", []

    def count(_what: str, number: int, _total: int) -> None:
        done.append(number)

    first = scores_of(studio, folder, entered(studio), count)
    assert len(done) == 13
    pd.testing.assert_frame_equal(first, scores_of(studio, folder, entered(studio), count))
    assert len(done) == 13
    old, new = (studio.weights / f"{EVEN}-x2{tail}.safetensors" for tail in ("", "-seed1"))
    listed = entered(studio)
    old.write_bytes(new.read_bytes())
    scores_of(studio, folder, listed, count)
    assert 14 <= len(done) < 26


def test_image_that_is_too_small_is_a_failure_and_stops_nobody(studio: Any, tmp_path: Path) -> None:
    """It has a status and a reason instead of scores."""
    from PIL import Image

    Image.fromarray(np.zeros((3, 3), np.uint8)).save(studio.pictures / "tiny.png")
    rows = scores_of(studio, tmp_path / "kept", entered(studio))
    assert (rows.groupby("image")["status"].first() == ["ok", "error"]).all()
    assert "too few" in rows.loc[rows["image"] == "tiny", "reason"].iloc[0]


def test_datasets_that_are_not_here_are_left_out() -> None:
    """Nothing is downloaded for a study."""
    here, absent = (
        Dataset(name, list, "", "", status=lambda n=n: LocalStatus("", n, 2, 0))
        for name, n in (("here", 2), ("away", 1))
    )
    always = Dataset("always", list, "", "")
    assert present([here, absent, always]) == ((here, always), ("away",))


def test_ripple_of_the_reference_is_none(studio: Any) -> None:
    """Bicubic keeps flat fields flat; a random transposed convolution does not."""
    rows = ripples(entered(studio)).set_index(["method", "stage", "seed"])["ripple_db"]
    assert rows["bicubic"].item() == pytest.approx(0, abs=1e-6)
    assert rows[EVEN, "initial", 0] > 10
    assert rows[ICNR, "initial", 0] < 0.01


# ------------------------------------------------------------------ at initialisation


def start(studio: Any, known: pd.DataFrame | None = None) -> pd.DataFrame:
    """Measure two seeds of two heads at x2."""
    return initialisation(studio.heads[:2], (2,), 2, studio.catalog, known)


@pytest.fixture
def _one_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beginning, "IMAGES", ("camera",))


@pytest.mark.usefixtures("_one_image")
def test_theory_of_initialisation(studio: Any) -> None:
    """ICNR begins without a checkerboard, a random transposed convolution far above."""
    found = summary(start(studio))
    assert found.loc[(2, EVEN), ("ripple_db", "min")] > 20
    assert found.loc[(2, EVEN), ("checkerboard_unclipped_db", "min")] > 20
    assert found.loc[(2, ICNR), ("ripple_db", "max")] < 0.01
    assert found.loc[(2, ICNR), ("checkerboard_db", "max")] < 4
    assert found["outside", "max"].between(0, 1).all()


@pytest.mark.usefixtures("_one_image")
def test_rows_of_an_earlier_run_are_used_again_while_the_code_is_the_same(studio: Any) -> None:
    """A kept row is not measured again; one of other code is."""
    first = start(studio)
    known = first.assign(ripple_db=77.0)
    known.loc[0, "code_hash"] = "other"
    again = start(studio, known)
    assert list(again["ripple_db"]) == [first["ripple_db"][0], 77.0, 77.0, 77.0]
    pd.testing.assert_frame_equal(first, start(studio, pd.DataFrame({"old": [1]})))


# ------------------------------------------------------------------ along training


@pytest.mark.parametrize(
    ("levels", "step"),
    [
        ([0.0, 0.0, 0.9], 0),
        ([50.0, 0.9, 0.0], 10),
        ([50.0, 0.9, 1.0], None),
        ([50.0, 2.0, 0.5], 20),
        ([0.0, 1.5, 0.5], 20),
        ([float("nan"), 0.5, 0.5], 10),
    ],
)
def test_converged_is_below_for_good(levels: list[float], step: int | None) -> None:
    """A level that comes back has not converged, one that never rose has from the first."""
    assert converged_at([0, 10, 20], levels) == step


def test_curves_are_those_beside_the_weights(studio: Any) -> None:
    """Every record of every network, with method, scale and seed before it."""
    found, _ = find(studio.heads, (), (2, 3))
    table = curves(found)
    assert list(table.columns[:4]) == ["method", "scale", "seed", "step"]
    assert list(table["step"]) == [0, 2] * 9
    converged = convergence(table)
    assert len(converged) == 9
    row = converged[(converged["method"] == EVEN) & (converged["scale"] == 3)].iloc[0]
    assert row["ripple_db_first"] > 10
    assert row["ripple_db_worst"] >= row["ripple_db_last"] > 1
    assert row["ripple_db_step"] is pd.NA


# ------------------------------------------------------------------ speed and tables


def test_each_form_is_timed_and_compared_with_the_folded(
    studio: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seed 0 alone; a head that cannot be folded has one form."""
    monkeypatch.setattr(timing, "SIDE", 24)
    found, _ = find(studio.heads, (), (2, 3))
    rows = speed(found, rounds=2)
    assert len(rows) == 2 * (3 + 3 + 1)
    assert list(rows.columns) == list(SpeedRow.__dataclass_fields__) == list(empty().columns)
    assert (rows.loc[rows["form"] == FORMS[0], "over_folded"] == 1).all()
    assert (rows["ms_min"] <= rows["ms"]).all()
    assert set(rows.loc[rows["method"] == CARAFE, "form"]) == {FORMS[0]}


def test_the_forms_that_are_timed_give_one_output(studio: Any) -> None:
    """Folded and unfolded differ by rounding alone."""
    outputs = [run(noise()) for run in timing._forms(Subject(studio.heads[0], 3, 0)).values()]
    for other in outputs[1:]:
        np.testing.assert_allclose(outputs[0], other, atol=1e-5)


def study(studio: Any, folder: Path) -> Tables:
    """Return all tables of the stand-ins, without times."""
    found, _ = find(studio.heads, (), (2, 3))
    listed = candidates(found, studio.catalog, (2, 3))
    rows = scores_of(studio, folder, listed)
    along = curves(found)
    table = heads(found, rows, ripples(listed), empty())
    return Tables(table, start(studio), along, convergence(along), empty())


@pytest.mark.usefixtures("_one_image")
def test_heads_put_everything_beside_each_other(studio: Any, tmp_path: Path) -> None:
    """One row per network, after the reference, with what it is, what it cost and its scores."""
    table = study(studio, tmp_path / "kept").heads
    names = ["bicubic", *[EVEN] * 2, *[ICNR] * 2, *[CARAFE] * 2, "bicubic", EVEN, ICNR, CARAFE]
    assert list(table["method"]) == names
    reference, row = table.iloc[0], table.iloc[1]
    assert reference["gain_db"] == 0
    assert row["gain_db"] == pytest.approx(row["psnr_db"] - reference["psnr_db"])
    assert (row["kernel"], row["stride_divides"], row["steps"]) == (4, True, 2)
    assert row["parameters"] == 9697
    assert row["ripple_db_initial"] > 10
    assert table["ms_per_mpx"].isna().all()
    mean, low, high, count = over_seeds(table.iloc[1:3], "psnr_db").loc[2, EVEN]
    assert (low <= mean <= high, count) == (True, 2)
    assert lead_dataset(table) == f"folder:{studio.pictures}"
    assert lead_dataset(table.assign(dataset=["set14", *["standard"] * 10])) == "set14"


@pytest.mark.usefixtures("_one_image")
def test_tables_come_back_from_their_files(studio: Any, tmp_path: Path) -> None:
    """What is written is what is read, to six digits."""
    tables = study(studio, tmp_path / "kept")
    write(tables, tmp_path)
    again = read(tmp_path)
    for name in Tables.__dataclass_fields__:
        written, found = getattr(tables, name), getattr(again, name)
        assert list(written.columns) == list(found.columns)
        for column in written:
            if pd.api.types.is_numeric_dtype(written[column]):
                values = (one[column].astype("Float64") for one in (written, found))
                pd.testing.assert_series_equal(*values, rtol=1e-5)
            else:
                assert list(written[column].dropna()) == list(found[column].dropna())


def test_folder_without_a_study_is_refused(tmp_path: Path) -> None:
    """One sentence says what was expected and how to make it."""
    with pytest.raises(StoreError, match=r"has no heads.csv; expected what a study wrote: run"):
        read(tmp_path)
