"""Probing one method, or many, and writing the table."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import MethodError
from upbench.benchmark.core.files import write_atomically
from upbench.benchmark.theory.probe.edge import probe_edge
from upbench.benchmark.theory.probe.kernel import linearity_error, probe_kernel, shift_error
from upbench.benchmark.theory.probe.phases import probe_flat, probe_tone
from upbench.benchmark.theory.probe.result import ProbeFailure, ProbeResult, probe_table
from upbench.benchmark.theory.probe.stimuli import siemens_star, zone_plate
from upbench.benchmark.theory.probe.subject import ready

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pandas as pd

    from upbench.benchmark.core.contract import Method, Progress

__all__ = ["TABLE", "probe_method", "probe_methods", "write_probe_table"]

TABLE = "probe.csv"
"""The file of the table."""
PICTURE_SIDE = 64
"""Low-resolution pixels per side of the zone plate and the star."""


def probe_method(method: Method, scale: int) -> ProbeResult:
    """Probe one method at one scale, in a fraction of a second for an interpolation.

    Args:
        method: Any method, linear or not.
        scale: A whole factor that it offers.

    Raises:
        MethodError: The method cannot be loaded, raises, or returns what the contract does not
            allow; one sentence.
    """
    subject = ready(method, scale)
    start = time.perf_counter()
    return ProbeResult(
        method=method.name,
        family=method.family,
        scale=scale,
        channels=subject.channels,
        flat=probe_flat(subject),
        tone=probe_tone(subject),
        kernel=probe_kernel(subject),
        edge=probe_edge(subject),
        linearity_error=linearity_error(subject),
        shift_error=shift_error(subject),
        zone_plate=subject.grey(zone_plate(PICTURE_SIDE, subject.channels)),
        siemens_star=subject.grey(siemens_star(PICTURE_SIDE, subject.channels)),
        seconds=time.perf_counter() - start,
    )


def probe_methods(
    methods: Iterable[Method], scales: Iterable[int], progress: Progress | None = None
) -> Iterator[ProbeResult | ProbeFailure]:
    """Probe every method at every scale that it offers.

    Args:
        methods: The methods.
        scales: Whole factors.
        progress: Told about every method before it is probed.

    Yields:
        A result, or a failure with its reason, in the order given: a broken method stops nobody.
    """
    scales = tuple(scales)
    todo = [(method, scale) for method in methods for scale in scales if method.offers(scale)]
    for done, (method, scale) in enumerate(todo):
        if progress:
            progress("probe", done, len(todo))
        try:
            yield probe_method(method, scale)
        except MethodError as error:
            yield ProbeFailure(method.name, method.family, scale, str(error))
    if progress:
        progress("probe", len(todo), len(todo))


def write_probe_table(results: Iterable[ProbeResult | ProbeFailure], folder: Path) -> pd.DataFrame:
    """Write the ranked table to ``folder/probe.csv`` and return it.

    Raises:
        StoreError: The file cannot be written.
    """
    table = probe_table(tuple(results))
    with write_atomically(folder / TABLE) as file:
        table.to_csv(file, index=False)
    return table
