"""The folded form against the layer as it is defined: both timed in turns, on one thread.

Folded is the method's own call, from array to array.  Unfolded runs the head on the large grid as
its definition says, once in PyTorch's default memory layout and once in channels_last, which is
the folded form's.  A ratio is the median of the ratios within the rounds.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Any

from head_study.subjects import upsampler_of
from upbench.benchmark.core.environment import library_version, stamp
from upbench.benchmark.core.threads import one_thread
from upbench.benchmark.timing.conditions import advice, conditions_between, now
from upbench.benchmark.timing.measure import Timer, synchroniser
from upbench.benchmark.timing.rounds import take_rounds
from upbench.benchmark.timing.spread import spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from head_study.subjects import Subject
    from upbench.benchmark.core.contract import Image, Progress, Upsampler
    from upbench.benchmark.timing.conditions import Conditions

FORMS = ("folded", "unfolded", "unfolded channels_last")
"""A head that cannot be folded has the first form alone: it runs as it is defined."""
ROUNDS = 11
"""Enough that the median has a confidence interval."""
SIDE = 512
"""Side of the output in pixels, or a little less."""


@dataclass(frozen=True)
class SpeedRow:
    """One form of one method; times are milliseconds per megapixel of output."""

    method: str
    scale: int
    form: str
    ms: float
    """The median over the rounds."""
    ms_min: float
    ms_q25: float
    ms_q75: float
    ms_low: float | None
    """The 95 % confidence interval of the median."""
    ms_high: float | None
    over_folded: float
    """The median over the rounds of this time to the folded form's."""
    over_folded_low: float | None
    over_folded_high: float | None
    rounds: int
    stable: bool
    load_average: float | None
    others_cores: float | None
    measured_at: str
    machine: str
    torch: str


def speed(
    subjects: Sequence[Subject], rounds: int = ROUNDS, progress: Progress | None = None
) -> pd.DataFrame:
    """Time every method, all methods and forms of one scale in turns.

    Args:
        subjects: Networks; other seeds than 0 take as long and are left out.
        rounds: How often each is timed.
        progress: Called with (what, done, total).

    Returns:
        Rows as :class:`SpeedRow`.
    """
    rows: list[SpeedRow] = []
    timed = [one for one in subjects if one.seed == 0]
    with one_thread():
        for scale in sorted({one.scale for one in timed}):
            rows += _scale([one for one in timed if one.scale == scale], rounds, progress)
    return _frame(rows)


def empty() -> pd.DataFrame:
    """Return the table without a row."""
    return _frame([])


def _scale(
    subjects: Sequence[Subject], rounds: int, progress: Progress | None
) -> Iterator[SpeedRow]:
    scale = subjects[0].scale
    image = _image(SIDE // scale)
    # 1. everything ready and called once, outside what counts
    timers = {
        (one.method.name, form): Timer(partial(run, image), synchroniser("cpu"))
        for one in subjects
        for form, run in _forms(one).items()
    }
    for timer in timers.values():
        timer.sample()

    # 2. in turns
    def say(done: int) -> None:
        if progress:
            progress(f"timing x{scale}", done, rounds)

    before = now()
    taken = take_rounds([*timers.values()], math.inf, rounds, say)
    samples = dict(zip(timers, taken, strict=True))
    conditions = conditions_between(before, now())
    # 3. milliseconds per megapixel
    megapixels = (image.shape[0] * scale) ** 2 / 1e6
    for (name, form), seconds in samples.items():
        per_mpx = [1e3 * one / megapixels for one in seconds]
        folded = [1e3 * one / megapixels for one in samples[name, FORMS[0]]]
        yield _row((name, scale, form), per_mpx, folded, conditions)


def _forms(subject: Subject) -> dict[str, Upsampler]:
    import torch

    forms = {FORMS[0]: subject.trained()}
    if subject.target.head.linear:
        for name, layout in zip(
            FORMS[1:], (torch.contiguous_format, torch.channels_last), strict=True
        ):
            network = subject.target.trained(subject.scale, subject.seed)
            forms[name] = upsampler_of(_Unfolded(network.to(memory_format=layout)))
    return forms


class _Unfolded:
    """A network that runs its head as it is defined."""

    def __init__(self, network: Any) -> None:
        self._network = network
        self.eval, self.parameters = network.eval, network.parameters

    def __call__(self, low: Any) -> Any:
        return self._network.unfolded(low)


def _frame(rows: Sequence[SpeedRow]) -> pd.DataFrame:
    import pandas as pd

    columns = [field.name for field in fields(SpeedRow)]
    return pd.DataFrame([asdict(row) for row in rows], columns=columns)


def _image(side: int) -> Image:
    import numpy as np

    return np.random.default_rng(0).random((side, side, 1), dtype=np.float32)


def _row(
    place: tuple[str, int, str],
    per_mpx: Sequence[float],
    folded: Sequence[float],
    conditions: Conditions,
) -> SpeedRow:
    found = spread(per_mpx)
    ratio = spread([one / other for one, other in zip(per_mpx, folded, strict=True)])
    return SpeedRow(
        *place,
        ms=found.median,
        ms_min=min(per_mpx),
        ms_q25=found.q25,
        ms_q75=found.q75,
        ms_low=found.low,
        ms_high=found.high,
        over_folded=ratio.median,
        over_folded_low=ratio.low,
        over_folded_high=ratio.high,
        rounds=len(per_mpx),
        stable=not advice(per_mpx, conditions, threads=1),
        load_average=conditions.load_average,
        others_cores=conditions.others_cores,
        **stamp(),
        torch=library_version("torch"),
    )
