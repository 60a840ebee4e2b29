"""The peak memory of one call: what it adds to what the process holds already.

On Linux the kernel keeps the peak of a process's resident memory, and resets it on request
(proc(5): writing 5 to ``/proc/self/clear_refs`` sets ``VmHWM`` to ``VmRSS``).  The difference of
``VmHWM`` after the call and ``VmRSS`` before it is the call's own, its output included.  Where
the reset is not allowed, a thread looks at the resident memory every millisecond, which may miss a
short peak.  Elsewhere the peak is not known.  The kernel counts resident pages to within some
hundred kilobytes, so that the smallest sizes are not exact.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLING_SECONDS = 0.001
PROCESS = Path("/proc/self")


@dataclass(frozen=True)
class Peak:
    """The memory of one call and of the process around it, in MB of 1e6 bytes."""

    call_mb: float | None
    """The highest increase during the call; None when not known."""
    process_mb: float | None
    """What the process held before the call."""
    source: str | None
    """How it was found: "VmHWM", "sampled" or "CUDA allocator"."""


UNKNOWN = Peak(None, None, None)


def peak_of(call: Callable[[], object], device: str = "cpu") -> Peak:
    """Make a call, once, and return its peak memory; whatever it raises comes through.

    On a CUDA device its memory is what counts, as PyTorch's allocator sees it.
    """
    gc.collect()
    _give_back_free_memory()
    if device.startswith("cuda") and "torch" in sys.modules:
        return _on_cuda(call, device)
    before = _resident_mb()
    if before is None:
        call()
        return UNKNOWN
    if _reset_peak():
        call()
        after, source = _peak_mb(), "VmHWM"
    else:
        after, source = _sampled(call), "sampled"
    return Peak(None if after is None else max(0.0, after - before), before, source)


def _give_back_free_memory() -> None:
    """Return freed memory to the system: what a call re-uses would not show as an increase."""
    with suppress(AttributeError, OSError, TypeError):  # glibc alone has it
        ctypes.CDLL(None).malloc_trim(0)


def _reset_peak() -> bool:
    try:
        (PROCESS / "clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return False
    return _peak_mb() is not None


def _peak_mb() -> float | None:
    """Return the kernel's peak, which it gives in KiB; psutil does not know it."""
    with suppress(OSError):
        for line in (PROCESS / "status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    return None


def _resident_mb() -> float | None:
    import psutil

    with suppress(OSError, psutil.Error):
        return float(psutil.Process().memory_info().rss / 1e6)
    return None


def _sampled(call: Callable[[], object]) -> float | None:
    """Make the call while a thread looks at the resident memory; return the highest value."""
    seen: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(SAMPLING_SECONDS):
            seen.append(_resident_mb() or 0.0)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        result = call()
        seen.append(_resident_mb() or 0.0)  # while the result is still held
        del result
    finally:
        over.set()
        watcher.join()
    return max(seen)


def _on_cuda(call: Callable[[], object], device: str) -> Peak:
    import torch

    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    call()
    torch.cuda.synchronize(device)
    peak = torch.cuda.max_memory_allocated(device) - before
    return Peak(peak / 1e6, before / 1e6, "CUDA allocator")
