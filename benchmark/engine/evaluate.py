"""Scoring anything that enlarges images, from a script or a notebook: one call, one frame."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.contract import Dataset, description_of
from upbench.benchmark.core.device import choose_device
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.row import columns, record, typed
from upbench.benchmark.core.sizes import scale_label
from upbench.benchmark.core.text import join_names, split_names
from upbench.benchmark.engine.execute import execute
from upbench.benchmark.engine.notebook import progress_for, scores_of
from upbench.benchmark.engine.plan import batches
from upbench.benchmark.engine.runner import Plan, Request, make_plan, make_setup
from upbench.benchmark.engine.store import on_request
from upbench.benchmark.engine.workbench import Scoring, Setup, run_serial
from upbench.benchmark.registry.catalog import collect, ensure_available
from upbench.benchmark.registry.in_memory import methods_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    import pandas as pd

    from upbench.benchmark.core.contract import Method, Progress
    from upbench.benchmark.engine.result import Result
    from upbench.benchmark.registry.catalog import Catalog

__all__ = ["evaluate"]


def evaluate(
    methods: Any,
    datasets: Any = "set5",
    scales: int | str | Sequence[int] | None = None,
    protocol: str | Sequence[str] = "y-classic",
    *,
    sizes: str | Sequence[str] = "",
    metrics: str | Sequence[str] = "",
    plugins: str | Path | Sequence[str | Path] = (),
    device: str = "cpu",
    isolated: bool = False,
    jobs: int = 1,
    progress: Progress | bool = True,
) -> pd.DataFrame:
    """Score methods on datasets and return the rows.

    Args:
        methods: A name or pattern (``"bicubic,opencv-*"``), a network's file with its options
            ("vdsr.onnx,scale=2"), a ``torch.nn.Module``, a function ``(image, scale) -> image`` or
            ``(image) -> image``; or a list of these, or a dictionary that names them.  Images are
            float32 ``(H, W, C)`` in [0, 1].
        datasets: Names ("set5,set14", "folder:PATH"), a folder's ``Path``, a function under
            ``@dataset``, a :class:`Dataset`, or a list of these.
        scales: Factors: 2, "2,1.5" or [2, 3]; x2 where there are no sizes either.
        sizes: Sizes in their place, or beside them, as ``upbench run --sizes`` takes them.
        protocol: Names of protocols.
        metrics: Metrics on request, beside those of every run.
        plugins: Python files with more methods, datasets, metrics or protocols: one or several.
        device: Where learned methods run: "cpu", "cuda" or "auto".
        isolated: Run each method in a worker process, as ``upbench run`` does; what is in this
            process's memory alone cannot be.
        jobs: How many worker processes compute side by side, where isolated.
        progress: Whether to draw a bar, or what is called with (what, done, total).

    Returns:
        One row per (method, dataset, image, scale, protocol), failures included: the columns of
        :func:`upbench.load`.  A notebook shows the means; ``summarise`` and ``latex`` take it.

    Raises:
        UsageError: A name, file or option does not fit; nothing has been run.
        DatasetError, FetchError: A dataset is missing or cannot be downloaded.
    """
    asked, chosen = _planned(
        methods,
        datasets,
        Request(
            scales=_listed(scales if scales is not None else "" if sizes else 2),
            sizes=_listed(sizes) if sizes else None,
            protocols=_listed(protocol),
            metrics=_listed(metrics),
            plugins=tuple(map(str, [plugins] if isinstance(plugins, str | Path) else plugins)),
            device=device,
            jobs=jobs,
        ),
    )
    report = progress_for(progress)
    for dataset in asked.datasets:
        ensure_available(dataset, report)
    results = _isolated(asked, chosen) if isolated else _here(asked, chosen)
    with closing(results):
        frame = _frame(_reported(results, report, len(asked.cells)))
    if stated := on_request({one.name: one.statement() for one in asked.metrics}, frame):
        frame.attrs["metrics"] = stated
    return frame


def _listed(values: object) -> str:
    """Return one value or several as the command line writes them."""
    if isinstance(values, str | int):
        return str(values)
    return join_names(values) if hasattr(values, "__iter__") else str(values)


def _planned(methods: Any, datasets: Any, request: Request) -> tuple[Plan, tuple[Method, ...]]:
    """Look everything up and lay out the cells."""
    catalog = collect(request.plugins)
    for problem in catalog.problems:
        if problem.asked_for:
            raise problem.error
    chosen = methods_of(methods, catalog)
    found = tuple(_datasets(datasets, catalog))
    if not found:
        raise UsageError("There is no dataset; expected names like 'set5,folder:PATH'.")
    return make_plan(request, catalog, chosen, found), chosen


def _datasets(datasets: Any, catalog: Catalog) -> Iterator[Dataset]:
    is_one = isinstance(datasets, str | Path | Dataset) or callable(datasets)
    for given in [datasets] if is_one else datasets:
        one = description_of(given) or given
        if isinstance(one, Dataset):
            yield one
        elif isinstance(one, Path):
            yield catalog.dataset(f"folder:{one}")
        else:
            yield from (catalog.dataset(name) for name in split_names(str(one)))


def _here(asked: Plan, methods: Sequence[Method]) -> Generator[Result]:
    """Run the cells in this process, one after the other."""
    known = {one.name: one for one in methods}
    scoring = Scoring(asked.metrics, {one.name: one for one in asked.protocols})
    device = choose_device(asked.request.device)
    setup = Setup(lambda _: known, lambda _: scoring, device=device)
    return run_serial(batches(asked.cells, asked.images), setup)


def _isolated(asked: Plan, methods: Sequence[Method]) -> Generator[Result]:
    """Run the cells in worker processes.

    Raises:
        UsageError: A method is in this process's memory alone.
    """
    for method in methods:
        if not method.origin and method != asked.catalog.methods.get(method.name):
            raise UsageError(
                f"{method.name} is in this process's memory alone; leave isolated=True out, or "
                "write it into a file: FILE.py:CLASS, or a plugin."
            )
    return execute(batches(asked.cells, asked.images), make_setup(asked), jobs=asked.request.jobs)


def _reported(results: Iterator[Result], report: Progress | None, total: int) -> Iterator[Result]:
    for done, result in enumerate(results, start=1):
        yield result
        if report:
            cell = result.cell
            report(f"{cell.image} {scale_label(cell.scale)} {cell.method}", done, total)


def _frame(results: Iterable[Result]) -> pd.DataFrame:
    """Return the rows as a frame that a notebook shows as its means."""
    import pandas as pd

    found = [record(result.row) for result in results]
    names = columns(name for row in found for name in row)
    shown: pd.DataFrame = scores_of(typed(pd.DataFrame(found, columns=names)))
    return shown
