"""The agreement matrix: how far apart are methods that claim the same kernel, and why.

Two libraries' "bicubic" may differ by more than two networks do.  For every pair of methods of one
family (``kernels.py``) this compares the crops that a run keeps of each output: the largest and
the mean difference, the shift between the two, and the class of the disagreement.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.core.sizes import TargetSize, scale_dtype
from upbench.benchmark.report.agreement.kernels import FAMILIES, claim
from upbench.benchmark.report.agreement.measure import distances, offsets, spread
from upbench.benchmark.report.agreement.reasons import REASONS, Found, explain, subject
from upbench.benchmark.theory.port.behaviour import at_scale

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from upbench.benchmark.core.contract import Scale
    from upbench.benchmark.engine.plan import Identity
    from upbench.benchmark.report.agreement.measure import Floats, Place

    Group = tuple[str, Scale, str]

__all__ = ["COLUMNS", "REASONS", "agreement"]

COLUMNS = {
    "dataset": "str",
    "scale": "int64",
    "protocol": "str",
    "kernel": "str",
    "method_a": "str",
    "method_b": "str",
    "crops": "int64",
    "max_abs": "float64",
    "max_abs_inside": "float64",
    "mean_abs": "float64",
    "shift_down_px": "float64",
    "shift_right_px": "float64",
    "reason": "str",
    "explanation": "str",
}
"""The columns of the table and their types."""


def agreement(
    crops: Mapping[Identity, bytes], methods: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """Compare every pair of methods that claim the same kernel.

    Args:
        crops: The PNGs that ``Store.crops`` returns, the references' among them.
        methods: The metadata of each method: "methods" of the manifest.  Methods that are not in
            it, as in folders from before it had them, are not compared.

    Returns:
        One row per (dataset, scale, protocol) and pair: ``kernel`` is the family, ``crops`` how
        many crops were compared; ``max_abs``, ``max_abs_inside`` (4 input pixels away from the
        crops' sides, where the image may end) and ``mean_abs`` are differences in [0, 1], of
        8-bit crops: multiples of 1/255, the mean apart.  ``shift_down_px`` and ``shift_right_px``
        say how far b's content lies down and right of a's, in output pixels, in the crop where
        that is farthest (of 4 crops that were registered); null where it is not known.  ``reason``
        is one of REASONS, ``explanation`` one line.
    """
    import pandas as pd

    rows = [
        dict(zip(COLUMNS, (*group, family, *row), strict=True))
        for group, places in _places(crops).items()
        for family, names in _families(methods, group[1]).items()
        for row in _pairs(group, places, names, methods)
    ]
    types = COLUMNS | {"scale": scale_dtype({row["scale"] for row in rows})}
    return pd.DataFrame(rows, columns=[*COLUMNS]).astype(types)


def _places(crops: Mapping[Identity, bytes]) -> dict[Group, list[Place]]:
    """Gather the crops of each image, by dataset, scale and protocol; the reference's is "".

    Crops of sizes are left out: each image has a scale of its own, which ``upbench port`` knows.
    """
    found: dict[Group, dict[str, dict[str, bytes]]] = defaultdict(lambda: defaultdict(dict))
    for (method, dataset, image, scale, protocol), png in crops.items():
        if isinstance(scale, TargetSize):
            continue  # each image has a scale of its own
        found[dataset, scale, protocol][image][method] = png
    return {group: [*found[group].values()] for group in sorted(found)}


def _families(methods: Mapping[str, Mapping[str, Any]], scale: Scale) -> dict[str, list[str]]:
    """Return the methods of each family that has more than one, at a scale."""
    found: dict[str, list[str]] = {family: [] for family in FAMILIES}
    for name, metadata in methods.items():
        claimed = claim(str(at_scale(metadata, float(scale)).get("kernel") or ""))
        if claimed is not None:
            found[claimed.family].append(name)
    return {family: names for family, names in found.items() if len(names) > 1}


def _pairs(
    group: Group,
    places: Sequence[Place],
    names: Sequence[str],
    methods: Mapping[str, Mapping[str, Any]],
) -> Iterator[tuple[Any, ...]]:
    """Compare the methods of one family in one group: yield the rest of each row."""
    _, scale, protocol = group
    subjects = [subject(name, methods[name], protocol, scale) for name in names]
    apart = distances(places, names, scale)
    shifts = _shifts(offsets(spread(places), names, scale))
    for a, b in combinations(range(len(names)), 2):
        one, other = subjects[a], subjects[b]
        if one is None or other is None or not apart.count[a, b]:
            continue
        measured = (part[a, b].item() for part in (apart.largest, apart.mean, apart.inside))
        found = Found(int(apart.count[a, b]), scale, *measured, *shifts[a, b].tolist())
        levels = found.largest / 255, found.inside / 255, found.mean / 255
        moved = found.down, found.right
        yield one.name, other.name, found.crops, *levels, *moved, *explain(one, other, found)


def _shifts(moved: Floats) -> Floats:
    """Return every pair's shift ``(methods, methods, 2)`` where it is the longest of the places."""
    if not len(moved):
        return np.full((moved.shape[1], moved.shape[1], 2), np.nan)
    between = moved[:, None, :, :] - moved[:, :, None, :]
    length = np.nan_to_num(np.hypot(between[..., 0], between[..., 1]), nan=-1.0)
    farthest = length.argmax(axis=0)[None, :, :, None]
    # rounded to what can be measured; adding 0 makes 0 of -0
    return np.asarray(np.round(np.take_along_axis(between, farthest, axis=0)[0], 4) + 0.0)
