"""Methods for the scheduler's tests: one is slow, the others fail or print."""

import ctypes
import os
import time

from upbench.benchmark.core.contract import method


def repeated(image, scale):
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


@method("slow", family="test")
def slow(image, scale):
    time.sleep(0.05)
    return repeated(image, scale)


@method("raising", family="test")
def raising(image, scale):
    raise ValueError("no")


@method("printing", family="test")
def printing(image, scale):
    print("printed by a method")
    os.system("echo printed by its child")
    return repeated(image, scale)


@method("segfaulting", family="test")
def segfaulting(image, scale):
    if scale == 3:
        ctypes.string_at(0)
    return repeated(image, scale)


@method("sleeping", family="test")
def sleeping(image, scale):
    if scale == 3 and image.shape[0] == 8:
        ctypes.PyDLL(None).sleep(600)  # and holds the interpreter's lock
    return repeated(image, scale)
