"""The whole study: find, score, probe, time, read the curves, then write tables, figures, page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from head_study import scores
from head_study.crops import crops, draw_crops
from head_study.curves import convergence, curves
from head_study.figures import draw_beginnings, draw_curves, draw_longer, draw_speed
from head_study.initialisation import initialisation
from head_study.markdown import heads_page
from head_study.page import page
from head_study.speed import ROUNDS, empty, speed
from head_study.subjects import HEADS, LONGER, SEEDED, choose, find
from head_study.table import Tables, heads, read, read_one, write
from upbench.benchmark.core.errors import MethodError
from upbench.benchmark.core.files import make_folder, write_atomically, write_text
from upbench.benchmark.core.text import split_names
from upbench.benchmark.core.threads import one_thread
from upbench.benchmark.engine.plan import check_whole_scales
from upbench.benchmark.theory.arithmetic.sizes import whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from head_study.subjects import Missing, Subject
    from upbench.benchmark.core.contract import Method, Progress
    from upbench.benchmark.registry.catalog import Catalog

FIGURES = "figures"
"""The folder of the figures in that of the study."""


@dataclass(frozen=True)
class Request:
    """What is studied, as it was typed."""

    out: Path
    """The folder of tables, figures and page."""
    kept: Path
    """The folder in which finished scores are kept for the next time."""
    heads: str = HEADS
    """Methods that differ in their head alone, names or patterns."""
    longer: str = LONGER
    """Methods that were trained for longer; "" for none."""
    scales: str = "2,3,4"
    datasets: str = "set5,set14,standard"
    seeds: int = 20
    """Random seeds of each untrained head."""
    rounds: int = ROUNDS
    """Rounds of timing; 0 keeps the times that the folder has."""


def run(
    request: Request, catalog: Catalog, progress: Progress | None = None
) -> tuple[Tables, tuple[Missing, ...]]:
    """Study the learned methods and write everything.

    Returns:
        The tables, and the networks that should have been studied and could not.

    Raises:
        UsageError: A name, scale or number does not fit; nothing has been written.
        MethodError: No network is trained, or one fails on a flat field.
        StoreError: A folder cannot be written.
    """
    # 1. What is there to study.
    whole_number("number of seeds", request.seeds, 1)
    whole_number("number of rounds", request.rounds, 0)
    scales = check_whole_scales(request.scales)
    compared = choose(catalog, split_names(request.heads))
    longer = choose(catalog, split_names(request.longer))
    named = [catalog.dataset(name) for name in split_names(request.datasets)]
    datasets, absent = scores.present(named)
    make_folder(request.out / FIGURES)
    subjects, missing = find(compared, longer, scales)
    if not subjects:
        raise MethodError(_nothing(missing))
    # 2. The numbers.
    with one_thread():
        chosen = scores.candidates(subjects, catalog, scales)
        metrics = [catalog.metrics[name] for name in scores.METRICS]
        scored = scores.score(chosen, datasets, metrics, request.kept, progress)
        ripples = scores.ripples(chosen, progress)
        timed = _times(request, subjects, progress)
        begun = _beginnings(request, compared, scales, catalog, progress)
    along = curves(subjects)
    table = heads(subjects, scored, ripples, timed)
    write(Tables(table, begun, along, convergence(along), timed), request.out)
    # 3. What is said and drawn, from the files.
    tables = read(request.out)
    _draw(tables, [one for one in subjects if one.method in compared], catalog, request.out)
    lines = [one.line for one in missing] + _failures(scored)
    write_text(request.out / "heads.md", heads_page(tables))
    write_text(request.out / "README.md", page(tables, lines, absent))
    return tables, missing


def _times(
    request: Request, subjects: Sequence[Subject], progress: Progress | None
) -> pd.DataFrame:
    if request.rounds:
        return speed(subjects, request.rounds, progress)
    known = read_one(request.out, "speed")
    return empty() if known is None else known


def _beginnings(
    request: Request,
    methods: Sequence[Method],
    scales: Sequence[int],
    catalog: Catalog,
    progress: Progress | None,
) -> pd.DataFrame:
    known = read_one(request.out, "initialisation")
    return initialisation(methods, scales, request.seeds, catalog, known, progress)


def _draw(tables: Tables, compared: Sequence[Subject], catalog: Catalog, out: Path) -> None:
    figures = {
        "curves": draw_curves(tables.curves),
        "initialisation": draw_beginnings(tables.initialisation),
        "speed": draw_speed(tables.heads),
        "longer": draw_longer(tables.curves),
    }
    for name, figure in figures.items():
        if figure is not None:
            with write_atomically(out / FIGURES / f"{name}.png") as file:
                figure.savefig(file, format="png", dpi=100)
    shown = [one for one in compared if one.scale == SEEDED and one.seed == 0]
    if shown:
        with write_atomically(out / FIGURES / "crops.png") as file:
            draw_crops(crops(shown, catalog, SEEDED)).save(file, format="png", optimize=True)


def _failures(scored: pd.DataFrame) -> list[str]:
    """Name the networks that some image was too much for."""
    failed = scored[scored["status"] != "ok"]
    places = Counter(zip(failed["method"], failed["scale"], strict=True))
    return [f"{name} x{scale}: {count} scores failed" for (name, scale), count in places.items()]


def _nothing(missing: Sequence[Missing]) -> str:
    first = missing[0].reason if missing else "no method offers these scales"
    return f"There is no trained network to study: {first}"
