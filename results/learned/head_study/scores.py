"""Scores before and after training: the suite's own cells, over networks instead of methods.

Each network becomes two methods of the plan, untrained and trained, so that images are degraded,
outputs checked and metrics computed exactly as ``upbench run`` does, and a score is kept while
nothing that it depends on has changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING

from upbench.benchmark.engine.plan import batches, plan, unfinished
from upbench.benchmark.engine.store import Store
from upbench.benchmark.engine.workbench import Scoring, Setup, run_serial
from upbench.benchmark.registry.catalog import built_in_protocols
from upbench.benchmark.theory.probe.phases import probe_flat
from upbench.benchmark.theory.probe.probed import ProbedMethod

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import pandas as pd

    from head_study.subjects import Subject
    from upbench.benchmark.core.contract import (
        Dataset,
        Image,
        ImageItem,
        Method,
        Metric,
        Progress,
        Upsampler,
    )
    from upbench.benchmark.engine.plan import Cell
    from upbench.benchmark.registry.catalog import Catalog

METRICS = ("psnr_db", "ssim", "checkerboard_db")
REFERENCE = "bicubic"
"""The interpolation that every network is compared with."""
_IDENTITY = ["method", "dataset", "image", "scale", "protocol"]


@dataclass(frozen=True)
class Candidate:
    """A network before or after training, or the reference."""

    method: Method
    """As a method of the plan, under a name of its own, at one scale."""
    comes_from: str
    """The method's own name."""
    stage: str
    """"initial" or "trained"."""
    scale: int
    seed: int | None


def candidates(
    subjects: Iterable[Subject], catalog: Catalog, scales: Iterable[int]
) -> tuple[Candidate, ...]:
    """Return the reference at every scale, then each network untrained and trained."""
    reference = catalog.method(REFERENCE)
    chosen = [
        _candidate(reference, "trained", scale, None, partial(reference.load, scale), ())
        for scale in scales
    ]
    for one in subjects:
        start = one.beginning
        begins_with = (str(start.place.file),) if start else ()
        of = (one.scale, one.seed)
        chosen += [
            _candidate(one.method, "initial", *of, one.untrained, begins_with),
            _candidate(one.method, "trained", *of, one.trained, (str(one.place.file),)),
        ]
    return tuple(chosen)


def present(datasets: Iterable[Dataset]) -> tuple[tuple[Dataset, ...], tuple[str, ...]]:
    """Return the datasets whose images are all on this machine, and the names of the others."""
    here, absent = [], []
    for dataset in datasets:
        status = dataset.status() if dataset.status is not None else None
        if status is None or status.present == status.total:
            here.append(dataset)
        else:
            absent.append(dataset.name)
    return tuple(here), tuple(absent)


def score(
    chosen: Sequence[Candidate],
    datasets: Sequence[Dataset],
    metrics: Sequence[Metric],
    folder: Path,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Score every candidate on every image under ``y-classic``.

    Args:
        chosen: What is scored.
        datasets: On what; all images must be here.
        metrics: By what.
        folder: Where finished scores are kept, for the next time.
        progress: Called with (what, done, total).

    Returns:
        One row per candidate and image: the columns method, stage, scale, seed, dataset, image,
        status, reason and those of METRICS.

    Raises:
        StoreError: The folder cannot be used.
    """
    images = [(dataset.name, item) for dataset in datasets for item in dataset.items()]
    cells = _cells(chosen, images, metrics)
    methods = {one.method.name: one.method for one in chosen}
    scoring = Scoring(metrics, built_in_protocols())
    setup = Setup(lambda _: methods, lambda _: scoring)
    with Store(folder) as store:
        waiting = unfinished(cells, store.finished())
        results = run_serial(batches(waiting, images), setup)
        for done, result in enumerate(results, start=1):
            store.add(result)
            if progress:
                progress("scoring", done, len(waiting))
        rows = store.frame().set_index(_IDENTITY, drop=False)
    return _named(rows.loc[[cell.identity for cell in cells]], chosen)


def ripples(chosen: Iterable[Candidate], progress: Progress | None = None) -> pd.DataFrame:
    """Probe every candidate with flat greys.

    Returns:
        One row per candidate: the columns method, stage, scale, seed and ripple_db.

    Raises:
        MethodError: A network cannot be loaded, or fails.
    """
    import pandas as pd

    listed = tuple(chosen)
    rows = []
    for done, one in enumerate(listed, start=1):
        flat = probe_flat(ProbedMethod(one.comes_from, one.scale, 1, one.method.load(one.scale)))
        rows.append((one.comes_from, one.stage, one.scale, one.seed, flat.ripple_db))
        if progress:
            progress("flat fields", done, len(listed))
    frame = pd.DataFrame(rows, columns=["method", "stage", "scale", "seed", "ripple_db"])
    return frame.astype({"seed": "Int64"})


def _candidate(
    method: Method,
    stage: str,
    scale: int,
    seed: int | None,
    make: Callable[[], Upsampler],
    weights: tuple[str, ...],
) -> Candidate:
    ready = cache(make)  # loaded once, at its first image

    def run(image: Image, _scale: int) -> Image:
        return ready()(image)

    # one that the plan calls a function, and that is a method of luma in any case
    described = replace(
        method,
        name=f"{method.name}.x{scale}.{'' if seed is None else f'seed{seed}.'}{stage}",
        target=run,
        scales=(scale,),
        any_size=False,
        colour="luma",
        weights=weights,
    )
    return Candidate(described, method.name, stage, scale, seed)


def _cells(
    chosen: Sequence[Candidate], images: Sequence[tuple[str, ImageItem]], metrics: Sequence[Metric]
) -> tuple[Cell, ...]:
    scales = sorted({one.scale for one in chosen})
    methods = [one.method for one in chosen]
    cells = plan(methods, images, scales, [built_in_protocols()["y-classic"]], metrics)
    return tuple(replace(cell, pictured=False) for cell in cells if not cell.skip)


def _named(rows: pd.DataFrame, chosen: Iterable[Candidate]) -> pd.DataFrame:
    """Put method, stage, scale and seed in the place of a candidate's own name."""
    import pandas as pd

    by_name = {one.method.name: one for one in chosen}
    known = [by_name[name] for name in rows["method"]]
    kept = ["dataset", "image", "status", "reason", *METRICS]
    return pd.DataFrame(
        {
            "method": [one.comes_from for one in known],
            "stage": [one.stage for one in known],
            "scale": [one.scale for one in known],
            "seed": pd.array([one.seed for one in known], dtype="Int64"),
            **{column: rows[column].to_numpy() for column in kept},
        }
    )
