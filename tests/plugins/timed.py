"""Methods to time: one counts its loads, one ends its process."""

import os
from pathlib import Path

from upbench.benchmark.core.contract import method


@method("timed-good", family="test")
class TimedGood:
    def __init__(self, scale, device="cpu"):
        self.scale = scale
        with Path(__file__).with_name("loads").open("a") as file:
            file.write(f"x{scale}\n")

    def __call__(self, image):
        return image.repeat(self.scale, axis=0).repeat(self.scale, axis=1)


@method("timed-bad", family="test", scales=(2,))
def timed_bad(image, scale):
    if image.shape[0] > 40:
        os._exit(3)
    return image.repeat(scale, axis=0).repeat(scale, axis=1)
