"""Scoring anything that enlarges images, from a script or a notebook: one call, one frame."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from contextlib import closing
from numbers import Number
from pathlib import Path
from reprlib import repr as shortly
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.contract import Dataset, description_of
from upbench.benchmark.core.device import choose_device
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.row import columns, record, typed
from upbench.benchmark.core.sizes import as_scale, scale_label
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
    from fractions import Fraction

    import pandas as pd

    from upbench.benchmark.core.contract import ImageItem, Method, Progress
    from upbench.benchmark.engine.result import Result
    from upbench.benchmark.registry.catalog import Catalog

__all__ = ["evaluate"]

SETS = "names like 'set5,folder:PATH', a folder's Path, a function under @dataset or a Dataset"
OWN = " (one of your own is in a file: plugins='FILE.py')"


def evaluate(
    methods: Any,
    datasets: Any = "set5",
    scales: float | str | Fraction | Sequence[float | str | Fraction] | None = None,
    protocol: str | Sequence[str] = "y-classic",
    *,
    sizes: int | str | Sequence[int | str] = "",
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
            ``@dataset``, a :class:`Dataset`, or a list of these; each once.
        scales: Factors: 2, 1.5, "2,8/3" or [2, 3]; x2 where there are no sizes either.
        sizes: Sizes in their place, or beside them, as ``upbench run --sizes`` takes them.
        protocol: Names of protocols.
        metrics: Metrics on request, beside those of every run.
        plugins: Python files with more methods, datasets, metrics or protocols: one or several.
        device: Where learned methods run: "cpu", "cuda" or "auto".
        isolated: Run each method in a worker process, as ``upbench run`` does; what is in this
            process's memory alone cannot be.
        jobs: How many worker processes compute side by side, where isolated.
        progress: Whether to draw a bar, or what is called with (what, done, total).  A bar is
            drawn in a notebook and in a terminal.

    Returns:
        One row per (method, dataset, image, scale, protocol), failures included: the columns of
        :func:`upbench.load`.  A notebook shows the means; ``summarise`` and ``latex`` take it.

    Raises:
        UsageError: A name, file or option does not fit; nothing has been run.
        PluginError: A plugin's file cannot be used, or a name is none.
        DatasetError, FetchError: A dataset is missing or cannot be downloaded.
    """
    report = progress_for(progress)
    in_pixels = _joined("sizes", "sizes like '300x448' or 256", sizes, str, Number)
    factors = 2 if scales is None and not in_pixels else scales
    asked, chosen = _planned(
        methods,
        datasets,
        Request(
            scales=_joined("scales", "factors like 2, 1.5 or '8/3'", factors, str, Number),
            sizes=in_pixels or None,
            protocols=_joined("protocol", f"names like 'y-classic'{OWN}", protocol, str),
            metrics=_joined("metrics", f"names like 'gmsd'{OWN}", metrics, str),
            plugins=tuple(map(str, _several("plugins", "Python files", plugins, str, Path))),
            device=device,
            jobs=jobs,
        ),
    )
    for dataset in asked.datasets:
        ensure_available(dataset, report)
    results = _isolated(asked, chosen) if isolated else _here(asked, chosen)
    with closing(results):
        frame = _frame(_reported(results, report, len(asked.cells)))
    if stated := on_request({one.name: one.statement() for one in asked.metrics}, frame):
        frame.attrs["metrics"] = stated
    return frame


def _several(what: str, expected: str, values: Any, *kinds: Any) -> list[Any]:
    """Return one value, several or None as a list.

    Raises:
        UsageError: One is of no kind that is expected.
    """
    if values is None:
        return []
    try:
        given = [values] if isinstance(values, (*kinds, bytes)) else [*values]
    except TypeError:  # a number, say
        given = [values]
    for one in given:
        if not isinstance(one, kinds):
            raise UsageError(f"{what} takes {expected}, or a list of these; got {shortly(one)}.")
    return given


def _joined(what: str, expected: str, values: Any, *kinds: Any) -> str:
    """Return one value or several as the command line writes them."""
    if isinstance(values, str):
        return values
    return join_names(map(_exact, _several(what, expected, values, *kinds)))


def _exact(value: object) -> object:
    """Return a number as a fraction where it is the float nearest to one: 8 / 3, of a column."""
    if isinstance(value, float) and math.isfinite(value) and float(as_scale(value)) == value:
        return as_scale(value)
    return value


def _planned(methods: Any, datasets: Any, request: Request) -> tuple[Plan, tuple[Method, ...]]:
    """Look everything up and lay out the cells."""
    catalog = collect(request.plugins)
    for problem in catalog.problems:
        if problem.asked_for:
            raise problem.error
    chosen = methods_of(methods, catalog)
    found = _datasets(datasets, catalog)
    if not found:
        raise UsageError("There is no dataset; expected names like 'set5,folder:PATH'.")
    return make_plan(request, catalog, chosen, found), chosen


def _datasets(datasets: Any, catalog: Catalog) -> tuple[Dataset, ...]:
    """Look up what a script calls a dataset, or several, each once.

    Raises:
        UsageError: One is none, or two have one name.
    """
    given: list[str | Dataset] = []
    for one in _several("datasets", SETS, datasets, str, Path, Dataset, Callable):
        described: Any = description_of(one) or one
        parts = split_names(described) if isinstance(described, str) else (described,)
        named = [f"folder:{part}" if isinstance(part, Path) else part for part in parts]
        if not all(isinstance(part, str | Dataset) for part in named):
            raise UsageError(f"datasets takes {SETS}, or a list of these; got {shortly(one)}.")
        given += [part for part in named if part not in given]
    found = [catalog.dataset(one) if isinstance(one, str) else one for one in given]
    names = [one.name for one in found]
    for name in names:
        if names.count(name) > 1:  # the images of one would be scored under the other's name
            raise UsageError(f"Two datasets are named {name!r}; expected a name for each.")
    return tuple(found)


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
        UsageError: A method or a dataset is in this process's memory alone.
    """
    for method in methods:
        if not method.origin and method != asked.catalog.methods.get(method.name):
            raise UsageError(
                f"{method.name} is in this process's memory alone; leave isolated=True out, or "
                "write it into a file: FILE.py:CLASS, or a plugin."
            )
    for dataset, item in asked.images:
        if not _can_be_sent(item):
            raise UsageError(
                f"{dataset} is in this process's memory alone; leave isolated=True out, or write "
                "it into a file: plugins='FILE.py'."
            )
    return execute(batches(asked.cells, asked.images), make_setup(asked), jobs=asked.request.jobs)


def _can_be_sent(item: ImageItem) -> bool:
    """Say whether a worker process can read an image: it does not run this script."""
    try:
        return b"__main__" not in pickle.dumps(item)
    except (AttributeError, TypeError, pickle.PicklingError):  # it holds a function in a function
        return False


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
