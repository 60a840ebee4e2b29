"""The sentences of the study: each follows its numbers, in both directions."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from head_study.claims import (
    claims,
    convergence_steps,
    ends,
    folding,
    limits,
    over_bicubic,
    quality,
)
from head_study.curves import convergence, curves
from head_study.early_claims import beginnings, bilinear_beginnings
from head_study.initialisation import Start
from head_study.speed import FORMS, empty
from head_study.table import Tables
from head_study.wording import spread

UNEVEN, EVEN, NINE = (f"cnn-transposed-conv-{which}" for which in ("uneven", "even", "9"))
ICNR, NEAREST = "cnn-subpixel-conv-icnr", "cnn-resize-conv-nearest"


def starts(*rows: tuple[str, float, float], scale: int = 2) -> pd.DataFrame:
    """Return untrained networks: method, ripple and checkerboard; a method's rows are its seeds."""
    seeds: dict[str, int] = {}
    made = []
    for method, ripple, board in rows:
        seed = seeds[method] = seeds.get(method, -1) + 1
        made.append(Start(method, scale, seed, ripple, board, board, 0.5, "hash"))
    return pd.DataFrame(made, columns=list(Start.__dataclass_fields__))


def test_beginnings_as_theory_has_them() -> None:
    """Counts, worst cases, medians and the two kernels are those of the rows."""
    smooth = [(NEAREST, 0.0, 0.9), (NEAREST, 0.0, 0.0), (ICNR, 0.0, 3.9), (ICNR, 0.0, 0.1)]
    rough = [(EVEN, 50.0, 40.0), (EVEN, 40.0, 40.0), (UNEVEN, 30.0, 40.0), (UNEVEN, 34.0, 40.0)]
    said = beginnings(starts(*smooth, *rough))
    lead, *parts = said.splitlines()
    assert lead == "Before training, 2 random seeds at x2:"
    assert parts[0].startswith("  - One filter for all phases (subpixel-conv-icnr, resize-conv-ne")
    assert (
        "ripples of at most 0 dB; the medians of the checkerboard are 0.45 to 2.0 dB." in parts[0]
    )
    assert "(4 dB with subpixel-conv-icnr, 1 dB with resize-conv-nearest)" in parts[1]
    assert parts[1].endswith("in all 4 networks.")
    assert "A random filter for each phase (transposed-conv-uneven, transposed-conv-ev" in parts[2]
    assert "4 of 4 networks have a ripple above 10 dB, none below 30.0 dB; the medi" in parts[2]
    assert parts[2].endswith("are 32.0 to 45.0 dB.")
    assert parts[3] == (
        "  - An even overlap alone does not help: at x2 the median ripple is 45.0 dB with k = 2s "
        "and 32.0 dB with k = 2s - 1."
    )


@pytest.mark.parametrize(
    ("nearest", "words"),
    [
        ((0.0, 9.4), "the others reach 9.4 dB with resize-conv-nearest; their flat fields stay"),
        ((1.0, 0.0), "the others reach 1.0 dB with resize-conv-nearest."),
    ],
)
def test_beginnings_against_theory_are_counted(nearest: tuple[float, float], words: str) -> None:
    """A network on the wrong side is not counted, and whether flat fields show it is said."""
    said = beginnings(starts((NEAREST, *nearest), (ICNR, 0, 0), (EVEN, 9.0, 0.0), (EVEN, 90, 0)))
    assert "1 dB with resize-conv-nearest) in 1 of 2 networks; the others reach" in said
    assert "(transposed-conv-even): 1 of 2 networks have a ripple above" in said
    assert words in said


def test_a_ripple_within_its_limit_is_no_flat_field_if_it_shows() -> None:
    """3 dB is within what was allowed to ICNR, and a pattern on flat fields all the same."""
    said = beginnings(starts((NEAREST, 0, 0), (ICNR, 3.0, 9.0), (EVEN, 90, 0)))
    assert "the others reach 9.0 dB with subpixel-conv-icnr." in said


def test_even_overlap_would_be_a_cure_below_the_limit() -> None:
    """The sentence is the numbers', not ours."""
    said = beginnings(starts((NEAREST, 0, 0), (EVEN, 0.5, 0.0), (UNEVEN, 50.0, 0.0)))
    assert "An even overlap alone helps: at x2 the median ripple is 0.50 dB with k = 2s" in said


def test_bilinear_beginnings() -> None:
    """The kernels that interpolate by their worst seed, k = 9 by its median."""
    rows = starts(
        (f"{EVEN}-bilinear", 0.0, 0.0),
        (f"{UNEVEN}-bilinear", 0.2, 0.0),
        *((f"{NINE}-bilinear", ripple, 0.0) for ripple in (20.0, 30.0, 90.0)),
    )
    said = bilinear_beginnings(rows)
    assert "leaves at most 0.20 dB of ripple" in said
    assert "medians of 30.0 dB with k = 9" in said


def converged(*rows: tuple[str, int, float, float, int | None]) -> pd.DataFrame:
    """Return rows of method, seed, first, worst and step at x2."""
    columns = ["method", "seed", "ripple_db_first", "ripple_db_worst", "ripple_db_step"]
    frame = pd.DataFrame(rows, columns=columns).assign(scale=2)
    return frame.astype({"ripple_db_step": "Int64"})


def test_convergence_says_what_was_there_what_came_and_what_never_did() -> None:
    """Ranges over the seeds; a seed that has not converged is said."""
    said = convergence_steps(
        converged(
            (EVEN, 0, 50.0, 50.0, 300),
            (EVEN, 1, 50.0, 50.0, 2000),
            (UNEVEN, 0, 50.0, 50.0, None),
            (UNEVEN, 1, 50.0, 50.0, 100),
            (NINE, 0, 50.0, 50.0, None),
            (ICNR, 0, 0.0, 1.5, 1000),
            (ICNR, 1, 0.0, 0.2, 0),
            (NEAREST, 0, 0.0, 0.0, 0),
        )
    )
    assert said.startswith(
        "The ripple along training at x2, over 2 seeds:\n  - It falls below 1 dB"
    )
    assert "transposed-conv-even by step 300 to 2000" in said
    assert "transposed-conv-uneven by step 100 (in 1 of 2 seeds)" in said
    assert "transposed-conv-9 not yet (in 0 of 1 seeds)" in said
    assert "makes one in between: subpixel-conv-icnr (up to 1.5 dB, by step 1000)." in said
    assert said.endswith(
        "It stays below 1 dB from the first step to the last: resize-conv-nearest."
    )


def ended(even: list[float], uneven: list[float]) -> pd.DataFrame:
    """Return networks of k = 4 and 3 at x2 whose ripples ended so."""
    rows = [(EVEN, 4, True, seed, ripple) for seed, ripple in enumerate(even)]
    rows += [(UNEVEN, 3, False, seed, ripple) for seed, ripple in enumerate(uneven)]
    columns = ["method", "kernel", "stride_divides", "seed", "ripple_db"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(scale=2, dataset="set5", checkerboard_db=0.0)


@pytest.mark.parametrize(
    ("even", "uneven", "words"),
    [
        (
            [0.1, 0.2],
            [0.3, 0.4],
            "0.30 to 0.40 dB with k = 3: the first are lower in every seed; all of it is below",
        ),
        ([5.0, 6.0], [0.3, 0.4], "the first are higher in every seed.\n"),
        ([0.1, 0.35], [0.3, 0.4], "the ranges overlap, so no difference is supported; all"),
        ([0.1, 3.0], [0.3, 4.0], "the ranges overlap, so no difference is supported.\n"),
    ],
)
def test_end_of_even_and_uneven_kernels(even: list[float], uneven: list[float], words: str) -> None:
    """Only ranges that do not meet support a difference, and small ones are said to be small."""
    said = ends(ended(even, uneven))
    assert "\n  - x2, 2 seeds: " in said
    assert words in said


def scored(**psnr: list[float]) -> pd.DataFrame:
    """Return networks by method (underscores for hyphens) with their seeds' PSNR on Set5 x2."""
    rows = [
        (f"cnn-{name.replace('_', '-')}", seed, value)
        for name, values in psnr.items()
        for seed, value in enumerate(values)
    ]
    frame = pd.DataFrame(rows, columns=["method", "seed", "psnr_db"])
    gain = frame["psnr_db"] - 33.66
    return frame.assign(scale=2, dataset="set5", gain_db=gain)


def test_quality_counts_the_pairs_that_differ() -> None:
    """One pair of three differs by more than two seeds do; the spread is the widest head's."""
    said = quality(
        scored(carafe=[36.0, 36.2], subpixel_conv=[36.1, 36.4], transposed_conv_9=[35.0, 35.1])
    )
    assert "seeds of one head differ by up to 0.30 dB in PSNR" in said
    assert (
        "heads' means by 1.20 dB (from transposed-conv-9, 35.05, to subpixel-conv, 36.25)" in said
    )
    assert "1 of the 3 pairs of heads differ significantly over the seeds" in said


def test_heads_with_one_seed_say_nothing_of_spread() -> None:
    """A spread needs two."""
    assert quality(scored(carafe=[36.0], subpixel_conv=[36.1])) == ""


def test_least_gain_over_bicubic_and_its_head() -> None:
    """Methods of plugins and the reference are not asked."""
    table = scored(carafe=[36.66], subpixel_conv=[36.16])
    table.loc[len(table)] = ["bicubic", 0, 33.66, 2, "set5", 0.0]
    assert over_bicubic(table) == (
        "Against bicubic the least gain on Set5 is 2.50 dB at x2 (subpixel-conv)."
    )


def test_folding_says_both_layouts_and_whether_the_machine_was_quiet() -> None:
    """Ratios within the rounds, those of the least times, and nothing where a form is missing."""
    forms = zip(FORMS, (1.0, 5.24, 2.0), (10.0, 41.2, 19.0), strict=True)
    rows = pd.DataFrame(
        [(NEAREST, 3, form, ratio, least, True) for form, ratio, least in forms],
        columns=["method", "scale", "form", "over_folded", "ms_min", "stable"],
    )
    said = folding(rows)
    assert "takes 5.2 times (4.1 at the fastest of both) as long as folded in PyTorch's" in said
    assert said.endswith("and 2.0 times (1.9 at the fastest of both) in channels_last.")
    assert folding(rows.assign(stable=False)).endswith("; not all of it stable.")
    assert folding(rows.iloc[:2]) == ""


def test_limits_name_records_and_scales_of_one_seed() -> None:
    """What the curves cannot show is said from the curves."""
    rows = [
        (EVEN, scale, seed, step) for scale, seed in ((2, 0), (2, 1), (3, 0)) for step in (0, 9)
    ]
    said = limits(pd.DataFrame(rows, columns=["method", "scale", "seed", "step"]))
    assert (
        "L1 loss, 9 steps, scored at steps 0, 9 alone.\n  - A second seed at x3: the spread" in said
    )


def test_without_numbers_there_is_no_sentence() -> None:
    """Missing networks leave their claims out."""
    nothing: Any = curves([])
    frame = scored().assign(ripple_db=[], checkerboard_db=[], stride_divides=[], kernel=[])
    steps = convergence(nothing.assign(step=[], checkerboard_db=[], ripple_db=[]))
    assert claims(Tables(frame, starts(), nothing.assign(step=[]), steps, empty())) == []


def test_spread_is_written_where_it_can_be_read() -> None:
    """Mean, least and most; once where all read alike; nothing for nothing."""
    write = "{:.1f}".format
    assert spread(pd.Series([1.0, 2.0]), write) == "1.5 (1.0 to 2.0)"
    assert spread(pd.Series([1.01, 1.02, None]), write) == "1.0"
    assert spread(pd.Series([], dtype=float), write) == ""
