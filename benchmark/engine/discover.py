"""Discovery: what plugins describe, without their code in this process.

Our own folders are imported here.  Installed packages and ``--plugin`` files are imported in a
worker process with a time limit, which answers with their metadata.  A plugin that hangs, crashes
or ends its process costs itself.  What it describes comes back with stand-ins for its code: a
dataset's list its images in a worker process, a method's raise.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import fields
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core import errors
from upbench.benchmark.core.contract import (
    Dataset,
    Layer,
    Method,
    Metric,
    ScoringProtocol,
    without_code,
)
from upbench.benchmark.core.errors import (
    PluginError,
    PluginImportError,
    UpbenchError,
    UsageError,
    pass_on_ctrl_c,
)
from upbench.benchmark.core.text import describe
from upbench.benchmark.registry.catalog import FOLDERS, collect, described_by
from upbench.benchmark.registry.importing import ORIGIN, described_as

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from upbench.benchmark.core.contract import Described
    from upbench.benchmark.engine.supervisor import Worker
    from upbench.benchmark.registry.catalog import Catalog
    from upbench.benchmark.registry.importing import AnyDescribed

KINDS: dict[str, type] = {
    kind.__name__: kind for kind in (Method, Layer, Dataset, Metric, ScoringProtocol)
}
LONGEST_IMPORT = 60.0
"""Seconds for a plugin to be imported."""
LONGEST_TRIAL = 300.0
"""Seconds for the small calls that find out what a network takes."""


def discover(
    plugins: Sequence[str | Path] = (),
    folders: Sequence[str] = FOLDERS,
    models: Sequence[str] = (),
) -> Catalog:
    """Collect everything there is; the code of plugins stays in another process.

    Args:
        plugins: Python files given on the command line.
        folders: What to collect of our own.
        models: Networks in files, each as ``--model`` takes it; their small calls run in another
            process too.

    Raises:
        UsageError: A given file does not exist, is not a Python file or no network that can be
            used.
    """
    with ExitStack() as stack:

        @cache
        def worker() -> Worker:
            """Start a process; only the first plugin needs one."""
            from upbench.benchmark.engine.supervisor import Limits, Worker

            return stack.enter_context(Worker(_describing_service, Limits(LONGEST_IMPORT)))

        catalog = collect(plugins, folders, read=lambda source: _described(worker(), source))
    if not models:
        return catalog
    from upbench.benchmark.registry.models import with_models

    return with_models(catalog, map(_model, models))


def _model(text: str) -> Method:
    """Make a method of a network in a file, examined in a process of its own.

    Raises:
        UsageError: It cannot be used.
    """
    from upbench.benchmark.engine.supervisor import Limits, Worker
    from upbench.benchmark.registry.model_options import read_model

    read_model(text)  # a misspelt option needs no process
    with Worker(_describing_service, Limits(LONGEST_TRIAL)) as worker:
        try:
            (method,) = _described(worker, ORIGIN + text)
        except UpbenchError as error:
            said = str(error)
            named = said if said.startswith("--model") else f"--model {text}: {said}"
            raise UsageError(named) from None
    assert isinstance(method, Method)  # noqa: S101 - by the source
    return method


def with_code(catalog: Catalog, described: AnyDescribed) -> AnyDescribed:
    """Return what is described with its code, for a command that runs it in this very process.

    Raises:
        PluginError: Its metadata break the contract, or it cannot be imported here.
    """
    source = source_of(catalog, described)
    if not source or source.startswith("upbench."):
        return described
    try:
        return described_as(source, type(described), described.name)
    except UpbenchError:
        raise
    except BaseException as error:  # noqa: BLE001 - the plugin boundary
        pass_on_ctrl_c(error)
        raise PluginImportError(f"{source} cannot be imported: {describe(error)}") from None


def source_of(catalog: Catalog, described: Described) -> str:
    """Return what a process finds something with; "" for what is made of its name: a folder."""
    origin = described.origin if isinstance(described, Method) else ""
    return origin or catalog.sources.get(described.file, "")


def _described(worker: Worker, source: str) -> list[Described]:
    """Return what a plugin describes, from the process that imports it.

    Raises:
        PluginError: Its metadata break the contract.
        UpbenchError: It cannot be imported.
    """
    outcome = worker.call(source)
    if outcome.status != "ok":
        raise UpbenchError(outcome.reason)
    if "error" in outcome.value:
        kind = getattr(errors, str(outcome.value["kind"]), UpbenchError)
        is_ours = isinstance(kind, type) and issubclass(kind, PluginError)
        raise (kind if is_ours else UpbenchError)(outcome.value["error"])
    return [_rebuilt(values, source) for values in outcome.value["described"]]


def _describing_service() -> Callable[[str], dict[str, Any]]:
    """Make the service of the process that imports plugins, each from where the driver was."""
    return partial(_describe, Path.cwd())


def _describe(folder: Path, source: str) -> dict[str, Any]:
    os.chdir(folder)  # a plugin may have changed it
    try:
        return {"described": [_plain(one) for one in described_by(source)]}
    except PluginError as error:
        return {"error": str(error), "kind": type(error).__name__}
    except BaseException as error:  # noqa: BLE001 - the plugin boundary
        return {"error": describe(error), "kind": ""}


def _plain(described: Described) -> dict[str, Any]:
    """Return metadata as JSON has them; of what is called only whether it is there."""
    values: dict[str, Any] = {"": type(described).__name__}
    for field in fields(described):
        value = getattr(described, field.name)
        is_class = isinstance(value, type)
        values[field.name] = ["class" if is_class else "function"] if callable(value) else value
    return values


def _rebuilt(values: dict[str, Any], source: str) -> Described:
    """Return metadata that came from another process, with stand-ins for what is called."""
    kind = KINDS[values.pop("")]
    known = {field.name for field in fields(kind)}
    made = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
        if name in known
    }
    called = {n: type if v == ("class",) else len for n, v in made.items() if v in CALLED}
    described: Described = without_code(kind(**{**made, **called}))
    if isinstance(described, Dataset):
        # not at the top: most catalogs have none, and it imports what reads images
        from upbench.benchmark.engine.readers import remote_dataset

        return remote_dataset(described, source, called)
    return described


CALLED = (("class",), ("function",))
