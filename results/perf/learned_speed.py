"""What running a network costs: against bare PyTorch, against its unfolded form, and in memory.

    python results/perf/learned_speed.py

Times are processor seconds on one thread, the least of several rounds in which all contestants
take turns: another process on the machine then disturbs them little.  Memory is the peak of a
process of its own, with the libraries, the image and the output in it (Linux alone tells it).
"""

# ruff: noqa: E402 - the number of threads must be set before the libraries are imported

from __future__ import annotations

import ctypes
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.threads import use_one_thread_each

use_one_thread_each()  # read when the libraries are imported

import numpy as np
import torch
from measuring import seconds, show

from upbench.benchmark.registry.catalog import collect
from upbench.methods._shared.forms import running_form, shuffled
from upbench.methods._shared.inference import Runner
from upbench.methods._shared.network import collapse

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.methods._shared.network import Network

ROUNDS = 15
LARGE = 8192
"""Side of the large output, in pixels."""
PEAK = """
import sys
from pathlib import Path
import numpy as np
from upbench.benchmark.registry.catalog import collect
from upbench.methods._shared.inference import Runner
from upbench.methods._shared.network import collapse
name, scale, side = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
runner = Runner(collapse(collect().methods[name].target.untrained(scale)))
output = runner(np.full((side // scale, side // scale, 1), 0.5, np.float32))
assert output.shape == (side // scale * scale, side // scale * scale, 1)
status = Path("/proc/self/status").read_text()  # getrusage would count the parent's peak too
print(int(status.partition("VmHWM:")[2].split()[0]) / 2**20)
"""


def measure() -> list[tuple[str, float, float]]:
    """Return (what, figure, target) rows: ratios of times, and GiB."""
    torch.set_num_threads(1)
    _keep_freed_memory()
    return [*_calls(), *_folding(), *_layers(), *_windows(), *_peaks()]


def _calls() -> list[tuple[str, float, float]]:
    """Compare the method's call, array to array, with PyTorch's forward of the folded network."""
    rows = []
    for side, scale in ((256, 2), (256, 4), (512, 2)):
        upsample: Any = collect().methods["cnn-subpixel-conv"].load(scale)
        image, low = _image(side)
        times = _least(
            {"call": partial(upsample, image), "bare": partial(upsample.runner.form, low)}
        )
        rows.append(
            (f"x{scale} of {side} x {side}: call / bare", times["call"] / times["bare"], 1.05)
        )
    return rows


def _folding() -> list[tuple[str, float, float]]:
    """Compare the forms that run with the networks as they are defined."""
    rows = []
    for name, scale, target in (
        ("cnn-resize-conv-nearest", 3, 1 / 4),
        ("cnn-resize-conv-bilinear", 3, 1 / 4),
        ("cnn-transposed-conv-even", 3, 1.0),
        ("cnn-zero-insertion-conv", 3, 1 / 4),
        ("cnn-carafe", 2, 1 / 2),
    ):
        _, low = _image(256)
        form = partial(running_form(_network(name, scale)), low)
        plain = partial(_network(name, scale).unfolded, low)
        last = _network(name, scale).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        times = _least({"form": form, "plain": plain, "last": partial(last.unfolded, low)})
        what = f"{name.removeprefix('cnn-')} x{scale}: folded / unfolded"
        rows.append((what, times["form"] / times["plain"], target))
        rows.append((f"{what} channels last", times["form"] / times["last"], target))
    return rows


def _layers() -> list[tuple[str, float, float]]:
    """Compare one layer folded with the same layer as it is defined, both channels last."""
    rows = []
    for name in ("cnn-resize-conv-nearest", "cnn-resize-conv-bilinear"):
        network = _network(name, 3)
        form: Any = running_form(network)
        features = network.trunk(_image(256)[1]).detach()
        layer: Any = network.head
        calls = {
            "folded": lambda: shuffled(form.phases(features), 3),  # noqa: B023 - called at once
            "unfolded": partial(layer, features),
        }
        times = _least(calls)
        what = f"{name.removeprefix('cnn-')} x3, layer: folded / unfolded"
        rows.append((what, times["folded"] / times["unfolded"], 1 / 4))
    return rows


def _windows() -> list[tuple[str, float, float]]:
    """Compare the windows of a megapixel with the whole of it at once."""
    rows = []
    for name in ("cnn-subpixel-conv", "cnn-carafe"):
        runner = Runner(_network(name, 2))
        image, low = _image(1024)
        calls = {"windows": partial(runner, image), "whole": partial(runner.form, low)}
        times = _least(calls, rounds=3)
        rows.append((f"{name} x2: windows / whole", times["windows"] / times["whole"], 1.0))
    return rows


def _peaks() -> list[tuple[str, float, float]]:
    cases = [("cnn-subpixel-conv", 2), ("cnn-subpixel-conv", 3), ("cnn-subpixel-conv", 4)]
    return [
        (f"{name} x{scale}: GiB for {LARGE} x {LARGE}", _peak(name, scale), 3.0)
        for name, scale in [*cases, ("cnn-carafe", 4)]
    ]


def _peak(name: str, scale: int) -> float:
    command = [sys.executable, "-c", PEAK, name, str(scale), str(LARGE)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout)


def _image(side: int) -> tuple[Any, torch.Tensor]:
    """Return noise, as a method takes it and as PyTorch does."""
    image = np.random.default_rng(0).random((side, side, 1), np.float32)
    return image, torch.from_numpy(image.reshape(1, 1, side, side).copy())


def _network(name: str, scale: int) -> Network:
    target: Any = collect().methods[name].target
    return collapse(target.untrained(scale)).eval()


def _least(calls: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Return the least processor seconds of each call."""
    with torch.inference_mode():
        for call in calls.values():
            call()  # its convolutions are prepared at the first call
        taken = [{name: seconds(call) for name, call in calls.items()} for _ in range(rounds)]
    return {name: min(times[name] for times in taken) for name in calls}


def _keep_freed_memory() -> None:
    """Have glibc keep memory that is freed: else page faults, as luck has it, decide a ratio.

    By default it gives blocks of some megabytes back to the system and asks for them again at the
    next call, or does not, by the order in which they came and went.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        for parameter, size in ((-1, 2**29), (-3, 2**25)):  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
            libc.mallopt(parameter, size)


if __name__ == "__main__":
    show(measure())
