"""The canonical bicubic against OpenCV's: how many times as long the same enlargement takes.

Scores are made in float64; where float32 suffices (chroma, 8-bit pixels) it is what runs.  OpenCV
has float32.  Both make one grey image twice as large on one thread.  Our
weights are built once per size and kept; the first call, which builds them, is not counted.

    python results/perf/resample_speed.py
"""

from __future__ import annotations

from time import perf_counter

from measuring import ratio, show

SIZES = (256, 512, 1000)
TARGETS = {"float64": 5.0, "float32": 2.5}
"""At most this many times as long as OpenCV."""
ROUNDS = 30


def measure() -> list[tuple[str, float, float]]:
    """Measure the ratios, interleaved, on one thread.

    Call it before numpy is imported.

    Returns:
        Rows of (what, the ratio measured, the ratio that is the target), smaller is better.
    """
    from upbench.benchmark.core.threads import use_one_thread_each

    use_one_thread_each()
    import cv2

    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        return [
            (_what(size, dtype), _ratio(size, dtype), target)
            for dtype, target in TARGETS.items()
            for size in SIZES
        ]
    finally:
        cv2.setNumThreads(threads)


def _what(size: int, dtype: str) -> str:
    return f"bicubic x2 of {size} x {size}, {dtype} / OpenCV float32"


def _ratio(size: int, dtype: str) -> float:
    """Return our median time over OpenCV's."""
    import cv2
    import numpy as np

    from upbench.benchmark.imaging.resample import resize

    image = np.random.default_rng(0).random((size, size)).astype(dtype)
    single = image.astype(np.float32)
    kind = np.float32 if dtype == "float32" else np.float64
    size_out = (2 * size, 2 * size)
    return ratio(
        lambda: resize(image, 2, dtype=kind),
        lambda: cv2.resize(single, size_out, interpolation=cv2.INTER_CUBIC),
        ROUNDS,
        perf_counter,
    )


if __name__ == "__main__":
    show(measure())
