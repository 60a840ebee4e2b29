"""The peak memory of a call."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from upbench.benchmark.timing import memory

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
BYTES = 64_000_000


def allocate() -> int:
    """Hold 64 MB for a moment, and none of it afterwards."""
    return int(np.ones(BYTES, dtype=np.uint8)[-1])


@LINUX
def test_peak_is_what_the_call_adds() -> None:
    """Memory that is freed before the call ends counts; what was held before does not."""
    held = np.ones(BYTES, dtype=np.uint8)
    peak = memory.peak_of(allocate)
    assert peak.call_mb == pytest.approx(64, abs=4)
    assert peak.process_mb is not None
    assert peak.process_mb > held.nbytes / 1e6
    assert peak.source in {"VmHWM", "sampled"}


@LINUX
def test_earlier_peak_does_not_count() -> None:
    """The kernel's peak is reset before the call."""
    allocate()
    peak = memory.peak_of(lambda: None)
    assert peak.call_mb == pytest.approx(0, abs=4)


@LINUX
def test_where_the_reset_is_forbidden_a_thread_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The row then says so."""
    monkeypatch.setattr(memory, "_reset_peak", lambda: False)
    kept: list[object] = []
    peak = memory.peak_of(lambda: kept.append(np.ones(BYTES, dtype=np.uint8)))
    assert peak.source == "sampled"
    assert peak.call_mb == pytest.approx(64, abs=4)


def test_not_known_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system does not say there is no number, but the call is made."""
    monkeypatch.setattr(memory, "_resident_mb", lambda: None)
    calls: list[int] = []
    assert memory.peak_of(lambda: calls.append(1)) == memory.UNKNOWN
    assert calls == [1]


@LINUX
def test_what_the_call_raises_comes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """A method's failure is the row's reason, whichever way memory is watched."""

    def fails() -> None:
        raise ValueError("no")

    for can_reset in (True, False):
        monkeypatch.setattr(memory, "_reset_peak", lambda can=can_reset: can)
        with pytest.raises(ValueError, match="no"):
            memory.peak_of(fails)


def test_on_a_gpu_its_own_allocator_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The device's peak above what it held before, after its queue has run dry."""
    done: list[str] = []

    class Cuda:
        synchronize = staticmethod(lambda _device: done.append("wait"))
        reset_peak_memory_stats = staticmethod(lambda _device: done.append("reset"))
        memory_allocated = staticmethod(lambda _device: 5_000_000)
        max_memory_allocated = staticmethod(lambda _device: 12_000_000)

    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=Cuda))
    peak = memory.peak_of(lambda: done.append("call"), "cuda:0")
    assert peak == memory.Peak(7.0, 5.0, "CUDA allocator")
    assert done == ["wait", "reset", "call", "wait"]
