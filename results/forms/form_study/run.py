"""The whole measurement: which cases, each measured until it is stable, and what is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from form_study.figure import draw
from form_study.layer import Layer, upsampling_layer
from form_study.measure import keep_freed_memory, measure_case
from form_study.row import Case
from form_study.table import frame_of, to_markdown
from upbench.benchmark.core.errors import StoreError, UsageError
from upbench.benchmark.core.files import write_atomically, write_text
from upbench.benchmark.core.text import counted
from upbench.benchmark.core.threads import one_thread
from upbench.benchmark.theory.arithmetic.sizes import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pandas as pd

    from form_study.row import FormRow
    from upbench.benchmark.core.contract import Progress

SIZES = (16, 32, 64, 128, 256, 512)
"""Sides of the input in pixels."""
KERNELS = ((4, 2), (3, 2), (6, 3), (8, 4))
"""(kernel, stride): the even overlap k = 2s for three strides, and the uneven 3 at 2."""
CHANNELS = (1, 16)
"""Channels of the input, and as many of the output."""
LARGEST = 2**24
"""The most values of an output: larger cases take minutes and teach nothing new."""


def plan(sizes: Iterable[int] = SIZES, channels: Sequence[int] = CHANNELS) -> list[Case]:
    """Lay out the cases, from the smallest output of each layer to its largest.

    Raises:
        UsageError: A size or a number of channels is no whole number of 1 or more, or every case
            is larger than LARGEST.
    """
    sides = sorted(set(sizes))
    layers = [upsampling_layer(*kernel, count) for count in channels for kernel in KERNELS]
    cases = [Case(layer, size) for layer in layers for size in sides if _is_small(layer, size)]
    if not cases:
        raise UsageError(
            f"Every case has more than {LARGEST} output values; choose smaller sizes or fewer "
            "channels."
        )
    return cases


def run(
    cases: Sequence[Case],
    out: Path,
    budget: float = 2.0,
    tries: int = 3,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Measure the cases and write forms.csv, forms.md and forms.png.

    The process then keeps the memory that it frees.

    Args:
        cases: What to measure.
        out: The folder to write into; made where it is missing.
        budget: Seconds to sample each form of a case at most.
        tries: How often a case is measured at most while a row of it is not stable; the try with
            the most stable rows is kept.
        progress: Called with (what, done, total) after each case.

    Returns:
        The rows; columns as in :class:`form_study.row.FormRow`.

    Raises:
        UsageError: The budget or the number of tries cannot be used; nothing has been measured.
        StoreError: The folder cannot be made or written.
        InvalidOutputError: A form's output differs from the native layer's.
    """
    whole_number("number of tries", tries, 1)
    if not budget >= 0:
        raise UsageError(f"The time budget must be 0 s or more; got {budget:g}.")
    _make_folder(out)
    keep_freed_memory()
    rows: list[FormRow] = []
    with one_thread():
        measure_case(Case(Layer(2, 2), 2), 0.0)  # imports the libraries, outside what counts
        for done, case in enumerate(cases, start=1):
            rows += _stable_rows(case, budget, tries)
            if progress:
                progress(_name(case), done, len(cases))
    frame = frame_of(rows)
    _write(frame, out)
    return frame


def _stable_rows(case: Case, budget: float, tries: int) -> list[FormRow]:
    best: list[FormRow] = []
    for _ in range(tries):
        rows = measure_case(case, budget)
        if not best or _unstable(rows) < _unstable(best):
            best = rows
        if not _unstable(best):
            break
    return best


def _unstable(rows: Iterable[FormRow]) -> int:
    return sum(row.stable is False for row in rows)


def _is_small(layer: Layer, size: int) -> bool:
    return layer.channels * layer.output_size(size) ** 2 <= LARGEST


def _name(case: Case) -> str:
    layer = case.layer
    channels = counted(layer.channels, "channel")
    return f"kernel {layer.kernel}, stride {layer.stride}, {channels}, {case.size} px"


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"Cannot make the folder {out} ({error.strerror or error}); choose another --out."
        ) from None


def _write(frame: pd.DataFrame, out: Path) -> None:
    with write_atomically(out / "forms.csv") as file:
        frame.to_csv(file, index=False)
    write_text(out / "forms.md", to_markdown(frame))
    with write_atomically(out / "forms.png") as file:
        draw(frame).savefig(file, format="png", dpi=100)
