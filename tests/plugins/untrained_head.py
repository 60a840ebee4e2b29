"""A learned head without weights."""

from upbench.methods._shared.head import Head
from upbench.methods._shared.subpixel import build
from upbench.methods._shared.upsampler import LearnedUpsampler, learned


@learned(Head("test", build), source="a test", kernel="3 x 3")
class Test(LearnedUpsampler):
    pass
