"""The manifest of a run's folder: what a reader needs to understand every row and make it again.

Several commands may write in one folder.  What the manifest says of the command, the machine and
the versions is the last one's; what it says of methods, datasets, protocols and metrics covers
every row.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.environment import library_version, machine, now, versions
from upbench.benchmark.core.files import write_text
from upbench.benchmark.core.hashing import file_digest
from upbench.benchmark.core.text import split_names
from upbench.benchmark.engine.store import MANIFEST
from upbench.benchmark.registry.extras import missing_extras

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

    from upbench.benchmark.core.contract import Dataset, Method
    from upbench.benchmark.engine.runner import Plan

    Manifest = dict[str, Any]


LARGEST = 256 << 20
"""Bytes of a manifest; ours have a hundred for each image."""


def manifest(plan: Plan) -> Manifest:
    """Return what a reader needs to understand the numbers of a run and to make them again."""
    methods = [plan.catalog.methods[name] for name in dict.fromkeys(c.method for c in plan.cells)]
    return {
        "written_at": now(),
        "command": ["upbench", *sys.argv[1:]],
        "request": asdict(plan.request),
        "machine": machine(),
        "versions": versions()
        | {m.backend: library_version(m.backend) for m in methods if m.extra},
        "not_installed": list(not_installed(plan)),
        "protocols": {protocol.name: protocol.signature for protocol in plan.protocols},
        "metrics": {metric.name: metric.statement() for metric in plan.metrics},
        "methods": {method.name: describe_method(method) for method in methods},
        "datasets": {dataset.name: _dataset(dataset, plan) for dataset in plan.datasets},
    }


def not_installed(plan: Plan) -> tuple[str, ...]:
    """Say of each extra that is not installed what it adds, where all methods were asked for."""
    everything = "all" in split_names(plan.request.methods)
    return missing_extras(plan.catalog.methods.values()) if everything else ()


def _dataset(dataset: Dataset, plan: Plan) -> dict[str, Any]:
    return {
        "source": dataset.source,
        "licence": dataset.licence,
        "notes": list(dataset.notes()) if dataset.notes is not None else [],
        "caveats": list(dataset.caveats),
        "sha256": {item.name: item.digest for name, item in plan.images if name == dataset.name},
    }


def describe_method(method: Method) -> dict[str, Any]:
    """Return a method's metadata as JSON has them: strings, numbers, booleans, nulls and lists."""
    return {
        "family": method.family,
        "kernel": method.kernel,
        "sampling": method.sampling,
        "edge": method.edge,
        "clips": method.clips,
        "shrinks": dict(method.shrinks),
        "antialias": method.antialias,
        "any_size": method.any_size,
        "colour": method.colour,
        "backend": method.backend,
        "eight_bit": method.eight_bit is not None,
        "source": method.source,
        "scales": None if method.scales is None else list(method.scales),
        "parameters": method.parameters,
        "extra": method.extra,
        "snippet": method.snippet,
    } | (_model(method) if method.origin else {})


def _model(method: Method) -> dict[str, Any]:
    """Return what is known of a method that ``--model`` made."""
    files = {Path(file).name: file_digest(Path(file)) for file in method.weights}
    return {"licence": method.licence, "found": list(method.remarks), "sha256": files}


def read_manifest(folder: Path) -> Manifest:
    """Return a folder's manifest; what is missing in it, or cannot be read, is simply not there.

    Returns:
        The manifest, whose "methods" and "datasets" are dictionaries of dictionaries by name,
        "metrics" too (of an older upbench with "signature" alone), "protocols" of signatures; empty
        where the file does not say.
    """
    file = folder / MANIFEST
    try:  # a folder may come from anywhere: no pipe is waited for, no gigabyte is read
        fits = file.is_file() and file.stat().st_size <= LARGEST
        found = json.loads(file.read_text(encoding="utf-8")) if fits else None
    except (OSError, ValueError, RecursionError):
        found = None
    known = found if isinstance(found, dict) else {}
    if isinstance(metrics := known.get("metrics"), dict):
        known["metrics"] = {  # an older upbench gave the signature alone
            name: {"signature": one} if isinstance(one, str) else one
            for name, one in metrics.items()
        }
    return known | {part: _by_name(known, part, kind) for part, kind in _PARTS.items()}


def merged(former: Mapping[str, Any], newest: Mapping[str, Any], rows: pd.DataFrame) -> Manifest:
    """Return the newest manifest with what a former one of the folder says of rows that are left.

    Where both speak of one thing, the newest is right.
    """
    left = {
        "methods": set(rows["method"]),
        "datasets": set(rows["dataset"]),
        "protocols": set(rows["protocol"]),
        "metrics": set(rows.columns[rows.notna().any()]),
    }
    parts = {part: _kept(former[part], left[part]) | newest[part] for part in _PARTS}
    for name in left["datasets"] & former["datasets"].keys() & newest["datasets"].keys():
        parts["datasets"][name] = _with_images(former, newest, rows, name)
    return {**newest, **parts}


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest into a run's folder.

    Raises:
        StoreError: The disk is full or the folder cannot be written.
    """
    write_text(folder / MANIFEST, json.dumps(manifest, indent=2) + "\n")


_PARTS: dict[str, type] = {"protocols": str, "metrics": dict, "methods": dict, "datasets": dict}
"""The parts that are by name, and what stands under each name."""


def _by_name(manifest: Mapping[str, Any], part: str, kind: type) -> dict[str, Any]:
    found = manifest.get(part)
    known = found if isinstance(found, dict) else {}
    return {name: value for name, value in known.items() if isinstance(value, kind)}


def _kept(described: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: text for name, text in described.items() if name in names}


def _with_images(
    former: Mapping[str, Any], newest: Mapping[str, Any], rows: pd.DataFrame, name: str
) -> dict[str, Any]:
    """Return a dataset as it was last used, with the digests of all images that have rows."""
    images = set(rows.loc[rows["dataset"] == name, "image"])
    digests = _kept(_by_name(former["datasets"][name], "sha256", str), images)
    last: dict[str, Any] = newest["datasets"][name]
    return last | {"sha256": digests | last["sha256"]}
