"""A dataset whose last image ends its process."""

import os

import numpy as np

from upbench import dataset
from upbench.benchmark.core.contract import ImageItem


def picture(seed):
    return lambda: np.random.default_rng(seed).random((24, 24, 1)).astype(np.float32)


@dataset("foreign", source="here", licence="none")
def items():
    return [ImageItem(f"image-{n}", f"{n}" * 8, picture(n)) for n in range(2)] + [
        ImageItem("bad", "bad", lambda: os._exit(5))
    ]
