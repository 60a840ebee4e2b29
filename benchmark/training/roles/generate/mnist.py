"""MNIST's test images: 10,000 handwritten digits, pinned by SHA-256.

Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
recognition", Proceedings of the IEEE 86(11), 1998.  The two files are read from
``$UPBENCH_DATA/MNIST`` where they are there, else downloaded on first use into the cache.
"""

from __future__ import annotations

import gzip
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.core.errors import DatasetError
from upbench.benchmark.imaging.download import Pinned, cache_folder, fetch
from upbench.benchmark.training.roles.generate.networks import SIDE
from upbench.datasets._local import find_set

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Progress

__all__ = ["read_mnist"]

FOLDER = "MNIST"
BASE = "https://raw.githubusercontent.com/fgnt/mnist/ae608a02b796c9ee908c082585a5f006fe05258e/"
IMAGES = Pinned(
    f"{BASE}t10k-images-idx3-ubyte.gz",
    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    1648877,
)
LABELS = Pinned(
    f"{BASE}t10k-labels-idx1-ubyte.gz",
    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    4542,
)
STORED = 28
"""Side of the images in the file; a border of zeros makes them 32."""
HEADER = {IMAGES: 16, LABELS: 8}
"""Bytes before the pixels and before the labels (the IDX format)."""


def read_mnist(progress: Progress | None = None) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the images, uint8 ``(10000, 1, 32, 32)``, and their digits, uint8 ``(10000,)``.

    Args:
        progress: Called with (name, bytes done, bytes in all) while a file is downloaded.

    Raises:
        DatasetError: A file in $UPBENCH_DATA is missing or not the pinned one.
        FetchError: A file could not be downloaded.
    """
    small = _content(IMAGES, progress).reshape(-1, 1, STORED, STORED)
    border = (SIDE - STORED) // 2
    images = np.pad(small, ((0, 0), (0, 0), (border, border), (border, border)))
    return images, _content(LABELS, progress)


def _content(pinned: Pinned, progress: Progress | None) -> NDArray[np.uint8]:
    own = find_set(FOLDER)
    file = own / pinned.name if own else fetch(pinned, _cache(), progress=progress)
    if own:
        _check(file, pinned)
    with gzip.open(file) as opened:
        return np.frombuffer(opened.read(), np.uint8, offset=HEADER[pinned])


def _cache() -> Path:
    return cache_folder() / "datasets" / FOLDER


def _check(file: Path, pinned: Pinned) -> None:
    """Compare a file of the user's own with the pinned one."""
    try:
        got = sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise DatasetError(
            f"{file} cannot be read ({error.strerror}), though UPBENCH_DATA names its folder; add "
            "the file, or move the folder away to have it downloaded."
        ) from None
    if got != pinned.sha256:
        raise DatasetError(
            f"{file} is not the published file: expected SHA-256 {pinned.sha256}, got {got}; "
            "replace it, or move its folder away to have it downloaded."
        )
