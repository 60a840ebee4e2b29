"""Fetch a pinned file: URL, SHA-256 and size in, a verified file in the cache out.

This is the only file that downloads.  pooch skips what is already there, writes to a temporary
file beside the target, checks the hash and moves it into place; urllib3 asks again where a server
cannot be reached or is busy.  The downloader between the two adds what they lack: a partial
download is resumed, a stalled or a dripping server is an error, and every failure is one sentence.

Processes may fetch the same file at once: each writes a temporary file of its own, and the move
into place is atomic.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from time import monotonic, time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from upbench.benchmark.core.errors import FetchError
from upbench.benchmark.core.files import user_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

    from upbench.benchmark.core.contract import Progress

__all__ = ["PATIENCE", "Patience", "Pinned", "cache_folder", "fetch"]

_PIECE = 1 << 16
"""The most bytes that are taken at a time, of those that have come."""
_ABANDONED = 3600.0
"""Seconds after which nobody writes in a temporary file any more: attempts take minutes."""
_MAY_PASS = frozenset({408, 425, 429, 500, 502, 503, 504})
_INSTEAD = "or put the images into a folder of that name and set UPBENCH_DATA to its parent"


@dataclass(frozen=True)
class Pinned:
    """A file on the web that is known to the last bit."""

    url: str
    """Where it is, http or https."""
    sha256: str
    """SHA-256 of the file, in hexadecimal."""
    bytes: int
    """Its size in bytes."""
    licence: str = ""
    """What may be done with it."""

    @property
    def name(self) -> str:
        """The file's name: the last part of the URL."""
        return PurePosixPath(unquote(urlsplit(self.url).path)).name


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server, and how often to ask again."""

    connect: float = 10.0
    """Seconds until a connection must stand."""
    read: float = 30.0
    """Seconds of silence after which a server counts as stalled."""
    attempts: int = 4
    """How often a failure that may pass is tried in all."""
    pause: float = 1.0
    """Seconds of urllib3's backoff: an attempt waits twice as long as the one before."""
    slowest: float = 1000.0
    """Bytes a second under which a server counts as stalled, too."""
    over: float = 60.0
    """Seconds over which that is measured."""


PATIENCE = Patience()


class _BrokenOffError(Exception):
    """A transfer that broke off; the next attempt continues what was received so far."""


class _GivenUpError(Exception):
    """A server that did not answer in as many attempts as there are."""


def cache_folder() -> Path:
    """Return the folder for downloads: $UPBENCH_CACHE, or upbench in the user's cache folder.

    It is not created here.
    """
    given = os.environ.get("UPBENCH_CACHE")
    if given:
        return user_path(given)
    import platformdirs

    return platformdirs.user_cache_path("upbench", appauthor=False)


def fetch(
    pinned: Pinned, folder: Path, *, progress: Progress | None = None, patience: Patience = PATIENCE
) -> Path:
    """Return the pinned file in this folder, downloaded if it is not there or not intact.

    Args:
        pinned: The file's address, hash and size.
        folder: Where to keep it; made when missing.
        progress: Called with (name, bytes done, bytes in all) as the file comes in.
        patience: Timeouts and attempts.

    Returns:
        The path of a file whose SHA-256 is the pinned one.

    Raises:
        FetchError: No attempt fetched the file, the file has another hash, or the folder cannot
            be written.
    """
    reason, part = "", _part(folder, pinned)
    for _ in range(patience.attempts):
        try:
            file = _retrieve(pinned, folder, progress, patience)
            part.unlink(missing_ok=True)  # of another process, that broke off meanwhile
        except _BrokenOffError as error:
            reason = str(error)
        except _GivenUpError as error:
            reason = str(error)
            break
        except OSError as error:
            raise FetchError(
                f"{folder / pinned.name} cannot be written ({error.strerror or error}); expected a "
                f"writable folder with free space for it; set UPBENCH_CACHE to another one."
            ) from None
        else:
            return file
    kept = " (what came is kept)" if part.exists() else ""
    raise FetchError(
        f"{pinned.url} could not be downloaded in {patience.attempts} attempts: {reason}; "
        f"try again later{kept}, {_INSTEAD}."
    )


def _part(folder: Path, pinned: Pinned) -> Path:
    """Return the file of what was received before a transfer broke off."""
    return folder / f"{pinned.name}.part"


def _retrieve(pinned: Pinned, folder: Path, progress: Progress | None, patience: Patience) -> Path:
    import pooch

    # pooch reports each download on stderr, in the middle of anybody's progress bar.
    pooch.get_logger().setLevel("WARNING")
    got = pooch.retrieve(
        pinned.url,
        known_hash=f"sha256:{pinned.sha256}",
        fname=pinned.name,
        path=folder,
        downloader=partial(_download, pinned=pinned, progress=progress, patience=patience),
    )
    return Path(got)


def _download(
    url: str,
    output_file: str,
    _pooch: Any,
    *,
    pinned: Pinned,
    progress: Progress | None,
    patience: Patience,
) -> None:
    """Fill pooch's temporary file, going on from where an earlier attempt was cut off."""
    import requests
    from urllib3.exceptions import HTTPError

    folder = Path(output_file).parent
    _clean(folder)
    partial_file = _part(folder, pinned)
    resumed = _take(partial_file, output_file)
    try:
        _receive(url, Path(output_file), pinned, progress, patience)
    # a redirect to an invalid host is a ValueError or an error of urllib3 itself
    except (requests.RequestException, HTTPError, ValueError) as error:
        _keep(output_file, partial_file)
        raise _failure(pinned, error, patience) from None
    except (_BrokenOffError, _GivenUpError, FetchError, KeyboardInterrupt):
        _keep(output_file, partial_file)
        raise
    _verify(Path(output_file), pinned, resumed=resumed)


def _clean(folder: Path) -> None:
    """Remove pooch's temporary files of processes that were killed."""
    for file in folder.glob("tmp????????"):
        with suppress(OSError):  # another user's, or gone by now
            if file.stat().st_mtime < time() - _ABANDONED:
                file.unlink()


def _take(partial_file: Path, output_file: str) -> bool:
    """Take what an earlier attempt left: of several processes only one can rename it."""
    try:
        partial_file.replace(output_file)
    except FileNotFoundError:
        return False
    return True


def _keep(output_file: str, partial_file: Path) -> None:
    if Path(output_file).stat().st_size:
        Path(output_file).replace(partial_file)


def _receive(
    url: str, file: Path, pinned: Pinned, progress: Progress | None, patience: Patience
) -> None:
    """Ask for the rest of the file and append it."""
    done = file.stat().st_size
    if done >= pinned.bytes:
        return  # whole already, or wrong: the hash decides
    # Compressed transfer would make the offsets meaningless.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={done}-"} if done else {})
    timeout = (patience.connect, patience.read)
    with (
        _session(patience) as session,
        _asked(session, pinned, url=url, headers=headers, timeout=timeout) as response,
    ):
        if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            file.write_bytes(b"")  # nothing of the part can be right
            raise _BrokenOffError("the server does not have the part that was asked for")
        _check_status(pinned, response)
        if not _continues(response, done):
            done = 0
            _check_length(pinned, response)
        with file.open("r+b") as out:
            out.truncate(done)
            out.seek(done)
            for piece in _pieces(response, patience):
                out.write(piece)
                done += len(piece)
                if progress:
                    progress(pinned.name, min(done, pinned.bytes), pinned.bytes)
                if done > pinned.bytes:
                    return  # more than was pinned: never fill the disk with it
    if done < pinned.bytes:
        raise _BrokenOffError(f"the server closed after {done} of {pinned.bytes} bytes")


def _asked(session: requests.Session, pinned: Pinned, **given: Any) -> requests.Response:
    """Ask the server; a file that is missing here is one of certificates, not of the cache.

    Raises:
        FetchError: The file of certificates that the environment names is not there.
    """
    import requests

    try:
        return session.get(stream=True, **given)
    except requests.RequestException:
        raise
    except OSError as error:
        raise FetchError(
            f"{pinned.url} cannot be downloaded ({' '.join(str(error).split())}); expected files "
            f"of certificates that are there, or none; correct REQUESTS_CA_BUNDLE or "
            f"CURL_CA_BUNDLE, {_INSTEAD}."
        ) from None


def _pieces(response: requests.Response, patience: Patience) -> Iterator[bytes]:
    """Yield what has come as soon as it has, so that little is lost where a transfer breaks off.

    Raises:
        _BrokenOffError: The server sends, but too slowly for the file ever to be complete.
    """
    since, received = monotonic(), 0
    while piece := response.raw.read1(_PIECE, decode_content=True):
        yield piece
        received += len(piece)
        passed = monotonic() - since
        if passed < patience.over:
            continue
        if received < patience.slowest * passed:
            raise _BrokenOffError(
                f"the server sent less than {patience.slowest:g} bytes a second for "
                f"{patience.over:g} s"
            )
        since, received = monotonic(), 0


def _session(patience: Patience) -> requests.Session:
    """Return a session that asks again where no answer comes, or one that may pass."""
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3 import Retry

    retries = Retry(
        patience.attempts - 1,
        backoff_factor=patience.pause,
        status_forcelist=_MAY_PASS,
        raise_on_status=False,
        respect_retry_after_header=False,  # it may say an hour
    )
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retries))
    return session


def _continues(response: requests.Response, done: int) -> bool:
    """Say whether the answer begins at the byte that was asked for."""
    begins = response.headers.get("Content-Range", "").startswith(f"bytes {done}-")
    return response.status_code == HTTPStatus.PARTIAL_CONTENT and begins


def _check_length(pinned: Pinned, response: requests.Response) -> None:
    """Refuse another file, like a page to log in at, before it is received."""
    length = response.headers.get("Content-Length", "")
    if "Content-Encoding" not in response.headers and length not in {"", str(pinned.bytes)}:
        raise FetchError(
            f"{pinned.url} is not the file that was pinned: expected {pinned.bytes} bytes, the "
            f"server has {length}; check the address and your network, {_INSTEAD}."
        )


def _check_status(pinned: Pinned, response: requests.Response) -> None:
    answered = f"the server answered {response.status_code} {response.reason}"
    if response.status_code in _MAY_PASS:
        raise _GivenUpError(answered)
    if not response.ok:
        raise FetchError(
            f"{pinned.url} is not available: expected the file, {answered}; check the address and "
            f"your network, {_INSTEAD}."
        )


def _failure(pinned: Pinned, error: Exception, patience: Patience) -> Exception:
    """Tell a transfer that broke off from no connection, and from an address that cannot work."""
    import requests
    from urllib3.exceptions import DecodeError, ProtocolError, ReadTimeoutError, SSLError

    silent = f"the server sent nothing for {patience.read:g} s"
    if isinstance(error, ReadTimeoutError):
        return _BrokenOffError(silent)
    if isinstance(error, ProtocolError | SSLError):
        return _BrokenOffError("the server broke off in the middle")
    if isinstance(error, DecodeError):
        return FetchError(
            f"{pinned.url} cannot be downloaded: the server's answer is not compressed as it says; "
            f"try again later, {_INSTEAD}."
        )
    if isinstance(error, requests.ConnectTimeout):
        return _GivenUpError(f"no connection within {patience.connect:g} s")
    if isinstance(error, requests.ConnectionError):
        asked = error.request.url if error.request is not None else None
        nobody = f"no connection to {urlsplit(str(asked or pinned.url)).hostname}"
        return _GivenUpError(silent if "timed out" in str(error) else nobody + _why(error))
    return FetchError(
        f"{pinned.url} cannot be downloaded ({' '.join(str(error).split())}); expected the http or "
        f"https address of a file; correct it, {_INSTEAD}."
    )


def _why(error: Exception) -> str:
    """Say what stands between a machine and a server where it is not the server itself."""
    import requests

    if isinstance(error, requests.exceptions.ProxyError):
        return " by the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names"
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return (
            ", whose certificate cannot be verified (where your network reads what is encrypted, "
            "set REQUESTS_CA_BUNDLE to the file of its certificates)"
        )
    return ""


def _verify(file: Path, pinned: Pinned, *, resumed: bool) -> None:
    """Compare the hash; pooch deletes the temporary file when this raises."""
    import pooch

    got = pooch.file_hash(str(file), alg="sha256")
    if got == pinned.sha256:
        return
    if resumed:  # the old part may be to blame: once more from the start
        raise _BrokenOffError("the continued download did not have the pinned checksum")
    raise FetchError(
        f"{pinned.url} is not the file that was pinned: expected SHA-256 {pinned.sha256} "
        f"({pinned.bytes} bytes), got {got} ({file.stat().st_size} bytes); the download was "
        f"deleted; try again in case it was damaged on the way, {_INSTEAD}."
    )
