"""Fitted weights on disk: one safetensors file per content key.

The key holds everything that the weights depend on, so a file is right or is not found: the code
that fits (comments aside), the layer's geometry, the ridge and the training images' checksums.
A file that is damaged is fitted again.  Processes may write the same file at once: each writes its
own temporary file, the bytes are the same, and the move into place is atomic.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_hex
from typing import TYPE_CHECKING, TypeAlias

from upbench.benchmark.core.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    Weights: TypeAlias = NDArray[np.float32]

__all__ = ["Entry", "entry", "load", "save"]

_KERNEL, _ABOUT = "kernel", "upbench"

_LOG = logging.getLogger("upbench")


@dataclass(frozen=True)
class Entry:
    """Where the weights of one layer at one scale are kept."""

    key: str
    """SHA-256 over everything that the weights depend on."""
    path: Path
    """The file, which may not exist yet."""
    side: int
    """The kernel is side x side."""


def entry(name: str, scale: int, geometry: NDArray[np.float64]) -> Entry:
    """Return the place of a layer's weights; nothing is read or made.

    Args:
        name: The method's name.
        scale: The whole factor s.
        geometry: float64 ``(s, m, k)``, see ``linear_layer.taps``.
    """
    from upbench.benchmark.core.hashing import digest_of, module_hash
    from upbench.benchmark.imaging.download import cache_folder
    from upbench.methods._shared.least_squares import RIDGE, training_digests

    key = digest_of(
        [
            module_hash("upbench.methods._shared.least_squares"),
            sha256(geometry.tobytes()).hexdigest(),
            f"{name} x{scale} ridge {RIDGE!r} shape {geometry.shape}",
            *(f"{image} {digest}" for image, digest in training_digests().items()),
        ]
    )
    path = cache_folder() / "linear" / f"{name}-x{scale}-{key[:16]}.safetensors"
    return Entry(key, path, geometry.shape[2])


def load(place: Entry) -> Weights | None:
    """Return the weights, float32 ``(k, k)``, or None when they have to be fitted (again)."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(place.path, framework="np") as file:
            about = json.loads((file.metadata() or {}).get(_ABOUT, "{}"))
            kernel: Weights = file.get_tensor(_KERNEL)
    except FileNotFoundError:
        return None
    except (OSError, SafetensorError, ValueError) as error:
        _warn_useless(place, str(error))
        return None
    expected = (place.key, (place.side, place.side), "float32", _digest(kernel))
    got = (about.get("key"), kernel.shape, str(kernel.dtype), about.get("sha256"))
    if got != expected:
        _warn_useless(place, "its content is not what it should be")
        return None
    return kernel


def _warn_useless(place: Entry, reason: str) -> None:
    _LOG.warning("%s cannot be used (%s); its weights are fitted again", place.path, reason)


def save(place: Entry, kernel: Weights, about: dict[str, object]) -> Path:
    """Write the weights, so that the file is either whole or not there.

    Args:
        place: Where.
        kernel: float32 ``(k, k)``.
        about: What to say in the file's header about its origin.

    Returns:
        The file's path.

    Raises:
        StoreError: The folder cannot be written.
    """
    from safetensors.numpy import save as to_bytes

    # One JSON text, because safetensors writes several entries in a random order.
    header = {"key": place.key, "sha256": _digest(kernel), **about}
    data = to_bytes({_KERNEL: kernel}, metadata={_ABOUT: json.dumps(header, sort_keys=True)})
    try:
        place.path.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(place.path, data)
    except OSError as error:
        raise StoreError(
            f"The fitted weights cannot be kept in {place.path.parent} ({error.strerror}); "
            f"expected a folder that can be written; set UPBENCH_CACHE to one."
        ) from None
    return place.path


def _write_whole(path: Path, data: bytes) -> None:
    partial = path.with_name(f"{path.name}.{token_hex(4)}.part")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _digest(kernel: Weights) -> str:
    return sha256(kernel.tobytes()).hexdigest()
