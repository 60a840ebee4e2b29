"""A learned head with a short recipe; its sizes are a list, as its author may write them."""

from upbench.methods._shared.head import Head
from upbench.methods._shared.subpixel import build
from upbench.methods._shared.upsampler import LearnedUpsampler, learned


@learned(Head("mine", build), source="a test", kernel="3 x 3")
class Mine(LearnedUpsampler):
    recipe = {"steps": 3, "batch": 2, "patch": 10, "sizes": [1.0]}
