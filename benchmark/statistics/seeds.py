"""Which groups of trainings differ: the test of all pairs of layers over their seeds.

Games and Howell's test: simultaneous for all pairs, and right where some layers vary more from seed
to seed than others, as levels of a checkerboard do.  Tukey's test shares one variance.  That two
ranges of three seeds do not overlap is no test: of two equal layers it happens in one case of ten.

Source: P. Games, J. Howell, Journal of Educational Statistics 1(2), 1976, doi:10.2307/1164979.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.statistics.ranking import ALPHA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray


def significant_differences(groups: Sequence[ArrayLike]) -> NDArray[np.bool_]:
    """Return which pairs of groups have different means, at 5 % for all pairs together.

    Args:
        groups: Of each of k layers the values of its seeds.

    Returns:
        Shape (k, k), symmetric.  Groups that do not vary differ if their means do; one of a
        single seed, or with a value that is not finite, differs from none.
    """
    from scipy import stats

    differs = np.zeros((len(groups), len(groups)), dtype=bool)
    known = [
        index
        for index, group in enumerate(groups)
        if np.size(group) > 1 and np.isfinite(np.asarray(group, np.float64)).all()
    ]
    if len(known) > 1:
        with np.errstate(divide="ignore", invalid="ignore"):  # two groups without variance
            p = stats.tukey_hsd(*(groups[index] for index in known), equal_var=False).pvalue
        means = np.array([np.asarray(groups[index], np.float64).mean() for index in known])
        differs[np.ix_(known, known)] = np.where(np.isnan(p), means[:, None] != means, p < ALPHA)
    return differs


def significant_pairs(groups: Sequence[ArrayLike], what: str) -> str:
    """Say how many pairs of groups differ; ``what`` they are, in the plural, as "layers"."""
    found, number = significant_differences(groups), len(groups)
    return (
        f"{np.triu(found).sum()} of the {number * (number - 1) // 2} pairs of {what} differ "
        "significantly over the seeds (Games-Howell, 95 %)"
    )
