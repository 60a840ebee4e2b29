"""The columns of statistics: rows of groups in, one line per method out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from score_rows import DEFAULTS

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.report.columns import columns_of_rows
from upbench.benchmark.report.summary import summarise
from upbench.benchmark.report.tables import written_rank
from upbench.benchmark.statistics import holm
from upbench.benchmark.statistics.columns import (
    group_statistics,
    measure,
    statistic_columns,
    statistics_by_group,
)

IMAGES = 12
MEASURES = [
    measure(column)
    for column in columns_of_rows(["psnr_db", "ssim", "checkerboard_db", "shift_px"], {})
]
COLUMNS = statistic_columns(MEASURES)
FAULTS = ["checkerboard_db_max", "checkerboard_above_1db"]


def scores(**means: float) -> pd.DataFrame:
    """Return PSNR by image and method: images of unlike difficulty, methods of these means."""
    random = np.random.default_rng(0)
    table = 30 + 4 * random.normal(size=(IMAGES, 1)) + np.array([*means.values()])
    table += 0.2 * random.normal(size=table.shape)
    index = pd.Index([f"image{n}" for n in range(IMAGES)], name="image")
    return pd.DataFrame(table, index=index, columns=pd.Index(means, name="method"))


def rows(psnr: pd.DataFrame, **given: Any) -> pd.DataFrame:
    """Return rows with these PSNR; null is a cell that failed."""
    long = psnr.stack(future_stack=True).rename("psnr_db").reset_index()  # noqa: PD013
    long["status"] = np.where(long["psnr_db"].isna(), "error", "ok")
    long["ssim"] = 1 - np.exp(-long["psnr_db"] / 15)
    same = {name: value for name, value in DEFAULTS.items() if name not in long}
    return long.assign(**(same | given))


def lines(given: pd.DataFrame, reference: str | None = None) -> pd.DataFrame:
    """Return the summary by method."""
    return summarise(given, reference).set_index("method")


def ranges(found: pd.DataFrame, score: str = "psnr_db") -> dict[str, str | None]:
    """Return the rank range of each line."""
    ends = zip(found[f"{score}_rank_low"], found[f"{score}_rank_high"], strict=True)
    return dict(zip(found.index, (written_rank(*each) for each in ends), strict=True))


def test_columns_follow_those_of_the_means() -> None:
    """Scripts that read the first columns by place go on working."""
    found = summarise(rows(scores(bicubic=0, sharp=1)))
    first = ["dataset", "scale", "protocol", "method", "family", "images"]
    means = ["psnr_db", "ssim", "checkerboard_db", "shift_px", "seconds", "mpx_per_s"]
    assert found.columns.tolist() == [*first, *means, *COLUMNS, *FAULTS, "infinite", "set_aside"]
    assert found["psnr_db_rank_low"].dtype == found["ssim_rank_high"].dtype == "Int64"


def test_numbers_are_those_of_the_differences_per_image() -> None:
    """Mean, interval and Holm's p of SciPy's Wilcoxon, and the interval of the mean around it."""
    table = scores(bicubic=0, sharp=1, soft=-0.1)
    found = lines(rows(table))
    differences = table[["sharp", "soft"]].sub(table["bicubic"], axis=0)
    p = holm([stats.wilcoxon(differences[name]).pvalue for name in differences])
    assert found.loc[["sharp", "soft"], "psnr_db_p"].tolist() == pytest.approx(p.tolist())
    assert found.loc["sharp", "psnr_db_diff"] == pytest.approx(differences["sharp"].mean())
    assert found.loc["sharp", "psnr_db_diff_low"] > 0.7
    assert found.loc["sharp", "psnr_db_diff_high"] < 1.3
    assert (found["psnr_db_low"] < found["psnr_db"] - 1).all()
    assert (found["psnr_db_high"] > found["psnr_db"] + 1).all()
    assert ranges(found) == {"sharp": "1", "bicubic": "2 to 3", "soft": "2 to 3"}
    assert found.loc[["sharp", "soft"], "psnr_db_resolves"].between(0.1, 0.5).all()
    assert found.loc["sharp", "psnr_db_median"] == pytest.approx(table["sharp"].median())
    assert found.loc["sharp", "psnr_db_diff_median"] == pytest.approx(differences["sharp"].median())


def test_reference_differs_from_itself_by_nothing() -> None:
    """And is not tested against itself."""
    line = lines(rows(scores(bicubic=0, sharp=1))).loc["bicubic"]
    ends = ["psnr_db_diff", "psnr_db_diff_low", "psnr_db_diff_high"]
    assert line[ends].tolist() == [0, 0, 0]
    assert pd.isna(line["psnr_db_p"])


@pytest.mark.parametrize(
    ("asked", "methods", "expected"),
    [
        (None, ("bicubic", "sharp"), "bicubic"),
        (None, ("soft", "sharp"), "sharp"),
        ("soft", ("bicubic", "soft"), "soft"),
    ],
)
def test_reference_is_bicubic_or_the_best_or_the_one_asked_for(
    asked: str | None, methods: tuple[str, ...], expected: str
) -> None:
    """Its name stands in each line."""
    means = {"bicubic": 0.0, "sharp": 1.0, "soft": -1.0}
    found = lines(rows(scores(**{name: means[name] for name in methods})), asked)
    assert set(found["reference"]) == {expected}


def test_best_of_part_of_the_images_is_no_reference() -> None:
    """Its mean is over other images."""
    table = scores(soft=0, part=5)
    table.loc["image3", "part"] = None
    assert set(lines(rows(table))["reference"]) == {"soft"}


def test_unknown_reference_is_named_in_a_sentence() -> None:
    """With what may have been meant, or with what there is."""
    given = rows(scores(bicubic=0, sharp=1))
    with pytest.raises(UsageError, match=r"reference method 'bicubc'; did you mean 'bicubic'\?"):
        summarise(given, "bicubc")
    with pytest.raises(UsageError, match=r"method 'xyz'; they are of bicubic and sharp\."):
        summarise(given, "xyz")


def test_group_without_the_reference_has_no_differences() -> None:
    """Another method in its place would be a surprise."""
    x2 = rows(scores(bicubic=0, sharp=1))
    x3 = rows(scores(soft=0, bicubic=1), scale=3)
    found = summarise(pd.concat([x2, x3]), "sharp").set_index("scale")
    assert found.loc[3, ["reference", "psnr_db_diff", "psnr_db_p"]].isna().all(axis=None)
    assert found.loc[3, "psnr_db_rank_low"].tolist() == [1, 2]
    assert set(found.loc[2, "reference"]) == {"sharp"}


def test_difference_is_over_the_images_that_both_have() -> None:
    """A failure on the hardest image lifts the mean and not the difference; there is no rank."""
    table = scores(bicubic=0, part=0)
    hardest = table["bicubic"].idxmin()
    table.loc[hardest, "part"] = None
    line = lines(rows(table)).loc["part"]
    common = table.drop(index=hardest)
    assert line["images"] == "11/12"
    assert line["psnr_db"] > table["bicubic"].mean() + 0.3
    assert line["psnr_db_diff"] == pytest.approx((common["part"] - common["bicubic"]).mean())
    assert line["psnr_db_p"] == pytest.approx(
        stats.wilcoxon(common["part"] - common["bicubic"]).pvalue
    )
    assert pd.isna(line["psnr_db_rank_low"])
    assert pd.isna(line["ssim_rank_low"])


def test_method_that_was_run_on_fewer_images_is_not_complete() -> None:
    """The coverage counts all images of the group, also those where a method was not tried."""
    given = rows(scores(bicubic=0, sharp=1))
    given = given[(given["method"] == "bicubic") | (given["image"] < "image3")]
    line = lines(given).loc["sharp"]
    assert line["images"] == "5/12"
    assert pd.isna(line["psnr_db_rank_low"])


def test_groups_never_meet() -> None:
    """The same rows in two data sets have the statistics of one."""
    one = rows(scores(bicubic=0, sharp=1, soft=-1))
    both = summarise(pd.concat([one, one.assign(dataset="twin")]))
    (_, twin), (_, alone) = both.groupby("dataset")
    rest = [column for column in both.columns if column != "dataset"]
    pd.testing.assert_frame_equal(
        twin[rest].reset_index(drop=True), alone[rest].reset_index(drop=True)
    )
    assert alone["psnr_db_rank_low"].tolist() == [1, 2, 3]


def test_identical_outputs_share_a_rank() -> None:
    """Two names for one kernel: no difference, p of 1, one range; also for the reference's own."""
    table = scores(bicubic=0, sharp=1)
    table["alias"] = table["bicubic"]
    table["twin"] = table["sharp"] + 0.001
    found = lines(rows(table))
    assert found.loc["alias", ["psnr_db_diff", "psnr_db_p"]].tolist() == [0, 1]
    twos = {"twin": "1 to 2", "sharp": "1 to 2", "bicubic": "3 to 4", "alias": "3 to 4"}
    assert ranges(found) == twos
    # names for one method are one test: the p is that of two methods
    p = stats.wilcoxon(table["sharp"] - table["bicubic"]).pvalue
    assert found.loc[["sharp", "twin"], "psnr_db_p"].tolist() == pytest.approx([p, p])


def test_infinite_psnr_is_sensible_and_silent() -> None:
    """Means are infinite, intervals unknown; ranks and tests know what is above."""
    table = scores(bicubic=0, sharp=1, perfect=3)
    table["perfect"] = np.inf
    table.loc["image0", :] = np.inf
    found = lines(rows(table))
    assert (found["psnr_db"] == np.inf).all()
    assert found[["psnr_db_low", "psnr_db_high"]].isna().all(axis=None)
    assert ranges(found) == {"perfect": "1", "sharp": "2", "bicubic": "3"}
    assert found.loc["perfect", "psnr_db_diff"] == np.inf
    assert pd.isna(found.loc["perfect", "psnr_db_diff_low"])
    assert np.isfinite(found.loc["sharp", ["psnr_db_diff", "psnr_db_diff_low"]].astype(float)).all()
    assert found.loc["perfect", "psnr_db_p"] < 0.01


def test_one_exact_image_makes_no_reference() -> None:
    """Without bicubic the reference is the best, with a number for each infinite score."""
    table = scores(soft=-2, sharp=1, lucky=-3)
    table.loc["image0", "lucky"] = np.inf
    found = lines(rows(table))
    assert set(found["reference"]) == {"sharp"}
    assert found.index.tolist() == ["sharp", "soft", "lucky"]
    assert found.loc["lucky", "psnr_db_diff"] == np.inf
    assert pd.isna(found.loc["lucky", "psnr_db_best_diff"])


def test_tests_are_counted_as_the_correction_counts_them() -> None:
    """Methods alike on every image are one test, also if their means print apart."""
    table = scores(bicubic=0, sharp=1, soft=-1)
    table["twin"] = table["sharp"] + 0.0049
    table["alias"] = table["bicubic"]
    found = lines(rows(table))
    assert found["psnr_db_tests"].tolist() == [2] * 5
    assert found["psnr_db_tests"].dtype == "Int64"
    assert found["ssim_tests"].notna().all()
    none = lines(rows(table), "soft").drop(index="soft")
    assert none["psnr_db_tests"].tolist() == [2] * 4
    assert summarise(rows(scores(soft=0)))["psnr_db_tests"].tolist() == [0]


def test_no_interval_leaves_the_range_of_its_scores() -> None:
    """No checkerboard is below 0 dB, no SSIM above 1."""
    given = rows(scores(bicubic=0))
    given["checkerboard_db"] = [0.0] * (IMAGES - 1) + [3.0]
    given["ssim"] = [1.0] * (IMAGES - 1) + [0.2]
    (line,) = summarise(given).to_dict("records")
    assert line["checkerboard_db_low"] == 0
    assert line["checkerboard_db_high"] > 0.5
    assert line["ssim_high"] == 1


def test_no_checkerboard_anywhere_is_zero_for_sure() -> None:
    """The interval of zeros is 0 to 0, without a warning."""
    found = lines(rows(scores(bicubic=0, sharp=1)))
    ends = ["checkerboard_db_low", "checkerboard_db_high"]
    assert (found[ends] == 0).all(axis=None)


def test_score_that_no_method_has_on_an_image_is_nobodys_gap() -> None:
    """An image too small for SSIM leaves the ranks of SSIM over the others."""
    given = rows(scores(bicubic=0, sharp=1))
    given.loc[given["image"] == "image0", "ssim"] = None
    assert lines(given)["ssim_rank_low"].tolist() == [1, 2]
    given["ssim"] = None
    assert lines(given)[["ssim_rank_low", "ssim_diff", "ssim_low"]].isna().all(axis=None)


def test_one_image_has_numbers_and_no_intervals() -> None:
    """There is no rank, and nothing is made up."""
    found = lines(rows(scores(bicubic=0, sharp=1).head(1)))
    unknown = ["psnr_db_low", "psnr_db_diff_low", "psnr_db_resolves", "psnr_db_rank_low"]
    assert found[unknown].drop(index="bicubic").isna().all(axis=None)
    assert found.loc["sharp", "psnr_db_diff"] > 0
    assert found.loc["sharp", "psnr_db_p"] == 1


def test_nothing_done_has_null_statistics() -> None:
    """A run whose cells all failed, and one without rows, have the columns."""
    failed = rows(scores(bicubic=0) * np.nan)
    found = summarise(failed)
    assert (
        found[COLUMNS]
        .drop(columns=[f"{one.name}_images" for one in MEASURES])
        .isna()
        .all(axis=None)
    )
    assert found["psnr_db_rank_low"].dtype == "Int64"
    empty = summarise(failed.iloc[:0])
    assert list(empty.columns[-len(COLUMNS) - 4 : -4]) == COLUMNS


def test_five_images_have_differences_and_no_rank() -> None:
    """To the reference with an interval, to the best without."""
    found = lines(rows(scores(bicubic=0, sharp=5).head(5)))
    assert ranges(found) == {"sharp": None, "bicubic": None}
    assert found.loc["bicubic", "psnr_db_best_diff"] == pytest.approx(-5, abs=0.3)
    assert pd.isna(found.loc["bicubic", "psnr_db_best_low"])
    assert found.loc["sharp", "psnr_db_diff_low"] > 4


def test_the_image_that_decides_is_named_in_its_line() -> None:
    """The one that puts a method on its side of the reference, and the one that makes the best."""
    table = scores(bicubic=0, sharp=1, lucky=0.5)
    table.loc["image7", "lucky"] += 20
    found = lines(rows(table))
    assert found.loc["lucky", ["psnr_db_led_by", "psnr_db_next_best"]].tolist() == [
        "image7",
        "sharp",
    ]
    table["lucky"] -= 1
    line = lines(rows(table)).loc["lucky"]
    assert line["psnr_db_turned_by"] == "image7"
    without = (table["lucky"] - table["bicubic"]).drop(index="image7")
    assert line["psnr_db_diff_without"] == pytest.approx(without.mean())
    calm = lines(rows(scores(bicubic=0, sharp=1)))
    assert calm[["psnr_db_led_by", "psnr_db_turned_by"]].isna().all(axis=None)


def test_a_fault_is_counted_and_its_worst_image_kept() -> None:
    """A mean of 0.5 dB hides an image of 6; one that was not measured does not count."""
    given = rows(scores(bicubic=0))
    given["checkerboard_db"] = [None, 1.0, 6.0, *[0.0] * (IMAGES - 3)]
    (line,) = summarise(given).to_dict("records")
    assert (line["checkerboard_db_max"], line["checkerboard_above_1db"]) == (6, 2)
    given["checkerboard_db"] = None
    assert summarise(given)[FAULTS].isna().all(axis=None)


def test_a_group_alone_is_as_among_others() -> None:
    """The function for one group gives what the one for many does."""
    given = rows(scores(bicubic=0, sharp=1))
    complete = {"bicubic", "sharp"}
    alone = group_statistics(given, complete, MEASURES)
    among = statistics_by_group(given, ["dataset", "scale"], {("set", 2): complete}, MEASURES)
    assert among.loc["set", 2].psnr_db_diff.tolist() == alone["psnr_db_diff"].tolist()
    assert among.index.names == ["dataset", "scale", "method"]
