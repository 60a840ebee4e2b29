"""Trained weights on disk: a safetensors file and its card, a JSON file of the same name.

The card says what the weights were trained on and how, and holds the file's SHA-256: a file that
is not the one its card speaks of is refused.  Nothing is ever unpickled.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import MethodError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor, nn

__all__ = ["FOLDER", "Place", "fill", "load_tensors", "stem"]

FOLDER = "weights"
"""The folder beside a method's file."""


@dataclass(frozen=True)
class Place:
    """Where the weights of one method, scale and seed are."""

    folder: Path
    method: str
    scale: int
    seed: int

    @property
    def file(self) -> Path:
        """The weights."""
        return self.folder / f"{stem(self.method, self.scale, self.seed)}.safetensors"

    @property
    def card(self) -> Path:
        """What is said of them."""
        return self.file.with_suffix(".json")

    @property
    def command(self) -> str:
        """The command that makes them."""
        return f"upbench train --methods {self.method} --scales {self.scale} --seed {self.seed}"

    @property
    def restore(self) -> str:
        """What to do about damaged ones."""
        return f"restore both or train again: {self.command} --again"


def stem(method: str, scale: int, seed: int) -> str:
    """Return the name of a weights file; seed 0 is the one that runs."""
    return f"{method}-x{scale}" if seed == 0 else f"{method}-x{scale}-seed{seed}"


def load_tensors(place: Place) -> dict[str, Tensor]:
    """Read a weights file, verified against its card.

    Raises:
        MethodError: The file or its card is missing, damaged, or another one.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    expected = _digest_on_card(place)
    data = _read(place, place.file)
    digest = sha256(data).hexdigest()
    if digest != expected:
        raise MethodError(
            f"{place.file} is not the file that its card speaks of: expected SHA-256 {expected}, "
            f"got {digest} ({len(data)} bytes); {place.restore}"
        )
    try:
        return dict(load(data))
    except SafetensorError as error:
        raise MethodError(
            f"{place.file} is no safetensors file ({error}), and weights are read in no other "
            f"format; {place.restore}"
        ) from None


def fill(network: nn.Module, tensors: dict[str, Tensor], place: Place) -> None:
    """Put tensors into a network that expects exactly these.

    Raises:
        MethodError: A tensor is missing, too many, or of another shape.
    """
    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    got = {name: tuple(value.shape) for name, value in tensors.items()}
    wrong = sorted(name for name in expected | got if expected.get(name) != got.get(name))
    if wrong:
        name = wrong[0]
        raise MethodError(
            f"{place.file} does not fit {place.method} at x{place.scale}: expected {name} of shape "
            f"{expected.get(name, 'none')}, got {got.get(name, 'none')} ({len(wrong)} of "
            f"{len(expected)} tensors differ); {place.restore}"
        )
    network.load_state_dict(tensors)


def _digest_on_card(place: Place) -> str:
    if not place.card.exists() and not place.file.exists():
        raise MethodError(
            f"{place.method} has no weights for x{place.scale}, seed {place.seed}, in "
            f"{place.folder}; train them: {place.command}"
        )
    try:
        card = json.loads(_read(place, place.card))
    except (ValueError, RecursionError):
        card = None
    digest = card.get("sha256") if isinstance(card, dict) else None
    if not isinstance(digest, str):
        raise MethodError(
            f"{place.card} is no card that upbench wrote: expected JSON with a sha256; "
            f"{place.restore}"
        )
    return digest


def _read(place: Place, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise MethodError(
            f"{file} cannot be read ({error.strerror}), and weights are used together with their "
            f"card only; {place.restore}"
        ) from None
