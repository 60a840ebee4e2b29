"""The files that a plugin opens: they decide its results like its code.

Of a method those count that are opened while it is loaded; of a metric, a protocol and a dataset
all.  An audit hook in the plugin's process sees every file that Python opens, connects to or loads
as a library, and every listing of the plugin's own folders, whose files count then.  What C code
opens by itself is not seen; it counts where the plugin's code names it (``core.imports``) or its
``weights`` do, unless it writes the file.

Python's own library, installed packages and upbench are left out: their versions and code are in
the key already.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import stat
import sys
import sysconfig
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.imports import PACKAGE, SYSTEM, named_files, source
from upbench.benchmark.imaging.decode import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


class OpenedFiles:
    """Notes which files are opened for reading meanwhile.

    Args:
        folders: Of the plugins: what lies below them counts, wherever it is installed.
    """

    def __init__(self, *folders: Path) -> None:
        self._own = tuple(f"{folder}{os.sep}" for folder in folders)
        self._paths: set[str] = set()
        self._folders: set[str] = set()
        self._plugins = {""}
        self._digests: dict[str, str] = {}

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note what is opened meanwhile."""
        _install()
        _WATCHING.append(self)
        try:
            yield
        finally:
            _WATCHING.remove(self)

    def digests(self, *plugins: str, pictures: bool = True, written: bool = True) -> dict[str, str]:
        """Return the digest of each file that has been opened so far, by its path.

        Args:
            plugins: Python files: what their code names counts too, opened or not.
            pictures: Whether files that look like images are among them.
            written: Whether those are that this process has written itself, like what it unpacked.
        """
        for plugin in {*plugins} - self._plugins:
            self._plugins.add(plugin)
            with suppress(OSError):
                named = {str(file) for file in named_files(Path(plugin))}
                self._paths |= {file for file in named if os.path.realpath(file) not in _WRITTEN}
        for folder in self._folders:
            if f"{folder}{os.sep}".startswith(self._own):
                with suppress(OSError):
                    self._paths |= {entry.path for entry in os.scandir(folder) if entry.is_file()}
        self._folders.clear()
        for path in self._paths:
            file = _source_of(os.path.realpath(path))
            if file not in self._digests and self._counts(file):
                self._digests[file] = digest(file)
        self._paths.clear()
        return {
            file: known
            for file, known in self._digests.items()
            if (pictures or not file.lower().endswith(SUFFIXES))
            and (written or file not in _WRITTEN)
        }

    def note(self, path: str) -> None:
        """Note a file, by its absolute path."""
        self._paths.add(path)

    def note_folder(self, path: str) -> None:
        """Note a folder that is listed: of the plugin's own, its files count."""
        self._folders.add(path)

    def _counts(self, file: str) -> bool:
        if file.startswith(SYSTEM) or not _is_regular(file):
            return False
        is_own = file.startswith(self._own)
        is_installed = file.startswith(_installed()) or any(name in file for name in PACKAGES)
        return is_own or not is_installed


def folders_of(*sources: str) -> list[Path]:
    """Return the folders of the plugins among some sources that are files."""
    return [Path(source).parent for source in sources if source.endswith(".py")]


_LISTINGS = ("os.listdir", "os.scandir")
_EVENTS = ("open", "ctypes.dlopen", "sqlite3.connect", *_LISTINGS)
_FINDERS = (
    os.path.join("importlib", "metadata", "__init__.py"),  # noqa: PTH118
    os.path.join("importlib_metadata", "__init__.py"),  # noqa: PTH118 - the same, as a library
    "pkgutil.py",
)
_WRITTEN: set[str] = set()
"""Files that this process has opened for writing."""
_WATCHING: list[OpenedFiles] = []
"""Those that note files now."""


@cache
def _install() -> None:
    """Install the hook of this process: there is no way to take one back."""
    sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _EVENTS:
        return
    path, flags = arguments[0], arguments[2] if event == "open" else 0
    writes = (flags or 0) & (os.O_WRONLY | os.O_RDWR)
    if (_WATCHING or writes) and isinstance(path, str | bytes | os.PathLike):
        place = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - at every open
        if writes:
            _WRITTEN.add(os.path.realpath(place))
            return
        is_listing = event in _LISTINGS
        if is_listing and _is_import(sys._getframe(1)):  # noqa: SLF001 - documented in `sys`
            return
        for watching in _WATCHING:
            watching.note_folder(place) if is_listing else watching.note(place)


def _is_import(frame: Any) -> bool:
    """Say whether Python lists a folder to find modules or distributions in it."""
    name = str(frame.f_code.co_filename)
    return name.startswith("<frozen importlib") or name.endswith(_FINDERS)


def digest(file: str) -> str:
    """Return what a file comes to: for Python what it does, for others what they hold."""
    with suppress(OSError, ValueError):
        if _is_regular(file):  # a journal may name anything
            return hashlib.sha256(source(Path(file)).code.encode()).hexdigest()
    return "missing"


def _source_of(file: str) -> str:
    with suppress(ValueError):
        if file.endswith(".pyc"):
            return importlib.util.source_from_cache(file)
    return file


def _is_regular(file: str) -> bool:
    try:
        return stat.S_ISREG(Path(file).stat().st_mode)
    except OSError:
        return False


@cache
def _installed() -> tuple[str, ...]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = [Path(sysconfig.get_paths()[name]) for name in names]
    ours = [PACKAGE, *(entry for entry in PACKAGE.iterdir() if entry.is_dir())]  # links, perhaps
    return tuple(f"{os.path.realpath(folder)}{os.sep}" for folder in (*folders, *ours))
