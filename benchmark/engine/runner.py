"""A run: request -> plan -> results -> store.

The command line calls these steps and draws a bar between them; a script can do the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.contract import Fittable
from upbench.benchmark.core.device import choose_device
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.text import split_names
from upbench.benchmark.core.weights import is_ours
from upbench.benchmark.engine import execute
from upbench.benchmark.engine.discover import discover
from upbench.benchmark.engine.plan import (
    Cell,
    batches,
    check_scales,
    check_sizes,
    plan,
    read_crops,
    unfinished,
)
from upbench.benchmark.engine.readers import made_of
from upbench.benchmark.engine.store import LOGS, Store
from upbench.benchmark.engine.supervisor import Limits
from upbench.benchmark.engine.workbench import Part, Setup
from upbench.benchmark.imaging.decode import MAX_PIXELS
from upbench.benchmark.registry.catalog import ensure_available, own
from upbench.benchmark.registry.images import list_images

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from upbench.benchmark.core.contract import (
        Dataset,
        ImageItem,
        Method,
        Metric,
        Progress,
        ScoringProtocol,
    )
    from upbench.benchmark.engine.result import Result
    from upbench.benchmark.registry.catalog import Catalog

__all__ = [
    "Plan",
    "Request",
    "chosen_datasets",
    "ensure_datasets",
    "estimate",
    "fit",
    "limits",
    "make_plan",
    "make_setup",
    "rerun_methods",
    "results",
    "reused",
    "waiting",
]


@dataclass(frozen=True)
class Request:
    """What was asked for, as it was typed."""

    methods: str = ""
    """Names and patterns, comma-separated; "" is every method but those of extras."""
    datasets: str = "standard"
    scales: str = "2,3,4"
    """"" is none, where there are sizes."""
    protocols: str = "y-classic"
    metrics: str = ""
    """Names and patterns of metrics on request, beside those of every run."""
    plugins: tuple[str, ...] = ()
    """Python files with more methods."""
    models: tuple[str, ...] = ()
    """Networks in files, as ``--model`` takes them; without methods they alone are run."""
    jobs: int = 1
    executor: str | None = None
    scheduler: str | None = None
    """The address of a Dask scheduler; None is a local cluster."""
    timeout: float = 300.0
    """Seconds per cell."""
    memory: int | None = None
    """Bytes per worker; None is the machine's memory, shared among the workers."""
    max_pixels: int = MAX_PIXELS
    """The largest image of a folder that is read."""
    crops: tuple[str, ...] = ()
    """Images and the centres of their crops, each as ``--crop`` takes it."""
    device: str = "cpu"
    """Where learned methods run: "cpu", "cuda" or "auto"."""
    rerun: str = ""
    """What is run though it may be finished: "all", "failed" (and nothing else), or methods."""
    sizes: str | None = None
    """Target sizes, as ``--sizes`` takes them; None is none."""


@dataclass(frozen=True)
class Plan:
    """What the request comes to."""

    request: Request
    catalog: Catalog
    datasets: tuple[Dataset, ...]
    images: tuple[tuple[str, ImageItem], ...]
    protocols: tuple[ScoringProtocol, ...]
    metrics: tuple[Metric, ...]
    cells: tuple[Cell, ...]


def make_plan(
    request: Request,
    catalog: Catalog | None = None,
    methods: Sequence[Method] | None = None,
    datasets: tuple[Dataset, ...] | None = None,
) -> Plan:
    """Look every name up and lay out the cells.

    Args:
        request: What was asked for.
        catalog: What there is; by default it is collected, with the request's plugins.
        methods: Methods that are at hand, in the place of the request's names.
        datasets: Datasets, the same way.

    Raises:
        UsageError: A name, scale or option does not fit; nothing has been run or written.
        DatasetError: A dataset is missing or empty.
        FetchError: A dataset cannot be downloaded.
    """
    execute.choose_executor(request.jobs, request.executor, request.scheduler)
    if not request.timeout > 0:
        raise UsageError(f"--timeout takes seconds above 0; got {request.timeout:g}.")
    if request.max_pixels < 1:
        raise UsageError(f"--max-pixels takes a number from 1 up; got {request.max_pixels}.")
    catalog = catalog or discover(request.plugins, models=request.models)
    sizes = () if request.sizes is None else check_sizes(request.sizes)
    scales = check_scales(request.scales) if request.scales or not sizes else ()
    protocols = catalog.choose_protocols(split_names(request.protocols))
    if methods is None:
        methods = catalog.asked_methods(split_names(request.methods))
    rerun_methods(catalog, request.rerun)  # a misspelt name is an error now
    if datasets is None:
        datasets = chosen_datasets(request, catalog)
    images = tuple((dataset.name, item) for dataset in datasets for item in list_images(dataset))
    metrics = catalog.choose_metrics(split_names(request.metrics))
    device = choose_device(request.device)
    cells = plan(
        *(methods, images, (*scales, *sizes), protocols, metrics, device),
        sources=catalog.sources,
        crops=read_crops(request.crops, [item.name for _, item in images]),
        made_of={dataset.name: made_of(dataset) for dataset in datasets},
    )
    return Plan(request, catalog, datasets, images, protocols, metrics, cells)


def chosen_datasets(request: Request, catalog: Catalog) -> tuple[Dataset, ...]:
    """Look the datasets of a request up.

    Raises:
        UsageError: There is none, or a name is no dataset's.
    """
    names = split_names(request.datasets)
    if not names:
        raise UsageError("--datasets is empty; expected a name like standard.")
    return tuple(catalog.dataset(name, request.max_pixels) for name in names)


def ensure_datasets(plan: Plan, progress: Progress | None = None) -> None:
    """Download the datasets that are not on this machine yet, before anything is run.

    Raises:
        FetchError: A file could not be downloaded; those already fetched stay.
        ImageError: A local file is missing or not the pinned image.
    """
    for dataset in plan.datasets:
        ensure_available(dataset, progress)


def fit(plan: Plan, cells: Sequence[Cell], progress: Progress | None = None) -> None:
    """Fit our own learned methods that some cells need, if their weights are not cached yet.

    A worker would do it as well, but without a progress bar.  Methods from elsewhere
    are never fitted here: they run in their workers alone.
    """
    for name, scale in dict.fromkeys((cell.method, cell.scale) for cell in cells if not cell.skip):
        method = plan.catalog.methods[name]
        target: Any = method.target
        if isinstance(scale, int) and isinstance(target, Fittable) and is_ours(method.file):
            target.fit(scale, progress=progress)


def waiting(plan: Plan, store: Store) -> tuple[Cell, ...]:
    """Return the cells that are to be run: not finished yet, or asked for again."""
    rerun = plan.request.rerun
    if rerun == "all":
        return plan.cells
    if rerun == "failed":
        failed = store.failed()
        return tuple(cell for cell in plan.cells if cell.identity in failed)
    again = rerun_methods(plan.catalog, rerun)
    finished = store.finished().items()
    return unfinished(plan.cells, {what: key for what, key in finished if what[0] not in again})


def reused(plan: Plan, store: Store, cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Return the cells of a plan that are finished, but for some that are to be run."""
    ahead = {cell.identity for cell in cells}
    others = tuple(cell for cell in plan.cells if cell.identity not in ahead)
    if plan.request.rerun != "failed":
        return others  # whatever was not finished would be run
    fresh = {cell.identity for cell in unfinished(others, store.finished())}
    return tuple(cell for cell in others if cell.identity not in fresh)


def limits(plan: Plan) -> Limits:
    """Return what a cell may use up: by default all memory, shared among the workers."""
    import psutil

    request = plan.request
    share = psutil.virtual_memory().total // request.jobs
    return Limits(request.timeout, request.memory or share)


def estimate(plan: Plan, store: Store, cells: Sequence[Cell]) -> float | None:
    """Return how many seconds some cells will take, judging by those in the store, or None."""
    known = store.mean_seconds()
    if not known:
        return None
    usual = sum(known.values()) / len(known)
    total = sum(known.get((cell.method, cell.scale), usual) for cell in cells)
    return total / plan.request.jobs


def results(plan: Plan, store: Store, cells: Sequence[Cell]) -> Generator[Result]:
    """Run some of the plan's cells; yield each result after it is written down.

    Raises:
        StoreError: The disk is too full to begin, or becomes so; every cell before is kept.
    """
    store.check_disk_space(len(cells))
    store.list_images(plan.images)
    request = plan.request
    done = execute.execute(
        batches(cells, plan.images),
        make_setup(plan),
        jobs=request.jobs,
        executor=request.executor,
        scheduler=request.scheduler,
        limits=limits(plan),
        logs=store.folder / LOGS,
    )
    for result in done:
        store.add(result)
        yield result


def make_setup(plan: Plan | None = None) -> Setup:
    """Return what the processes of a plan are made of; without one, our own methods and metrics."""
    if plan is None:
        names = tuple(metric.name for metric in own().choose_metrics())
        return Setup(parts={name: (Part("", "", names),) for name in own().protocols})
    sources = plan.catalog.sources
    by_source: dict[str, list[str]] = {"": []}
    for metric in plan.metrics:
        by_source.setdefault(_foreign(sources.get(metric.file, "")), []).append(metric.name)
    parts = {
        protocol.name: tuple(
            Part(_foreign(sources.get(protocol.file, "")), source, tuple(names))
            for source, names in by_source.items()
        )
        for protocol in plan.protocols
    }
    return Setup(parts=parts, device=choose_device(plan.request.device))


def _foreign(source: str) -> str:
    """Return the source of a plugin; "" for our own."""
    return "" if source.startswith("upbench.") else source


def rerun_methods(catalog: Catalog, rerun: str) -> set[str]:
    """Return the methods that ``--rerun`` names, by name or pattern; none for its words.

    Raises:
        UnknownNameError: A name is no method's.
    """
    names = () if rerun in {"all", "failed"} else split_names(rerun)
    return {method.name for method in catalog.choose_methods(names)}
