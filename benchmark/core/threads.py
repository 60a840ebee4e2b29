"""How many threads the libraries below a method use."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
    "VIPS_CONCURRENCY",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "NPROC",
)
"""What OpenMP (PyTorch), the BLAS libraries, OpenCV, JAX (NPROC) and others read as they are
imported."""


def use_one_thread_each() -> None:
    """Give every library one thread, so that speeds compare like with like and bits stay equal.

    A value that is set already is respected.  Libraries that are loaded already keep theirs.
    """
    for variable in THREAD_VARIABLES:
        os.environ.setdefault(variable, "1")


def threads_set() -> int:
    """Return the number of threads that is set for libraries which read no variable; 0 is theirs.

    It is OpenMP's, which every thread environment sets.
    """
    number = os.environ.get("OMP_NUM_THREADS", "")
    return int(number) if number.isdecimal() else 0


def thread_environment(threads: int) -> dict[str, str]:
    """Return the variables of a process whose libraries use so many threads."""
    return dict.fromkeys(THREAD_VARIABLES, str(threads))


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep PyTorch and the BLAS libraries to one thread meanwhile."""
    import torch
    from threadpoolctl import threadpool_limits

    threads = torch.get_num_threads()
    with threadpool_limits(1):
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
