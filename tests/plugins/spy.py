"""A method that looks for the reference in its process and returns it."""

import gc
import sys

import numpy as np

from upbench import method


@method("spy", family="test")
def spy(image, scale):
    height, width, _ = image.shape
    frame, seen = sys._getframe(), list(gc.get_objects())
    while frame:
        seen += list(frame.f_locals.values())
        frame = frame.f_back
    wanted = (height * scale, width * scale)
    for one in seen:
        for value in (one, *getattr(one, "__dict__", {}).values()):
            if isinstance(value, np.ndarray) and value.shape[:2] == wanted:
                return (value / 255.0).astype(np.float32).reshape(*wanted, -1)
    return image.repeat(scale, axis=0).repeat(scale, axis=1) * np.float32(0.5)
