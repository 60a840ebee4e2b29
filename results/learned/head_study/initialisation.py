"""Untrained heads: how much of a checkerboard a network begins with, over many random seeds.

A network's output is the head's, driven by an untrained trunk, added to a bicubic image.  Much of
it may lie outside [0, 1], and clipping hides what is there (a white image has no checkerboard), so
beside the score under the protocol stands the score of the output as it is, and the share of
pixels that clipping changes.  The ripple on flat fields is never clipped.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from head_study.subjects import Subject
from upbench.benchmark.core.environment import library_version
from upbench.benchmark.core.hashing import code_hash, digest_of, module_hash
from upbench.benchmark.engine.cell import Prepared, prepare
from upbench.benchmark.imaging.degrade import quantise
from upbench.benchmark.imaging.embedded import read_embedded
from upbench.benchmark.metrics.checkerboard import checkerboard_level
from upbench.benchmark.registry.catalog import built_in_protocols
from upbench.benchmark.theory.probe.phases import probe_flat
from upbench.benchmark.theory.probe.probed import ProbedMethod

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from upbench.benchmark.core.contract import Image, Method, Metric, Progress
    from upbench.benchmark.registry.catalog import Catalog

IMAGES = ("astronaut", "camera", "chelsea", "coffee")
"""The images of ``standard`` whose centres are looked at."""
SIDE = 192
"""Side of a centre in pixels of the large image: a multiple of 2, 3 and 4."""
_CODE = (
    "upbench.benchmark.protocols.y_classic",
    "upbench.benchmark.theory.probe.phases",
    "upbench.benchmark.theory.probe.stimuli",
)


@dataclass(frozen=True)
class Start:
    """One untrained network."""

    method: str
    scale: int
    seed: int
    ripple_db: float
    """On flat fields, see :class:`upbench.benchmark.theory.probe.phases.Flat`."""
    checkerboard_db: float
    """Mean over the images, under ``y-classic``: clipped and rounded."""
    checkerboard_unclipped_db: float
    """The same of the output as it is."""
    outside: float
    """Share of the output that lies outside [0, 1]."""
    code_hash: str
    """Of everything that the row depends on."""


class _Scores(NamedTuple):
    protocol: float
    unclipped: float
    outside: float


def initialisation(
    methods: Sequence[Method],
    scales: Sequence[int],
    seeds: int,
    catalog: Catalog,
    known: pd.DataFrame | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Measure every head at every scale from seeds 0, 1, 2 ... on, untrained.

    Args:
        methods: Learned methods whose training begins at random at each scale.
        scales: Whole factors.
        seeds: How many.
        catalog: Where the metric is found.
        known: Rows of an earlier call; those that nothing has changed since are used again.
        progress: Called with (what, done, total).

    Returns:
        One row per network, with the columns of :class:`Start`.
    """
    import pandas as pd

    metric = catalog.metrics["checkerboard_db"]
    images = {scale: _centres(scale) for scale in scales}
    codes = {method.name: _code(method, metric) for method in methods}
    kept = _by_identity(known)
    todo = [
        Subject(method, scale, seed)
        for scale in scales
        for method in methods
        if method.offers(scale)
        for seed in range(seeds)
    ]
    rows = []
    for done, one in enumerate(todo, start=1):
        code = codes[one.method.name]
        row = kept.get((one.method.name, one.scale, one.seed, code))
        rows.append(row or _start(one, images[one.scale], code))
        if progress:
            progress("untrained heads", done, len(todo))
    return pd.DataFrame([asdict(row) for row in rows], columns=_COLUMNS)


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Return median, least and most over the seeds.

    Returns:
        Indexed by scale and method, in the frame's order; the columns are pairs (column of
        :class:`Start`, "median", "min" or "max").
    """
    values = frame.drop(columns=["seed", "code_hash"])
    return values.groupby(["scale", "method"], sort=False).agg(["median", "min", "max"])


_COLUMNS = [field.name for field in fields(Start)]


def _start(subject: Subject, images: Sequence[Prepared], code: str) -> Start:
    run = subject.untrained()
    flat = probe_flat(ProbedMethod(subject.name, subject.scale, 1, run))
    found = [_scores(run(image.low), image) for image in images]
    return Start(
        method=subject.method.name,
        scale=subject.scale,
        seed=subject.seed,
        ripple_db=flat.ripple_db,
        checkerboard_db=fmean(one.protocol for one in found),
        checkerboard_unclipped_db=fmean(one.unclipped for one in found),
        outside=fmean(one.outside for one in found),
        code_hash=code,
    )


def _scores(output: Image, image: Prepared) -> _Scores:
    scale, border = image.scale, slice(image.scale, -image.scale)
    pixels = image.protocol.steps.score(quantise(output), scale)
    raw = output[border, border, 0].astype("float64")
    return _Scores(
        checkerboard_level(image.reference, pixels, scale),
        checkerboard_level(image.reference, raw, scale, unclipped=True),
        float(((raw < 0) | (raw > 1)).mean()),
    )


def _centres(scale: int) -> tuple[Prepared, ...]:
    images = (_centre(read_embedded(name)) for name in IMAGES)
    return tuple(prepare(image, scale, built_in_protocols()["y-classic"]) for image in images)


def _centre(image: Image) -> Image:
    top, left = ((side - SIDE) // 2 for side in image.shape[:2])
    return image[top : top + SIDE, left : left + SIDE]


def _code(method: Method, metric: Metric) -> str:
    parts = [code_hash(method.file), code_hash(metric.file), module_hash(*_CODE)]
    return digest_of([*parts, f"torch {library_version('torch')}"])[:16]


def _by_identity(known: pd.DataFrame | None) -> dict[tuple[str, int, int, str], Start]:
    if known is None or list(known.columns) != _COLUMNS:
        return {}
    rows = [Start(*row) for row in known.itertuples(index=False, name=None)]
    return {(row.method, row.scale, row.seed, row.code_hash): row for row in rows}
