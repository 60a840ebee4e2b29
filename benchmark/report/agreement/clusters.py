"""Clusters: methods of one family whose pixels are alike, those alike beside each other.

A hundred methods are five thousand pairs, and most of them are a few kernels under many names.  So
who reads an agreement matrix sees the clusters first, then how far apart these are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

MANY = 16
"""From so many methods on, a level of 255 is no difference between clusters: it is rounding."""

Levels = dict[frozenset[str], int]


def clusters(rows: pd.DataFrame) -> list[list[str]]:
    """Return the methods of one family in sets, those alike inside the borders as neighbours.

    Any two methods of a set have the same pixels after rounding to 8 bits, or with MANY methods
    are one level of 255 apart at most.

    Args:
        rows: The pairs of one family, dataset, scale and protocol of an agreement table.
    """
    names = [*dict.fromkeys([*rows["method_a"], *rows["method_b"]])]
    pairs = [*map(frozenset, zip(rows["method_a"], rows["method_b"], strict=True))]
    levels = dict(zip(pairs, (rows["max_abs"] * 255).round().astype(int), strict=True))
    known = rows.get("max_abs_inside", rows["max_abs"])  # older tables lack it
    inside = dict(zip(pairs, known.fillna(rows["max_abs"]) * 255.0, strict=True))
    sets = _sets(names, levels, most=1 if len(names) >= MANY else 0)
    return [sets[index] for index in _by_likeness(inside, [one[0] for one in sets])]


def _sets(names: list[str], levels: Levels, most: int) -> list[list[str]]:
    """Gather methods that are at most so many levels apart, each from every other of its set."""
    found: list[list[str]] = []
    for name in names:
        for members in found:
            if all(0 <= levels.get(frozenset((name, one)), -1) <= most for one in members):
                members.append(name)
                break
        else:
            found.append([name])
    return found


def _by_likeness(inside: Mapping[frozenset[str], float], methods: list[str]) -> list[int]:
    """Order methods so that those alike inside the borders are neighbours (average linkage)."""
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    if len(methods) < 3:
        return [*range(len(methods))]
    levels = [[inside.get(frozenset((a, b)), 255.0 * (a != b)) for b in methods] for a in methods]
    apart = np.log2(1.0 + np.array(levels))
    tree = linkage(squareform(apart, checks=False), method="average", optimal_ordering=True)
    return [int(index) for index in leaves_list(tree)]
