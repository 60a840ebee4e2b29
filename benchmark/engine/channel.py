"""The channel between the driver and a worker: one request, one answer.

A message is a head (the worker's secret token, a number, a length) and a body, over a socket.
Arrays do not go through the socket: their bytes lie in a shared file that only these two processes
hold.  So stray bytes from a plugin cannot pass for an answer, and an answer cannot be taken for
another request's.

Requests are pickled: the driver is trusted.  Answers are JSON and numeric arrays, because a
pickle from a process that runs plugins could run code in the driver.
"""

from __future__ import annotations

import json
import math
import mmap
import os
import pickle
import struct
import tempfile
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

TOKEN_BYTES = 16
HEAD = struct.Struct(f"!{TOKEN_BYTES}sQQ")
LONGEST_BODY = 1 << 28
"""Bytes of an answer without its arrays; a longer one is no answer of ours."""
CHUNK = 1 << 18
KINDS = "biuf"
"""The numpy kinds of arrays that an answer may hold."""


class BrokenChannelError(Exception):
    """What came is not an answer to what was asked."""


class SharedFile:
    """Memory that two processes share: one writes buffers, the other reads them.

    It is a file without a name, so that only those who get its descriptor see it, and one that
    cannot be cut short where the system allows that: a reader would be ended by the system.

    Args:
        descriptor: Of a file that there is; None makes one.
    """

    def __init__(self, descriptor: int | None = None) -> None:
        self.descriptor = _new_file() if descriptor is None else descriptor
        self._map: mmap.mmap | None = None

    def write(self, buffers: Sequence[Any]) -> list[int]:
        """Write buffers one after the other; return their sizes in bytes."""
        views = [memoryview(buffer).cast("B") for buffer in buffers]
        sizes = [len(view) for view in views]
        if sum(sizes) > os.fstat(self.descriptor).st_size:
            os.ftruncate(self.descriptor, sum(sizes))
        for view, (start, stop) in zip(views, _places(sizes), strict=True):
            self._mapped(sum(sizes))[start:stop] = view
        return sizes

    def read(self, sizes: Sequence[int]) -> list[memoryview]:
        """Return the buffers, which stay as they are until the writer writes again.

        Raises:
            BrokenChannelError: There is not as much.
        """
        total = sum(sizes)
        if min(sizes, default=0) < 0 or total > os.fstat(self.descriptor).st_size:
            raise BrokenChannelError
        view = memoryview(self._mapped(total)).toreadonly() if total else memoryview(b"")
        return [view[start:stop] for start, stop in _places(sizes)]

    def close(self) -> None:
        """Give the descriptor back; views that are still used keep the memory."""
        self._map = None
        os.close(self.descriptor)

    def _mapped(self, size: int) -> mmap.mmap:
        if self._map is None or len(self._map) < size:
            self._map = mmap.mmap(self.descriptor, os.fstat(self.descriptor).st_size)
        return self._map


def _new_file() -> int:
    if not hasattr(os, "memfd_create"):  # pragma: no cover - not on Linux
        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())
    import fcntl

    descriptor = os.memfd_create("upbench", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
    return descriptor


def _places(sizes: Sequence[int]) -> list[tuple[int, int]]:
    ends = [*accumulate(sizes)]
    return [(end - size, end) for size, end in zip(sizes, ends, strict=True)]


@dataclass
class DriverEnd:
    """Sends requests and takes answers, and never waits for the worker."""

    connection: socket.socket
    token: bytes
    requests: SharedFile
    """Holds the arrays of a request."""
    answers: SharedFile
    number: int = 0
    _unsent: bytes = b""
    _unread: bytes = b""

    def __post_init__(self) -> None:
        self.connection.setblocking(False)  # noqa: FBT003 - Python's own signature
        self._unsent = self.token

    @property
    def has_unsent(self) -> bool:
        """Whether part of a request still has to go out."""
        return bool(self._unsent)

    def send(self, request: Any) -> None:
        """Put a request on its way; :meth:`flush` sends what the socket does not take now.

        Raises:
            Exception: The request cannot be pickled; nothing has been sent.
        """
        buffers: list[pickle.PickleBuffer] = []
        body = pickle.dumps(request, 5, buffer_callback=buffers.append)
        sizes = self.requests.write([buffer.raw() for buffer in buffers])
        framed = pickle.dumps((sizes, body))
        self.number += 1
        self._unsent += HEAD.pack(self.token, self.number, len(framed)) + framed
        self.flush()

    def flush(self) -> None:
        """Send what the socket takes.  A worker that is gone is noticed elsewhere."""
        try:
            while self._unsent:
                self._unsent = self._unsent[self.connection.send(self._unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            self._unsent = b""

    def read(self) -> bool:
        """Take in a chunk of what has come, since a flood has no end; return False at the end."""
        try:
            data = self.connection.recv(CHUNK)
        except BlockingIOError:
            return True
        except OSError:
            data = b""
        self._unread += data
        return bool(data)

    def answer(self) -> dict[str, Any] | None:
        """Return the next complete answer, or None.

        Raises:
            BrokenChannelError: What came is no answer to the last request.
        """
        if not self.token.startswith(self._unread[:TOKEN_BYTES]):
            raise BrokenChannelError
        if len(self._unread) < HEAD.size:
            return None
        _, number, length = HEAD.unpack_from(self._unread)
        if number != self.number or length > LONGEST_BODY:
            raise BrokenChannelError
        if len(self._unread) < HEAD.size + length:
            return None
        body = self._unread[HEAD.size : HEAD.size + length]
        self._unread = self._unread[HEAD.size + length :]
        return _decoded(body, self.answers)


@dataclass
class WorkerEnd:
    """Takes requests, one at a time, and answers each."""

    connection: socket.socket
    requests: SharedFile
    answers: SharedFile

    def __post_init__(self) -> None:
        self._number = 0
        self._token = self._take(TOKEN_BYTES)

    def receive(self) -> Any:
        """Wait for a request; its arrays are read-only, and stay until the next one.

        Raises:
            EOFError: The driver is gone, or does not need this worker any more.
        """
        token, self._number, length = HEAD.unpack(self._take(HEAD.size))
        if token != self._token:
            raise EOFError
        sizes, body = pickle.loads(self._take(length))  # noqa: S301 - the driver's own
        return pickle.loads(body, buffers=self.requests.read(sizes))  # noqa: S301

    def answer(self, answer: dict[str, Any]) -> None:
        """Answer the last request with JSON values and numeric arrays.

        Raises:
            TypeError: The answer holds something else.
        """
        arrays: list[Any] = []
        text = json.dumps(answer, default=lambda value: _referred(value, arrays))
        kinds = json.dumps([[array.dtype.str, array.shape] for array in arrays])
        self.answers.write(arrays)
        data = f"{kinds}\n{text}".encode()
        self.connection.sendall(HEAD.pack(self._token, self._number, len(data)) + data)

    def _take(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            part = self.connection.recv(min(count - len(found), CHUNK))
            if not part:
                raise EOFError
            found += part
        return found


def _referred(value: Any, arrays: list[Any]) -> Any:
    """Set an array aside and return what stands for it; return a numpy number as a number."""
    if type(value).__module__ != "numpy":
        raise TypeError(f"An answer cannot hold a {type(value).__name__}.")
    if value.ndim == 0:
        return value.item()
    import numpy as np

    arrays.append(np.ascontiguousarray(value))
    return {"__array__": len(arrays) - 1}


def _decoded(body: bytes, file: SharedFile) -> dict[str, Any]:
    """Return an answer, its arrays read-only.

    Raises:
        BrokenChannelError: It is not one.
    """
    kinds, _, text = body.partition(b"\n")
    try:
        arrays = _arrays(json.loads(kinds), file)
        answer = json.loads(
            text,
            object_hook=lambda one: arrays[one["__array__"]] if "__array__" in one else one,
        )
    except (ValueError, TypeError, IndexError, KeyError, RecursionError, MemoryError):
        raise BrokenChannelError from None
    if not isinstance(answer, dict):
        raise BrokenChannelError
    return answer


def _arrays(kinds: Sequence[tuple[str, Sequence[int]]], file: SharedFile) -> list[Any]:
    if not kinds:
        return []
    import numpy as np

    dtypes = [np.dtype(kind) for kind, _ in kinds]
    if any(dtype.kind not in KINDS for dtype in dtypes):
        raise BrokenChannelError
    shapes = [shape for _, shape in kinds]
    sizes = [dtype.itemsize * math.prod(s) for dtype, s in zip(dtypes, shapes, strict=True)]
    data = zip(map(bytes, file.read(sizes)), dtypes, shapes, strict=True)
    return [np.frombuffer(part, dtype).reshape(shape) for part, dtype, shape in data]
