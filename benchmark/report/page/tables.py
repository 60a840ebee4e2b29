"""From frames to what the page shows of each dataset, scale and protocol.

Everything in here is plain lists and dictionaries that JSON can hold.  Numbers keep six
significant digits, more than any column prints; not known is null, and an infinite PSNR (equal
images) the text "Infinity", which JSON has no number for.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from upbench.benchmark.report.figures import kinds, pareto
from upbench.benchmark.report.page.answer import checkerboard_sentence, choices
from upbench.benchmark.report.summary import (
    COLUMNS,
    GROUP,
    best_of,
    groups,
    is_complete,
    notes,
    reference_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd

    from upbench.benchmark.engine.plan import Identity
    from upbench.benchmark.report.page.origin import Origin
    from upbench.benchmark.report.page.phases import Group, PhaseMap

__all__ = ["column_specs", "describe_groups", "jsonable"]

PER_IMAGE = ("psnr_db", "ssim", "checkerboard_db")
"""What the page shows of every single image."""
TEXTS = {"method", "family", "images", "kind", "reference", *GROUP}
"""Columns of a summary that hold text or are said of the whole group."""


def column_specs() -> list[dict[str, Any]]:
    """Return the columns of the results table: key, label, digits, and which way is better."""
    return [
        {"key": key, "label": label, "digits": int(form[1:-1]), "better": better}
        for key, (label, form, better) in COLUMNS.items()
    ]


def describe_groups(
    rows: pd.DataFrame,
    summary: pd.DataFrame,
    pictures: Mapping[Identity, int],
    phases: Mapping[Group, Mapping[str, PhaseMap]],
    origin: Origin,
) -> list[dict[str, Any]]:
    """Return what the page shows of each dataset, scale and protocol.

    Args:
        rows: A run's rows.
        summary: Their summary; columns of statistics are shown where it has them.
        pictures: By cell, the number of its crop among the page's pictures.
        phases: By group and method, the phase DC map.
        origin: What the methods state of themselves.
    """
    by_group = dict(iter(rows.groupby(GROUP, sort=False)))
    shown = _pictures_by_group(pictures)
    return [
        _group(title, table, by_group[_key(table)], origin)
        | {
            "pictures": _rows_of_pictures(shown.get(_key(table), {}), by_group[_key(table)]),
            "phases": {m: asdict(one) for m, one in phases.get(_key(table), {}).items()},
        }
        for title, table in groups(summary)
    ]


def _key(table: pd.DataFrame) -> tuple[str, int, str]:
    first = table.iloc[0]
    return str(first["dataset"]), int(first["scale"]), str(first["protocol"])


def _group(title: str, table: pd.DataFrame, rows: pd.DataFrame, origin: Origin) -> dict[str, Any]:
    dataset, scale, protocol = _key(table)
    drawable = table.replace([math.inf], math.nan).dropna(subset=["psnr_db", "mpx_per_s"])
    return {
        "title": title,
        "dataset": dataset,
        "scale": scale,
        "protocol": protocol,
        "choices": [asdict(choice) for choice in choices(table)],
        "lead": [checkerboard_sentence(table), *notes(table, intervals=False)],
        "notes": notes(table),
        "reference": reference_of(table),
        "best": {column: sorted(best_of(table, column)) for column in COLUMNS},
        "front": pareto(drawable)["method"].tolist(),
        "kinds": list(dict.fromkeys(kinds(table))),
        "methods": [*_methods(table.assign(kind=kinds(table)), origin)],
        "images": _image_names(rows),
        "scores": {metric: _by_method(rows, metric) for metric in PER_IMAGE},
    }


def _methods(table: pd.DataFrame, origin: Origin) -> Iterator[dict[str, Any]]:
    """Yield one method at a time: what is said of it, and its numbers by column."""
    numeric = [column for column in table.columns if column not in TEXTS]
    for record in table.to_dict("records"):
        stated = origin.methods.get(record["method"], {})
        yield {
            "method": record["method"],
            "family": record["family"],
            "kind": record["kind"],
            "images": record["images"],
            "complete": is_complete(record["images"]),
            "kernel": stated.get("kernel", ""),
            "sampling": stated.get("sampling", ""),
            "values": {column: jsonable(record[column]) for column in numeric},
        }


def _image_names(rows: pd.DataFrame) -> list[str]:
    return [*dict.fromkeys(rows.loc[rows["status"] != "skipped", "image"])]


def _by_method(rows: pd.DataFrame, metric: str) -> dict[str, list[Any]]:
    """Return a metric by method, in the order of the images."""
    done = rows[rows["status"] == "ok"]
    table = done.pivot_table(index="method", columns="image", values=metric, aggfunc="first")
    table = table.reindex(columns=_image_names(rows))
    return {
        str(method): [jsonable(value) for value in values]
        for method, values in zip(table.index, table.to_numpy(), strict=True)
    }


def _pictures_by_group(
    pictures: Mapping[Identity, int],
) -> dict[Group, dict[tuple[str, str], int]]:
    found: dict[Group, dict[tuple[str, str], int]] = {}
    for (method, dataset, image, scale, protocol), number in pictures.items():
        found.setdefault((dataset, scale, protocol), {})[method, image] = number
    return found


def _rows_of_pictures(
    numbers: Mapping[tuple[str, str], int], rows: pd.DataFrame
) -> dict[str, list[int | None]]:
    """Return the pictures by method, in the order of the images; the reference under ""."""
    methods: Iterable[str] = dict.fromkeys(method for method, _ in numbers)
    images = _image_names(rows)
    return {method: [numbers.get((method, image)) for image in images] for method in methods}


def jsonable(value: Any) -> Any:
    """Return a value as JSON can hold it, a number with six significant digits.

    >>> jsonable(31.55934812), jsonable(float("nan")), jsonable(float("inf"))
    (31.5593, None, 'Infinity')
    """
    if value is None or isinstance(value, str | bool):
        return value
    number = float(value)
    if math.isnan(number):
        return None
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    rounded = float(f"{number:.6g}")
    return int(rounded) if rounded.is_integer() else rounded
