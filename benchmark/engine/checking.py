"""The checks of a plugin's contract, in a process of the plugin's own, each with a time limit.

A plugin that hangs, crashes or ends its process fails the check that it is at; the checks before
it are kept.  What it prints stays out of the table.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from upbench.benchmark.core.sizes import as_scale
from upbench.benchmark.engine.discover import source_of
from upbench.benchmark.engine.supervisor import Limits, Worker
from upbench.benchmark.registry.check_kinds import check_this
from upbench.benchmark.registry.checks import Check
from upbench.benchmark.registry.importing import described_as

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from upbench.benchmark.core.contract import Described, Scale
    from upbench.benchmark.registry.catalog import Catalog

LONGEST_CHECK = 300.0
"""Seconds for one check: that of a dataset's images reads each of them twice."""


def checks_of(
    catalog: Catalog,
    described: Described,
    scales: tuple[Scale, ...] | None = None,
    timeout: float = LONGEST_CHECK,
) -> Iterator[Check]:
    """Yield each check on a plugin as it is made; the last one says why there are no more.

    Args:
        catalog: Where the plugin was collected.
        described: What is checked.
        scales: As :func:`check_this` takes them.
        timeout: Seconds for each check, the first with the plugin's import.
    """
    source = source_of(catalog, described)
    named = partial(described_as, source, type(described), described.name)
    # a dataset that is made of its name, like folder:PATH, is ours and goes as it is
    find = named if source else partial(replace, described)
    before = ""
    with Worker(partial(_CheckService, find, scales), Limits(timeout)) as worker:
        while True:
            outcome = worker.call(None, follows=bool(before))
            if outcome.status != "ok":
                yield Check("process", 0, "fail", before + outcome.reason)
                return
            if outcome.value is None:
                return
            name, scale, status, detail = outcome.value
            found = Check(name, as_scale(Fraction(scale)), status, detail)
            before = f"after {name!r}{f' at x{scale}' if found.scale else ''}: "
            yield found


@dataclass
class _CheckService:
    """Makes the checks of one plugin, one at each request; answers None after the last."""

    find: Callable[[], Described]
    scales: tuple[Scale, ...] | None

    def __post_init__(self) -> None:
        self._checks = check_this(self.find(), self.scales)

    def __call__(self, _request: None) -> list[str] | None:
        found = next(self._checks, None)
        if found is None:
            return None
        return [found.name, str(found.scale), found.status, found.detail]
