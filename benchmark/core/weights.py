"""The one store of learned weights: where they are, how they are written, when they are refused.

Weights are safetensors files: nothing is ever unpickled.  Trained weights have a *card* beside
them, a JSON file of the same name that says what they were trained on and how, and holds the
file's SHA-256: a file that is not the one its card speaks of is refused.  What can be made again
(fitted weights, checkpoints) says the same in the file's own header.

Weights that come with an installed package are never written over.  They are looked for in
``$UPBENCH_WEIGHTS``, beside the method's file, and in the user's data folder, in this order.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from upbench.benchmark.core.csv import write_csv
from upbench.benchmark.core.errors import MethodError, StoreError
from upbench.benchmark.core.files import make_folder, user_path, write_atomically, write_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Method
    from upbench.benchmark.core.sizes import Scale

    Tensors: TypeAlias = Mapping[str, NDArray[Any]]

FOLDER = "weights"
"""The folder beside a method's file."""
VARIABLE = "UPBENCH_WEIGHTS"
"""Names a folder of weights that are used before those beside the methods."""
_ABOUT = "upbench"
"""The entry of a file's header that holds all of it, as one JSON text: safetensors writes several
entries in a random order."""


_FIRST: ContextVar[tuple[Path, ...]] = ContextVar("first", default=())
"""Folders that :func:`first_in` has put before the others."""


@dataclass(frozen=True)
class Place:
    """Where the weights of one method, scale and seed are; they may not be there yet."""

    folder: Path
    method: str
    scale: int
    seed: int

    @property
    def file(self) -> Path:
        """The weights; seed 0 is the one that runs and is not named."""
        seed = f"-seed{self.seed}" if self.seed else ""
        return self.folder / f"{self.method}-x{self.scale}{seed}.safetensors"

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


# ------------------------------------------------------------------ where weights are


def find(beside: Path, method: str, scale: int, seed: int) -> Place:
    """Return where the weights of a method are, or where they would be, beside its file."""
    home = Place(beside / FOLDER, method, scale, seed)
    chosen = os.environ.get(VARIABLE)
    first = (*_FIRST.get(), *((user_path(chosen),) if chosen else ()))
    for folder in (*first, home.folder, user_folder()):
        place = replace(home, folder=folder)
        if place.file.exists() or place.card.exists():
            return place
    return home


@contextmanager
def first_in(folder: Path) -> Iterator[None]:
    """Look for weights in a folder before the usual ones."""
    former = _FIRST.set((folder,))
    try:
        yield
    finally:
        _FIRST.reset(former)


def writable(folder: Path) -> Path:
    """Return where weights that belong into a folder are written: shipped ones stay as they are."""
    import sysconfig

    roots = {Path(sysconfig.get_path(kind)).resolve() for kind in ("purelib", "platlib")}
    ships = is_ours(folder) or any(folder.resolve().is_relative_to(root) for root in roots)
    return user_folder() if ships else folder


def is_ours(path: str | Path) -> bool:
    """Say whether a file or folder is among the methods that come with upbench."""
    return Path(path).resolve().is_relative_to(Path(__file__).resolve().parents[2] / "methods")


def user_folder() -> Path:
    """Return the folder of the weights that a user has trained; it is not created here."""
    import platformdirs

    return platformdirs.user_data_path("upbench", appauthor=False) / FOLDER


def missing(method: Method, scale: Scale) -> list[str]:
    """Return the weights that a method states and that are not there.

    A file whose name says another scale (``-x3``) is not needed.
    """
    folder, other = Path(method.file).parent, re.compile(rf"-x(?!{scale}\b)\d+\b")
    needed = [file for file in method.weights if not other.search(Path(file).name)]
    return [file for file in needed if not (folder / file).is_file()]


def notes(methods: Iterable[Method]) -> Iterator[str]:
    """Say which methods use other weights than those beside their file, or could."""
    mine = user_folder()
    for method in (one for one in methods if not one.origin):
        used = {str(Path(file).parent) for file in method.weights if Path(file).is_absolute()}
        if used:
            yield f"{method.name} uses the weights in {', '.join(sorted(used))}."
        elif any((mine / Path(file).name).exists() for file in method.weights):
            yield (
                f"{method.name} uses the weights that it came with; {VARIABLE}={mine} uses those "
                "that you trained."
            )


# ------------------------------------------------------------------ what can be made again


def save(file: Path, tensors: Tensors, about: Mapping[str, Any]) -> None:
    """Write one file, whole or not at all; its header says what it is about.

    Raises:
        StoreError: The folder cannot be made, or the file not be written.
    """
    from safetensors.numpy import save as to_bytes

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{file.name} cannot be kept in {file.parent} ({error.strerror}); expected a folder "
            "that can be written; set UPBENCH_CACHE to one."
        ) from None
    with write_atomically(file) as unfinished:
        header = {_ABOUT: json.dumps(about, sort_keys=True)}
        unfinished.write_bytes(to_bytes(dict(tensors), metadata=header))


def load(file: Path) -> tuple[Tensors, dict[str, Any]]:
    """Read the tensors of a file, and what it is about.

    Raises:
        FileNotFoundError: There is none.
        ValueError: It is damaged, or upbench did not write it.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="np") as opened:
            about = json.loads((opened.metadata() or {})[_ABOUT])
            return {name: opened.get_tensor(name) for name in opened.keys()}, about  # noqa: SIM118
    except FileNotFoundError:
        raise
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise ValueError(str(error)) from None


# ------------------------------------------------------------------ trained weights


def keep(file: Path, tensors: Tensors, card: Mapping[str, Any], curve: Any) -> Path:
    """Write weights, then the learning curve, and the card last: it speaks of a file that is there.

    Args:
        file: Where the weights go; card and curve beside it, ``.json`` and ``.csv``.
        tensors: The weights.
        card: What is said of them, but for their SHA-256.
        curve: The learning curve, a frame.

    Raises:
        StoreError: The folder cannot be written.
    """
    from safetensors.numpy import save as to_bytes

    data = to_bytes(dict(tensors))
    text = json.dumps({**card, "sha256": sha256(data).hexdigest()}, indent=2) + "\n"
    make_folder(file.parent)
    with write_atomically(file) as unfinished:
        unfinished.write_bytes(data)
    write_csv(curve, file.with_suffix(".csv"))
    write_text(file.with_suffix(".json"), text)
    return file


def read(place: Place) -> Tensors:
    """Read trained weights, verified against their card.

    Raises:
        MethodError: The file or its card is missing, damaged, or another one.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load as from_bytes

    expected = read_card(place)["sha256"]
    data = _bytes_of(place, place.file)
    digest = sha256(data).hexdigest()
    if digest != expected:
        raise MethodError(
            f"{place.file} is not the file that its card speaks of: expected SHA-256 {expected}, "
            f"got {digest} ({len(data)} bytes); {place.restore}"
        )
    try:
        return from_bytes(data)
    except SafetensorError as error:
        raise MethodError(
            f"{place.file} is no safetensors file ({error}), and weights are read in no other "
            f"format; {place.restore}"
        ) from None


def read_card(place: Place) -> dict[str, Any]:
    """Return what is said of trained weights; it has their "sha256".

    Raises:
        MethodError: It is missing or damaged, or there are no weights.
    """
    if not place.card.exists() and not place.file.exists():
        raise MethodError(
            f"{place.method} has no weights for x{place.scale}, seed {place.seed}, in "
            f"{place.folder}; train them: {place.command}"
        )
    try:
        card = json.loads(_bytes_of(place, place.card))
    except (ValueError, RecursionError):
        card = None
    if not isinstance(card, dict) or not isinstance(card.get("sha256"), str):
        raise MethodError(
            f"{place.card} is no card that upbench wrote: expected JSON with a sha256; "
            f"{place.restore}"
        )
    return card


def _bytes_of(place: Place, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise MethodError(
            f"{file} cannot be read ({error.strerror}), and weights are used together with their "
            f"card only; {place.restore}"
        ) from None
