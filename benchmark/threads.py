"""How many threads the libraries below a method use."""

from __future__ import annotations

import os

__all__ = ["THREAD_VARIABLES", "use_one_thread_each"]

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)
"""OpenMP (PyTorch), OpenBLAS (numpy), MKL and OpenCV read these as they are imported."""


def use_one_thread_each() -> None:
    """Give every library one thread, so that speeds compare like with like and bits stay equal.

    A value that is set already is respected.  Libraries that are loaded already keep theirs.
    """
    for variable in THREAD_VARIABLES:
        os.environ.setdefault(variable, "1")
