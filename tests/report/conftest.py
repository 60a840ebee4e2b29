"""A small run with everything that a page must show, made without running a method."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from upbench.benchmark.core.row import Row
from upbench.benchmark.engine.plan import Cell
from upbench.benchmark.engine.result import Result
from upbench.benchmark.engine.store import MANIFEST, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

SIDE = 48
SEED = 20261123
HOSTILE = "</script><script>document.title='hacked'</script><img src=x onerror=alert(1)>"
"""A name that must stay a name."""
REVERSED = "photo\N{RIGHT-TO-LEFT OVERRIDE}gnp"
IMAGES = ("camera", "coffee", HOSTILE, REVERSED)
KERNELS = {
    "bicubic": "Keys cubic, a = -0.5",
    "other-bicubic": "Keys cubic, a = -0.75",
    "nearest": "nearest",
    "pillow-nearest": "nearest",
    "checkered": "",
    "broken": "",
}


def smooth(high: Pixels, scale: int) -> Pixels:
    """Return a picture a little smoother than it was."""
    wide = np.pad(high.astype(np.float64), ((1, 1), (1, 1), (0, 0)), mode="edge")
    mean = (wide[1:-1, 1:-1] * 2 + wide[:-2, 1:-1] + wide[1:-1, 2:]) / 4
    return mean.round().astype(np.uint8)


def blocky(high: Pixels, scale: int) -> Pixels:
    """Return a picture of scale x scale blocks."""
    return high[::scale, ::scale].repeat(scale, 0).repeat(scale, 1)[: len(high), : len(high)]


def checkered(high: Pixels, scale: int) -> Pixels:
    """Return a picture whose pixels on the lattice are 8 grey levels too bright."""
    out = high.astype(np.int16)
    out[::scale, ::scale] += 8
    return np.clip(out, 0, 255).astype(np.uint8)


OUTPUTS: dict[str, Callable[[Pixels, int], Pixels]] = {
    "bicubic": smooth,
    "other-bicubic": lambda high, scale: smooth(smooth(high, scale), scale),
    "nearest": blocky,
    "pillow-nearest": blocky,
    "checkered": checkered,
}


def results(scales: tuple[int, ...] = (2, 3)) -> Iterator[Result]:
    """Yield the cells of the run; the method "broken" fails everywhere."""
    draw = np.random.default_rng(SEED)
    for scale in scales:
        for image in IMAGES:
            noise = draw.normal(0, 60, (SIDE, SIDE, 1))
            high = np.clip(128 + noise.cumsum(0) / 5, 0, 255).astype(np.uint8)
            for method in KERNELS:
                yield result(method, image, scale, high)


def result(method: str, image: str, scale: int, high: Pixels) -> Result:
    """Return one cell: a score, and crops, if the method gives an output."""
    family = "learned" if method == "checkered" else "interpolation"
    cell = Cell(method, family, "photos", image, scale, "y-classic", "0" * 16, "key")
    row: dict[str, Any] = dict.fromkeys(Row.__dataclass_fields__) | {"scores": {}}
    row |= {name: getattr(cell, name) for name in ("method", "family", "dataset", "image")}
    row |= {"scale": scale, "protocol": "y-classic", "machine": "here", "code_hash": "0" * 16}
    row |= {"height": SIDE, "width": SIDE, "channels": 1}
    row |= {"measured_at": "2026-11-23T12:00:00+00:00"}
    if method not in OUTPUTS:
        reason = f"RuntimeError: <b>{image}</b> x{scale} broke it"
        return Result(cell, Row(**row | {"status": "error", "reason": reason}))
    output = OUTPUTS[method](high, scale)
    error = float(np.square(output.astype(float) - high).mean())
    row["scores"] = {
        "psnr_db": 10 * np.log10(255**2 / max(error, 1e-9)),
        "ssim": 1 - error / 1e4,
        "checkerboard_db": 12.0 if method == "checkered" else 0.0,
        "shift_px": 0.0,
    }
    row |= {"status": "ok", "seconds": 0.001, "mpx_per_s": 10.0 * len(method)}
    return Result(cell, Row(**row), output, high)


def fill(folder: Path) -> Path:
    """Write the run and its manifest."""
    with Store(folder) as store:
        for one in results():
            store.add(one)
    manifest = {
        "written_at": "2026-11-23T12:00:00+00:00",
        "command": ["upbench", "run", "--datasets", "folder:my photos", "--out", "run"],
        "request": {"plugins": ["my plugin.py"], "timeout": 60.0},
        "machine": "here",
        "versions": {"python": "3.11", "upbench": "2026.11.0"},
        "protocols": {"y-classic": "y-classic|v1"},
        "metrics": {"psnr_db": "psnr|v1"},
        "methods": {
            name: {"kernel": kernel, "sampling": "half-pixel"} for name, kernel in KERNELS.items()
        },
        "datasets": {
            "photos": {"source": "me", "licence": "CC0", "sha256": dict.fromkeys(IMAGES, "ab" * 32)}
        },
    }
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def fill_run() -> Callable[[Path], Path]:
    """Return the function that writes the run into a folder."""
    return fill


@pytest.fixture
def small_run(tmp_path: Path) -> Path:
    """Return the folder of a run that no report was made of."""
    return fill(tmp_path / "run")
