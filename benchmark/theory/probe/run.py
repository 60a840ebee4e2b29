"""Probing one method, or many, and writing the table."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from upbench.benchmark.core.csv import write_csv
from upbench.benchmark.core.errors import MethodError
from upbench.benchmark.core.progress import tracked
from upbench.benchmark.theory.probe.edge import probe_edge
from upbench.benchmark.theory.probe.gradient import probe_gradient
from upbench.benchmark.theory.probe.impulse import linearity_error, probe_impulse, shift_error
from upbench.benchmark.theory.probe.phases import probe_flat, probe_tone
from upbench.benchmark.theory.probe.probed import load_probed
from upbench.benchmark.theory.probe.result import ProbeFailure, ProbeResult
from upbench.benchmark.theory.probe.stimuli import siemens_star, zone_plate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from upbench.benchmark.core.contract import Method, Progress
    from upbench.benchmark.core.table import Table

__all__ = ["TABLE", "probe_method", "probe_methods", "write_probe_table"]

TABLE = "probe.csv"
"""The file of the table."""
PICTURE_SIDE = 64
"""Low-resolution pixels per side of the zone plate and the star."""


def probe_method(method: Method, scale: int) -> ProbeResult:
    """Probe one method at one scale, in a fraction of a second for an interpolation.

    Raises:
        MethodError: The method cannot be loaded, raises, or returns what the contract does not
            allow; one sentence.
    """
    probed = load_probed(method, scale)
    start = time.perf_counter()
    return ProbeResult(
        method=method.name,
        family=method.family,
        scale=scale,
        channels=probed.channels,
        flat=probe_flat(probed),
        tone=probe_tone(probed),
        impulse=probe_impulse(probed),
        edge=probe_edge(probed),
        linearity_error=linearity_error(probed),
        shift_error=shift_error(probed),
        zone_plate=probed.grey(zone_plate(PICTURE_SIDE, probed.channels)),
        gradient=probe_gradient(probed),
        siemens_star=probed.grey(siemens_star(PICTURE_SIDE, probed.channels)),
        seconds=time.perf_counter() - start,
    )


def probe_methods(
    methods: Iterable[Method], scales: Iterable[int], progress: Progress | None = None
) -> Iterator[ProbeResult | ProbeFailure]:
    """Probe every method at every scale that it offers.

    Yields:
        A result, or a failure with its reason, in the order given: a broken method stops no other.
    """
    scales = tuple(scales)
    todo = [(method, scale) for method in methods for scale in scales if method.offers(scale)]
    for method, scale in tracked("probe", todo, progress):
        try:
            yield probe_method(method, scale)
        except MethodError as error:
            yield ProbeFailure(method.name, method.family, scale, str(error))


def write_probe_table(table: Table, folder: Path) -> Path:
    """Write the ranked table as ``folder/probe.csv``, every digit of it; return its path.

    Raises:
        StoreError: The file cannot be written.
    """
    import pandas as pd

    frame = pd.DataFrame(list(table.rows), columns=[column.key for column in table.columns])
    return write_csv(frame.astype({"rank": "Int64", "channels": "Int64"}), folder / TABLE)
