"""How fast the metrics are: ratios against rivals, one thread, float64, one megapixel of luma.

Run it to print its table::

    python results/perf/metrics_speed.py
"""

# ruff: noqa: E402 - the number of threads must be set before the libraries are imported

from __future__ import annotations

import time
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from upbench.benchmark.core.threads import use_one_thread_each

use_one_thread_each()  # read when the libraries are imported

import cv2
import numpy as np
from measuring import show
from skimage import data
from skimage.metrics import structural_similarity

from upbench.benchmark.metrics.checkerboard import checkerboard
from upbench.benchmark.metrics.psnr import psnr
from upbench.benchmark.metrics.shift import shift
from upbench.benchmark.metrics.ssim import ssim

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Plane = NDArray[np.float64]

SIDE, SCALES, ROUNDS = 1000, (2, 3, 4), 9


def measure() -> list[tuple[str, float, float]]:
    """Return ``(what, ratio measured, ratio that it must not exceed)``, from one run.

    Time is the median over rounds in which all contestants take turns, so that a machine that is
    busy for a while slows all of them.
    """
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        seconds = _medians(_contestants(*_pictures()))
    finally:
        cv2.setNumThreads(threads)
    ours = seconds["psnr"] + seconds["ssim"]
    rival = seconds["ssim of scikit-image"]
    rows = [
        ("PSNR + SSIM / SSIM of scikit-image", ours / rival, 1 / 3),
        ("PSNR + SSIM / SSIM by five filter2D", ours / seconds["ssim by filter2D"], 0.6),
    ]
    for scale in SCALES:
        three = ours + seconds[f"checkerboard x{scale}"]
        rows.append((f"with checkerboard x{scale} / SSIM of scikit-image", three / rival, 1.0))
    for scale in SCALES:
        alone = seconds[f"checkerboard x{scale}"] / ours
        rows.append((f"checkerboard x{scale} / PSNR + SSIM", alone, 1.0))
    rows.append(("shift / SSIM of scikit-image", seconds["shift"] / rival, 1 / 3))
    for scale in SCALES:
        headline = ours + seconds[f"checkerboard x{scale}"]
        what = f"a headline row x{scale}"
        rows += [
            (f"{what} without the shift / SSIM of scikit-image", headline / rival, 0.35),
            (
                f"{what} with the shift / SSIM of scikit-image",
                (headline + seconds["shift"]) / rival,
                0.5,
            ),
        ]
    return rows


def _pictures() -> tuple[Plane, Plane]:
    """Return one megapixel of a photograph, mirrored to fill it, and a blurred enlargement."""
    photo = data.camera() / 255
    reference = np.ascontiguousarray(np.pad(photo, (0, SIDE - len(photo)), mode="symmetric"))
    small = cv2.resize(reference, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    output = cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return reference, np.rint(output.clip(0, 1) * 255) / 255


def _contestants(reference: Plane, output: Plane) -> dict[str, Callable[[], object]]:
    ours: dict[str, Callable[[], object]] = {
        "psnr": partial(psnr, reference, output, 2),
        "ssim": partial(ssim, reference, output, 2),
        "shift": partial(shift, reference, output, 2),
    } | {f"checkerboard x{s}": partial(checkerboard, reference, output, s) for s in SCALES}
    # the rivals come last: one of them gives memory back, and whoever follows must fetch it again
    return ours | {
        "ssim of scikit-image": partial(
            structural_similarity,
            reference,
            output,
            data_range=1.0,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        ),
        "ssim by filter2D": partial(_ssim_by_filter2d, reference, output),
    }


def _ssim_by_filter2d(x: Plane, y: Plane) -> float:
    """Return SSIM by five passes with the whole 11 x 11 window, the way of BasicSR."""
    kernel = cv2.getGaussianKernel(11, 1.5)
    window = np.outer(kernel, kernel)

    def mean(image: Plane) -> Plane:
        filtered: Plane = cv2.filter2D(image, -1, window)[5:-5, 5:-5]
        return filtered

    mx, my = mean(x), mean(y)
    vx, vy, vxy = mean(x**2) - mx**2, mean(y**2) - my**2, mean(x * y) - mx * my
    c1, c2 = 0.01**2, 0.03**2
    similarity = (2 * mx * my + c1) * (2 * vxy + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))
    return float(similarity.mean())


def _medians(contestants: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Time every contestant once per round, after one round that only warms up."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(ROUNDS + 1):
        for name, run in contestants.items():
            start = time.perf_counter()
            run()
            if turn:
                seconds[name].append(time.perf_counter() - start)
    return {name: median(times) for name, times in seconds.items()}


if __name__ == "__main__":
    show(measure())
