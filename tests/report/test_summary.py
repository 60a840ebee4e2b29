"""The summary: rows in, one line per method out."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd
import pytest
from score_rows import NO_SCORES, score_row

from upbench.benchmark.core.row import columns, typed
from upbench.benchmark.report.columns import SPEED, describe_score
from upbench.benchmark.report.failures import failure_lines, skip_lines
from upbench.benchmark.report.notes import is_clean, is_left_out, notes
from upbench.benchmark.report.render.terminal import to_text
from upbench.benchmark.report.summary import best_of, groups, standings, summarise
from upbench.benchmark.report.tables import terminal_tables, to_latex, to_markdown


def rows(*given: dict[str, Any]) -> pd.DataFrame:
    """Return a frame of rows: defaults, with what is given."""
    return typed(
        pd.DataFrame([score_row(**{"method": "m"} | row) for row in given], columns=columns())
    )


def failed(**given: Any) -> dict[str, Any]:
    """Return a failed row's differences."""
    return {
        "status": "error",
        "reason": "it broke",
        "height": 9,
        **NO_SCORES,
        **given,
    }


def test_means_are_unweighted_over_images() -> None:
    """Two images count alike, whatever their size."""
    (line,) = summarise(
        rows({"psnr_db": 30.0}, {"image": "b", "psnr_db": 40.0, "height": 4000})
    ).to_dict("records")
    assert line["psnr_db"] == 35.0
    assert line["images"] == "2/2"


def test_speed_is_the_median_over_images() -> None:
    """One slow first call, or one large image, does not decide which method is the fastest."""
    speeds = {"a": 0.1, "b": 9.0, "c": 10.0, "d": 11.0, "e": 12.0}
    given = rows(
        *(
            {"image": name, "mpx_per_s": speed, "seconds": 1 / speed}
            for name, speed in speeds.items()
        )
    )
    (line,) = summarise(given).to_dict("records")
    assert (line["mpx_per_s"], line["seconds"]) == (10.0, 0.1)


def test_speeds_of_another_machine_are_not_ranked() -> None:
    """Quality of an older machine's rows counts, their speed does not stand beside fresh ones."""
    old = {"method": "old", "machine": "elsewhere", "measured_at": "2026-01-01T00:00:00+00:00"}
    lines = summarise(rows({}, old)).set_index("method")
    assert lines.loc["old", "psnr_db"] == 30.0
    assert pd.isna(lines.loc["old", "mpx_per_s"])
    assert lines.loc["m", "mpx_per_s"] == pytest.approx(10.0)


def test_failures_count_in_the_coverage_and_nowhere_else() -> None:
    """A mean is over the images that worked, and says how many."""
    (line,) = summarise(rows({}, failed(image="b"))).to_dict("records")
    assert (line["images"], line["psnr_db"]) == ("1/2", 30.0)


def test_method_that_never_worked_has_a_line_without_numbers() -> None:
    """It is in the table with 0 images, so that nobody wonders where it is."""
    (line,) = summarise(rows(failed())).to_dict("records")
    assert line["images"] == "0/1"
    assert pd.isna(line["psnr_db"])
    assert pd.isna(line["mpx_per_s"])


def test_skipped_cells_are_left_out() -> None:
    """A scale that a method does not offer is no failure."""
    given = rows({}, failed(method="n", status="skipped"))
    assert summarise(given)["method"].tolist() == ["m"]


@pytest.mark.parametrize("column", ["dataset", "scale", "protocol"])
def test_groups_are_never_averaged_together(column: str) -> None:
    """Another dataset, scale or protocol is another table."""
    other = {"dataset": "other", "scale": 3, "protocol": "rgb8"}[column]
    assert len(list(groups(summarise(rows({}, {column: other}))))) == 2


def test_sizes_come_by_their_area_after_numbers() -> None:
    """Tables hold sizes as text; 30x40 is still smaller than 200x300, and 3 than 16."""
    wanted = ["x0.5", "x3", "x16", "30x40", "from-30x40", "200x300"]
    given = rows(*({"scale": one.removeprefix("x")} for one in reversed(wanted)))
    shown = summarise(given)
    assert [title.split()[1].rstrip(",") for title, _ in groups(shown)] == wanted
    text = to_latex(shown)
    assert [one.group(1) for one in re.finditer(r"label{tab:set-(\S+)-y-classic}", text)] == [
        "x0-5",
        *wanted[1:],
    ]
    assert [one.group(1) for one in re.finditer(r"caption{(\w+) ", text)] == [
        "Downsampling",
        *["Upsampling"] * 2,
        *["Resizing"] * 3,
    ]


def test_best_psnr_comes_first() -> None:
    """Within a group, methods are sorted by mean PSNR."""
    given = rows({"method": "low"}, {"method": "high", "psnr_db": 31.0})
    assert summarise(given)["method"].tolist() == ["high", "low"]


def full_and_part(psnr_db: float) -> pd.DataFrame:
    """Return rows of a method with both images, and of one that failed on the hard one."""
    return rows(
        {"method": "full"},
        {"method": "full", "image": "b", "psnr_db": 20.0},
        {"method": "part", "psnr_db": psnr_db},
        failed(method="part", image="b"),
    )


def test_best_needs_full_coverage() -> None:
    """A method that failed on the hard image is not the best for it."""
    given = full_and_part(30.0)
    assert best_of(summarise(given), describe_score("psnr_db")) == {"full"}


def test_values_that_print_alike_are_best_together() -> None:
    """A difference below the shown digits is no victory."""
    given = rows({"method": "a", "psnr_db": 30.001}, {"method": "b", "psnr_db": 30.002})
    assert best_of(summarise(given), describe_score("psnr_db")) == {"a", "b"}


def test_lower_is_better_where_it_is() -> None:
    """The cleanest is the best of the checkerboard column."""
    given = rows({"method": "clean"}, {"method": "dirty", "checkerboard_db": 9.0})
    assert best_of(summarise(given), describe_score("checkerboard_db")) == {"clean"}


def test_speeds_below_one_have_two_digits_that_count() -> None:
    """Three times as slow is not as fast."""
    given = rows({"method": "slow", "mpx_per_s": 0.04}, {"method": "slower", "mpx_per_s": 0.012})
    text = to_markdown(summarise(given))
    assert "| **0.040** |" in text
    assert "| 0.012 |" in text
    assert best_of(summarise(given), SPEED) == {"slow"}


def test_markdown_shows_the_best_in_bold_and_null_as_a_dash() -> None:
    """Each group is a Markdown table."""
    text = to_markdown(summarise(rows({}, failed(method="n"))))
    assert "## set x2, y-classic" in text
    assert "| m | 1/1 | **30.00** |" in text
    assert "| n | 0/1 | \N{EN DASH} |" in text


def test_terminal_marks_the_best_without_colour_too() -> None:
    """A star stands beside the best value, for those who do not see green."""
    (table,) = terminal_tables(summarise(rows({}, {"method": "n", "psnr_db": 20.0})))
    best, other = (line for line in to_text(table).plain.splitlines() if line[:2] in {"m ", "n "})
    assert "30.00*" in best
    assert "20.00*" not in other


def images(count: int, **given: Any) -> list[dict[str, Any]]:
    """Return rows of images of unlike difficulty, each a little above the last."""
    psnr = given.pop("psnr_db", 30.0)
    return [{"image": f"i{n}", "psnr_db": psnr + 0.5 * n, **given} for n in range(count)]


def compared(count: int) -> pd.DataFrame:
    """Return the summary of bicubic, of one that is better everywhere, and of one that failed."""
    better = [
        row | {"psnr_db": row["psnr_db"] + 1 + 0.01 * n} for n, row in enumerate(images(count))
    ]
    given = [*images(count, method="bicubic"), *({**row, "method": "sharp"} for row in better)]
    return summarise(rows(*given, *(failed(method="broken", image=f"i{n}") for n in range(count))))


def test_markdown_tells_the_differences_their_intervals_and_the_rank() -> None:
    """The reference is named in the heading; who failed has dashes."""
    text = to_markdown(compared(8))
    differences = "minus bicubic | detectable | minus best | rank"
    heads = f"PSNR dB | median | 95 % interval | {differences} | SSIM"
    assert f"| method | images | {heads} |" in text
    assert re.search(
        r"\| sharp \| 8/8 \| \*\*32.78\*\* \| 32.78 \| 31.\d\d to 33.\d\d \| "
        r"\+1.04 \(\+1.01 to \+1.06\) \| 0.028 \| 0.00 \(0.00 to 0.00\) \| 1 \|",
        text,
    )
    assert re.search(r"\| -1.04 \(-1.0\d to -1.0\d\) \| 2 \| \*\*0.9000\*\* \|", text)
    assert "| broken | 0/8 | \N{EN DASH} | \N{EN DASH} | \N{EN DASH} | \N{EN DASH} |" in text


def test_markdown_says_what_the_images_can_tell() -> None:
    """What they detect, below thirty images what to beware of, and where they are too few."""
    text = to_markdown(compared(5))
    detectable = r"With 5 images, differences to bicubic below about 0.0\d+ dB \(sharp\)"
    assert re.search(detectable, text)
    assert "Too few images (5) to rank" in text
    assert "they then cover 89 % at 5 images" in text
    assert "too short" not in to_markdown(compared(30))


def test_terminal_shows_ranks_and_folds_names_before_numbers() -> None:
    """On 80 columns every number can be read, and what the images detect stands below."""
    summary = compared(8).replace("sharp", "sharp-by-a-network-of-a-very-long-name")
    (table,) = terminal_tables(summary)
    printed = to_text(table, 80).plain
    assert re.search(r"8/8 +32.78\* +1 +0.9000\* +0.00\* +10.0\*", printed)
    assert "differences to bicubic below about 0.028 dB" in " ".join(printed.split())
    assert max(map(len, printed.splitlines())) <= 80
    assert "\N{HORIZONTAL ELLIPSIS}" not in printed


def faulty(levels: list[float]) -> pd.DataFrame:
    """Return the summary of a clean method and of one with these checkerboard levels."""
    clean = images(len(levels), method="clean")
    other = images(len(levels), method="other")
    return summarise(
        rows(
            *clean, *({**row, "checkerboard_db": db} for row, db in zip(other, levels, strict=True))
        )
    )


def test_a_fault_is_shown_by_its_worst_image_and_a_count() -> None:
    """In the Markdown and on the terminal; the mean of 0.6 dB stays in the CSV."""
    summary = faulty([0.0] * 9 + [6.0])
    text = to_markdown(summary)
    assert "| worst checkerboard dB | images above 1 dB |" in text
    assert re.search(r"\| other .*\| 6.0 \| 1 \|", text)
    assert re.search(r"\| clean .*\| \*\*0.0\*\* \| 0 \|", text)
    (table,) = terminal_tables(summary)
    assert {"checkerboard_db_max", "checkerboard_above_1db"} <= {one.key for one in table.columns}
    assert summary.set_index("method").loc["other", "checkerboard_db"] == pytest.approx(0.6)


def test_a_fault_that_no_image_shows_is_one_sentence() -> None:
    """The column is left out, and the sentence names the worst of all."""
    text = to_markdown(faulty([0.0, 0.9, 0.2]))
    assert "worst checkerboard" not in text
    assert "No method leaves a visible checkerboard: the worst image of all is at 0.9 dB" in text
    assert "(other), and below 1 dB is clean" in text


def unmeasured(count: int = 3, **given: Any) -> pd.DataFrame:
    """Return the summary of a clean method and of one without any level."""
    silent = images(count, method="silent", **{"checkerboard_db": None, **given})
    return summarise(rows(*images(count, method="clean"), *silent))


def test_a_method_without_a_level_is_not_said_to_be_clean() -> None:
    """The sentence is of those measured, and the columns stay."""
    summary, column = unmeasured(), describe_score("checkerboard_db")
    text = to_markdown(summary)
    assert (
        "No method of those measured leaves a visible checkerboard: the worst image is at" in text
    )
    assert "No method leaves" not in text
    assert "| worst checkerboard dB | images above 1 dB |" in text
    assert not is_clean(column, summary)
    assert not is_left_out(column, summary)
    assert is_clean(column, faulty([0.0, 0.9]))
    assert is_left_out(column, faulty([0.0, 0.9]))
    failed_all = [failed(method="broken", image=f"i{n}") for n in range(3)]
    assert is_clean(column, summarise(rows(*images(3, method="clean"), *failed_all)))


def test_one_image_that_decides_is_named_with_what_holds_without_it() -> None:
    """For the best, and for the sign of a difference."""
    lucky = images(8, method="lucky", psnr_db=29.5)
    lucky[3]["psnr_db"] += 9
    text = to_markdown(summarise(rows(*images(8, method="bicubic"), *lucky)))
    assert "One image decides the best: without i3 it is bicubic, not lucky." in text
    assert "lucky minus bicubic is +0.62 dB, and -0.50 dB without i3." in text
    assert "One image decides" not in to_markdown(compared(8))


def test_how_low_p_can_be_is_said_where_p_is_shown() -> None:
    """By the number of tests, which is not that of the means that print apart."""
    twin = [row | {"method": "twin", "psnr_db": row["psnr_db"] + 1.0049} for row in images(5)]
    first = [row | {"method": "sharp", "psnr_db": row["psnr_db"] + 1} for row in images(5)]
    summary = summarise(rows(*images(5, method="bicubic"), *twin, *first))
    columns_of = (describe_score("psnr_db"),)
    said = "Over 5 images, no p can be below 0.062 once it is corrected for 1 test."
    assert said in [*notes(summary, columns_of)]
    assert not any("no p" in one for one in notes(summary, columns_of, intervals=False))
    assert "no p can" not in to_markdown(summary) + to_latex(summary)
    assert "no p can" not in " ".join(next(terminal_tables(summary)).notes)


def test_intervals_that_nobody_sees_have_no_caveat() -> None:
    """Where everything failed there is none."""
    text = to_markdown(summarise(rows(*(failed(image=f"i{n}") for n in range(5)))))
    assert "Intervals over so few images" not in text
    assert "Intervals over so few images" in to_markdown(compared(5))


def test_a_difference_that_only_rounding_varies_needs_no_detection() -> None:
    """No sentence names a difference of 1e-15 dB."""
    above = [row | {"method": "above", "psnr_db": row["psnr_db"] + 0.1} for row in images(10)]
    assert "detectable." not in to_markdown(summarise(rows(*images(10, method="bicubic"), *above)))


def test_empty_run_has_no_tables() -> None:
    """No rows, no tables, no failures, no error."""
    given = rows({}).iloc[:0]
    assert list(groups(summarise(given))) == []
    assert failure_lines(given) == []
    assert skip_lines(given) == []


def test_a_broken_image_is_one_failure() -> None:
    """An image that was never prepared, so its size is null, is listed once with what it cost."""
    given = rows(failed(height=None), failed(height=None, method="n"), {"image": "b"})
    assert failure_lines(given) == ["set/a: error: it broke (2 cells)"]


def test_a_broken_method_is_one_failure() -> None:
    """The same reason on every image is listed once, with the first place."""
    given = rows(failed(), failed(image="b"), {"method": "n"})
    assert failure_lines(given) == ["m: error: it broke (2 cells, first set/a x2 y-classic)"]


def test_skipped_cells_are_counted_by_their_reason() -> None:
    """Who names a scale that a method does not offer gets a message, not an empty table."""
    skipped = {"status": "skipped", "reason": "m does not offer x8, only x2."}
    given = rows(skipped, skipped | {"image": "b"}, skipped | {"reason": "n"}, {}, failed())
    assert skip_lines(given) == ["m does not offer x8, only x2. (2 cells)", "n (1 cell)"]


def test_long_lists_of_failures_are_cut_and_counted() -> None:
    """After twenty different failures the rest are counted."""
    lines = failure_lines(rows(*(failed(reason=f"reason {chr(65 + n)}") for n in range(25))))
    assert len(lines) == 21
    assert lines[-1] == "... and 5 more"


def test_means_over_other_images_stand_below() -> None:
    """A method with the easy images only is not above one that did them all; it is said."""
    given = full_and_part(40.0)
    assert summarise(given)["method"].tolist() == ["full", "part"]
    assert "Methods without all 2 images stand below: their means are over other" in to_markdown(
        summarise(given)
    )


def test_an_image_that_no_method_could_use_is_set_aside_and_named() -> None:
    """The rest has its answer and its marks."""
    unread = failed(image="broken", height=None), failed(image="broken", height=None, method="n")
    found = summarise(rows({}, {"method": "n", "psnr_db": 20.0}, *unread))
    assert found["images"].tolist() == ["1/1", "1/1"]
    assert best_of(found, describe_score("psnr_db")) == {"m"}
    assert "1 of 2 images used; no method could use broken." in to_markdown(found)


def test_an_image_that_one_method_failed_on_is_not_set_aside() -> None:
    """It was prepared, so it has a size; the failure counts in the coverage."""
    found = summarise(rows({}, failed(image="b")))
    assert found["images"].tolist() == ["1/2"]
    assert found["set_aside"].isna().all()


def test_a_score_has_a_coverage_of_its_own() -> None:
    """SSIM of an image that is too small is null: the best is among those with all of it."""
    small = {"image": "tiny", "ssim": None}
    given = rows(
        {}, {"method": "n", "ssim": 0.5}, small | {"method": "m"}, small | {"method": "n"},
        {"method": "lucky", "ssim": 0.99}, {"method": "lucky", "image": "tiny", "ssim": 0.99},
    )  # fmt: skip
    found = summarise(given)
    assert found.set_index("method")["ssim_images"].to_dict() == {"m": 1, "n": 1, "lucky": 2}
    assert best_of(found, describe_score("ssim")) == {"lucky"}
    assert "SSIM has a value on 1 to 2 of 2 images." in to_markdown(found)


def test_a_score_without_any_value_is_not_left_without_a_word() -> None:
    """A metric of one's own that always raises: the rows say why, and the table that they do."""
    none = rows({}, {"method": "n"}).assign(mine=float("nan"))
    assert "mine has no value; the reason of each row says why." in to_markdown(summarise(none))
    some = none.assign(mine=[1.0, float("nan")])
    assert "mine has a value on 0 to 1 of 1 images." in to_markdown(summarise(some))


def test_an_infinite_mean_names_its_image() -> None:
    """One flat image makes every mean infinite; the table names it."""
    flat = {"image": "flat", "psnr_db": float("inf")}
    text = to_markdown(summarise(rows({}, flat, {"method": "n"}, flat | {"method": "n"})))
    assert "The PSNR of 2 methods is infinite: their output equals the reference on flat." in text
    summary = summarise(rows({}, flat))
    one = "The PSNR of 1 method is infinite: its output equals the reference on flat. In the order"
    assert one in to_markdown(summary)


def photographs_and_art() -> pd.DataFrame:
    """Return the summary of nine photographs and one picture that nearest gets exactly right."""
    means = {"bicubic": 30.0, "net": 32.0, "twin": 32.0, "nearest": 28.0}
    given = [
        row | {"method": method, "psnr_db": row["psnr_db"] + 0.01 * (n % 3) * (mean - 30)}
        for method, mean in means.items()
        for n, row in enumerate(images(10, psnr_db=mean))
    ]
    given[-1] |= {"image": "i9", "psnr_db": math.inf}
    return summarise(rows(*given))


def test_one_infinite_image_makes_no_method_the_best() -> None:
    """Order, best, ranks and differences to the best are of one table; the mean is infinite."""
    summary = photographs_and_art()
    assert summary["method"].tolist() == ["net", "twin", "bicubic", "nearest"]
    assert best_of(summary, describe_score("psnr_db")) == {"net", "twin"}
    assert standings(summary) == {"net": 1, "twin": 1, "bicubic": 2, "nearest": 3}
    lines = summary.set_index("method")
    assert lines.loc["nearest", "psnr_db"] == math.inf
    assert lines.loc["nearest", "psnr_db_rank_low"] > 1
    assert pd.isna(lines.loc["nearest", "psnr_db_best_diff"])
    text = to_markdown(summary)
    assert re.search(r"\| nearest \| 10/10 \| inf \|", text)
    assert "the best finite one of its image plus the largest difference of two methods on" in text


def test_a_method_that_is_exact_everywhere_is_the_best() -> None:
    """Alone, or with others that are."""
    exact = {"psnr_db": math.inf}
    given = [row | {"method": "exact"} | exact for row in images(8)]
    also = [row | {"method": "also"} | exact for row in images(8)]
    summary = summarise(rows(*images(8, method="bicubic"), *given, *also))
    assert best_of(summary, describe_score("psnr_db")) == {"exact", "also"}
    assert standings(summary) == {"also": 1, "exact": 1, "bicubic": 2}
    assert summary["psnr_db_best_diff"].tolist() == [0.0, 0.0, -math.inf]


def test_means_over_other_images_are_counted_by_themselves() -> None:
    """A method that lacks an image stands below, and changes nothing above."""
    lucky = [row | {"method": "lucky"} for row in images(7, psnr_db=math.inf)]
    part = [*lucky, failed(method="lucky", image="i7")]
    summary = summarise(rows(*images(8, method="bicubic"), *part))
    assert summary["method"].tolist() == ["bicubic", "lucky"]
    assert best_of(summary, describe_score("psnr_db")) == {"bicubic"}


def test_what_all_rows_say_is_said_once_and_its_columns_are_left_out() -> None:
    """At a fraction no row has a checkerboard level: the table says why, in place of dashes."""
    none: dict[str, Any] = {"scale": 1.5, "checkerboard_db": None}
    why = "checkerboard_db needs a whole scale, got x1.5: its lattice has phases."
    text = to_markdown(
        summarise(rows(none | {"reason": why}, none | {"image": "b", "reason": why}))
    )
    assert text.count("checkerboard dB has no value: it needs a whole scale, got x1.5: its") == 1
    assert "worst checkerboard dB" not in text
    assert "images above 1 dB" not in text


def test_of_reasons_that_differ_the_common_clause_is_said() -> None:
    """Images of several sizes have several scales; what holds for each is said."""
    none: dict[str, Any] = {"scale": "300x448", "checkerboard_db": None}
    given = rows(
        none | {"reason": "It is larger. checkerboard_db needs a whole scale, got x1.75 down."},
        none | {"image": "b", "reason": "checkerboard_db needs a whole scale, got x2 across: its."},
    )  # fmt: skip
    text = to_markdown(summarise(given))
    assert "checkerboard dB has no value: it needs a whole scale.\n" in text
    assert "It is larger (1 of 2 images).\n" in text


def test_each_score_has_its_own_reason() -> None:
    """That of an exception begins with the name and a colon."""
    none: dict[str, Any] = {"ssim": None, "checkerboard_db": None}
    why = (
        "ssim returned NaN; expected a number. checkerboard_db: ValueError: read-only (at m.py:1)."
    )
    text = to_markdown(
        summarise(rows(none | {"reason": why}, none | {"image": "b", "reason": why}))
    )
    assert "SSIM has no value: it returned NaN; expected a number.\n" in text
    assert "checkerboard dB has no value: it raised ValueError: read-only (at m.py:1).\n" in text


def test_a_reason_of_some_rows_is_not_said_of_all() -> None:
    """One method's own remark, and a score that another image has, stay with their rows."""
    small: dict[str, Any] = {"checkerboard_db": None, "reason": "checkerboard_db needs more. Slow."}
    found = summarise(rows(small, {"method": "n", "checkerboard_db": 2.0}))
    assert "noted" not in found
    assert "worst checkerboard dB" in to_markdown(found)
