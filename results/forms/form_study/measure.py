"""All forms of one case, measured in turns on one thread: building apart, time, memory, ratios.

The forms take turns, so that a machine that slows down slows all of them.  Rounds, timer, peak
memory, interval of the median and the verdict on its stability are those of
``upbench.benchmark.timing``.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from form_study.kinds import FORMS, Form, Ready
from form_study.layer import example
from form_study.row import ratios_of, row_of, times_of
from upbench.benchmark.core.errors import InvalidOutputError, UsageError
from upbench.benchmark.timing.conditions import Conditions, conditions_between, now
from upbench.benchmark.timing.measure import Timer
from upbench.benchmark.timing.memory import Peak, peak_of
from upbench.benchmark.timing.rounds import take_rounds

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from form_study.row import Case, FormRow

    Floats: TypeAlias = NDArray[np.float32]

TOLERANCE = 1e-4
"""How far, as a share of the largest output, the forms may differ: sums of float32 in any order."""
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
"""Parameters of mallopt(3)."""


@dataclass(frozen=True)
class _Built:
    """A form made ready, and what that took."""

    form: Form
    ready: Ready
    seconds: float
    peak: Peak


def measure_case(case: Case, budget: float) -> list[FormRow]:
    """Measure all forms of one case in turns.

    Args:
        case: The layer and the size of its input.
        budget: Seconds for each form, after which no further round is begun.

    Returns:
        One row for each form, those that refused the size last.

    Raises:
        InvalidOutputError: A form's output differs from the native layer's.
    """
    image, weights = example(case.layer, case.size)
    # 1. make ready, apart from every call
    built, refused = [], []
    for form in FORMS:
        try:
            built.append(_build(form, case, weights))
        except UsageError as error:
            refused.append(row_of(case, form, "skipped", str(error)))
    # 2. wrong answers have no speed; these first calls also make whatever a first call makes
    check_equal({entry.form.name: entry.ready for entry in built}, image)
    # 3. the memory of a call
    timers = [_timer(entry.ready, image) for entry in built]
    peaks = [_peak(timer) for timer in timers]
    # 4. time, in turns
    before = now()
    taken = take_rounds(timers, budget * len(timers))
    conditions = conditions_between(before, now())
    samples = dict(zip((entry.form.name for entry in built), taken, strict=True))
    return [
        _row(case, entry, samples, peak, conditions)
        for entry, peak in zip(built, peaks, strict=True)
    ] + refused


def check_equal(forms: Mapping[str, Ready], image: Floats) -> None:
    """Compare the outputs of forms, given by name, with the first one's.

    Raises:
        InvalidOutputError: One differs in shape or type, or by more than float32 sums may.
    """
    import numpy as np

    outputs = {name: ready.apply(image) for name, ready in forms.items()}
    expected = next(iter(outputs.values()))
    allowed = TOLERANCE * float(np.abs(expected).max())
    for name, output in outputs.items():
        if output.shape != expected.shape or output.dtype != expected.dtype:
            raise InvalidOutputError(
                f"The form {name!r} gives {output.dtype} {output.shape}; expected "
                f"{expected.dtype} {expected.shape}."
            )
        difference = float(np.abs(output - expected).max())
        if not difference <= allowed:
            raise InvalidOutputError(
                f"The form {name!r} differs from the layer by {difference:.2g}; expected at most "
                f"{allowed:.2g}."
            )


def keep_freed_memory() -> None:
    """Tell glibc to keep freed memory for the rest of the process, where glibc is the allocator.

    Else it returns large blocks to the system after a call or not, as other calls before happened
    to leave the heap, and a call then waits for new pages longer than it computes.
    """
    with suppress(AttributeError, OSError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)


def _build(form: Form, case: Case, weights: Floats) -> _Built:
    made: list[Ready] = []
    timer = Timer(lambda: made.append(form.prepare(case.layer, weights, case.size)), _nothing)
    peak = peak_of(timer.sample)
    return _Built(form, made[0], timer.longest, peak)


def _timer(ready: Ready, image: Floats) -> Timer:
    return Timer(lambda: ready.apply(image), _nothing)


def _peak(timer: Timer) -> Peak:
    peak = peak_of(timer.sample)
    timer.result = None  # what one form returned must not be held while the next is measured
    return peak


def _nothing() -> None:
    """Wait for nothing: there is no device."""


def _row(
    case: Case,
    entry: _Built,
    samples: Mapping[str, list[float]],
    peak: Peak,
    conditions: Conditions,
) -> FormRow:
    times = times_of(samples[entry.form.name], conditions)
    counted = entry.form.multiplications(case.layer, case.size)
    return row_of(
        case,
        entry.form,
        "ok",
        **times,
        **ratios_of(entry.form.name, samples),
        multiplications=counted,
        gmac_per_s=counted / times["seconds"] / 1e9,
        counted_over_native=counted / FORMS[0].multiplications(case.layer, case.size),
        peak_mb=peak.call_mb,
        build_s=entry.seconds,
        build_peak_mb=entry.peak.call_mb,
        held_mb=entry.ready.held_mb,
    )
