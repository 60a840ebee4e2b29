"""A network in a file, opened: the same few things whatever its format is."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from upbench.benchmark.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from upbench.methods._models.conventions import Layout


DAMAGED = "it is damaged, cut short or of another kind; export or fetch it again."
"""What is said of a file that its reader makes nothing of."""


class Format(NamedTuple):
    """A kind of file that holds a network."""

    words: str
    """What its files are called."""
    backend: str
    """The distribution that runs them."""


FORMATS = {
    "onnx_file": Format("ONNX", "onnxruntime"),
    "torchscript": Format("TorchScript", "torch"),
    "exported": Format("torch.export", "torch"),
    "checkpoint": Format("a checkpoint", "torch"),
    "ncnn_file": Format("ncnn", "ncnn"),
    "module": Format("a PyTorch module", "torch"),
}
"""By the adapter's module here."""


@dataclass(frozen=True)
class Place:
    """Where a network is: a file, for Python the class in it, and the file of its weights."""

    file: str
    """An absolute path."""
    target: str = ""
    """The class of a Python file."""
    weights: str = ""
    """An absolute path, or "" where the file holds the weights."""
    scale: int | None = None
    """The scale that a class is made for; None where the user does not state it."""

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that its output depends on."""
        return (self.file, *_files_beside(Path(self.file)), *filter(None, (self.weights,)))


def _files_beside(file: Path) -> tuple[str, ...]:
    """Return the files that hold the weights of one that names or expects them."""
    if file.suffix == ".param":
        return (str(file.with_suffix(".bin")),)
    if file.suffix == ".onnx":
        from upbench.methods._models.onnx_count import external_files

        return external_files(file)
    return ()


@dataclass(frozen=True)
class Declared:
    """What a file says of its one input; None is not said, or any."""

    channels: int | None = None
    layout: Layout | None = None
    height: int | None = None
    width: int | None = None
    precision: str = "float32"
    """The numbers of its weights, or of its input."""
    is_widened: bool = False
    """Whether it computes in float32 although its weights are stored in half precision."""
    levels: bool = False
    """Whether its input is uint8."""
    licence: str = ""
    scale: int | None = None
    """What the architecture of a checkpoint is for."""
    residual: bool | None = False
    """Whether the architecture gives what is added to its input; None where it may."""
    note: str = ""
    """What is assumed of it, in a sentence that says what to state where that is wrong."""


class Network(Protocol):
    """A network ready to be called."""

    declared: Declared
    parameters: int | None
    """How many numbers it has learned."""

    def __call__(self, batch: NDArray[np.float32], /) -> Sequence[NDArray[Any]]:
        """Run it on one image of a batch, NCHW or NHWC; return each of its outputs.

        Raises:
            Exception: The input does not fit.
        """
        ...

    def macs(self, batch: NDArray[np.float32], /) -> int | None:
        """Return how many multiply-adds it does on a batch; None where they cannot be counted."""
        ...


def open_network(place: Place, device: str = "cpu") -> Network:
    """Open a network by what its file holds.

    Raises:
        UsageError: The file cannot be read, is of no known format, or needs a library that is not
            here.
    """
    kind = format_of(place)
    adapter = import_module(f"upbench.methods._models.{kind}")
    network: Network = adapter.open_file(place, device)
    return network


def format_of(place: Place) -> str:
    """Return the name of the adapter for a file: a key of FORMATS.

    Raises:
        UsageError: It is not there, or of no format that is known.
    """
    path = Path(place.file)
    if not path.is_file():
        found = "it is a folder" if path.is_dir() else "there is no such file"
        raise UsageError(f"{found}; expected a network's file.")
    suffix = path.suffix.lower()
    if suffix in {*_BY_SUFFIX, *_ARCHIVES} and not path.stat().st_size:
        raise UsageError("the file is empty; expected a network's: export or fetch it again.")
    if suffix in {*_BY_SUFFIX, *_ARCHIVES} - {".py"}:
        check_kind(path, suffix)
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    if suffix in _ARCHIVES:
        return _of_archive(path)
    raise UsageError(
        f"files that end in {suffix or 'nothing'} are of no known format; expected .onnx, .pt, "
        ".ts, .pt2, .pth, .safetensors, .param (ncnn) or FILE.py:CLASS."
    )


def check_kind(path: Path, suffix: str) -> None:
    """Refuse what lies in the place of a network's file, or under another format's name.

    Args:
        path: The file.
        suffix: That of the format that is expected.

    Raises:
        UsageError: How it begins says so.
    """
    with path.open("rb") as file:
        head = file.read(64)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(b"version https://git-lfs"):
        raise UsageError("it is a Git LFS pointer to the file; fetch the file: git lfs pull.")
    if text.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        raise UsageError(
            "it is a page (HTML or XML) that was saved under the file's name; download the file "
            "itself."
        )
    is_onnx = head[:1] == b"\x08" and head[1:2] < b"\x20" and head[2:3] in _ONNX_TAGS
    if is_onnx and suffix != ".onnx":
        raise UsageError("it is an ONNX file; give it the suffix .onnx and run it alone.")
    # after the length of that text, in 8 bytes
    is_safetensors = head[4:10] == b'\0\0\0\0{"' and any(head[:4])
    if is_safetensors and suffix != ".safetensors":
        raise UsageError("it is a safetensors file; give it the suffix .safetensors.")


_ONNX_TAGS = {bytes([number << 3 | 2]) for number in (2, 3, 4, 6, 7, 8)}
"""How the second field of an ONNX file begins: the first is the version of the format."""


def is_network_file(file: str) -> bool:
    """Say by its name whether a file is of a format that is known, there or not."""
    return Path(file).suffix.lower() in {*_BY_SUFFIX, *_ARCHIVES} - {".py"}


_ARCHIVES = {".pt", ".pt2", ".pth", ".ts", ".ckpt", ".bin"}
_BY_SUFFIX = {
    ".onnx": "onnx_file",
    ".param": "ncnn_file",
    ".py": "module",
    ".safetensors": "checkpoint",
}


def _of_archive(path: Path) -> str:
    """Tell PyTorch's formats apart by what is in the archive: their suffixes are used loosely."""
    if not zipfile.is_zipfile(path):
        return "exported" if path.suffix.lower() == ".pt2" else "checkpoint"
    with zipfile.ZipFile(path) as archive:
        names = {name.partition("/")[2] or name for name in archive.namelist()}
    if "constants.pkl" in names:
        return "torchscript"
    if "archive_format" in names or "serialized_exported_program.json" in names:
        return "exported"
    return "checkpoint"


def require(module: str, what: str) -> Any:
    """Import a library of ``upbench[models]``.

    Raises:
        UsageError: It is not installed.
    """
    if find_spec(module) is None:
        raise UsageError(
            f"{what} needs {module}, which is not installed; install it with: "
            "pip install 'upbench[models]'"
        )
    try:
        return import_module(module)
    except Exception as error:  # noqa: BLE001 - a library for another PyTorch raises anything
        said = " ".join(str(error).split())[:150]
        raise UsageError(
            f"{what} needs {module}, which cannot be imported here ({said})."
        ) from None
