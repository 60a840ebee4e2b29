"""Metrics that patch the scoring, return a text, or end their process."""

import os

import numpy as np

from upbench import metric


@metric("vandal")
def vandal(reference, output, scale):
    np.array_equal = None
    import upbench.benchmark.metrics.psnr as ours

    ours.psnr = lambda *_: 99.0
    reference.flags.writeable = True
    reference[:] = 0
    return np.float32(3)


@metric("texts")
def texts(reference, output, scale):
    return "a text"


@metric("dies")
def dies(reference, output, scale):
    os._exit(9)
