"""A plugin of every kind, for a type checker."""

from typing import reveal_type

import numpy as np

from upbench import ImageItem, __version__, dataset, load, method, metric, protocol


@method("mine", family="test")
def mine(image: np.ndarray, scale: int) -> np.ndarray:
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


@metric("far", unit="1", better="lower")
def far(reference: np.ndarray, output: np.ndarray, scale: int) -> float:
    return float(abs(reference - output).max())


@dataset("none", source="s", licence="l")
def none() -> list[ImageItem]:
    return []


reveal_type(mine)
reveal_type(load("run"))
reveal_type(__version__)
reveal_type(protocol)
