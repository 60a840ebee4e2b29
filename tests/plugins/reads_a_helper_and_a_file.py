"""A method that depends on a module and on a file beside it."""

from pathlib import Path

import helper_of_plugin
import numpy as np

from upbench import method

HERE = Path(__file__).parent


@method("changing", family="test")
class Changing:
    def __init__(self, scale, device="cpu"):
        self.scale = scale
        self.factor = float((HERE / "factor.txt").read_text()) * helper_of_plugin.FACTOR

    def __call__(self, image):
        large = image.repeat(self.scale, axis=0).repeat(self.scale, axis=1)
        return large * np.float32(self.factor)
