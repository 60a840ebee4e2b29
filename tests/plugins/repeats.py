"""A plugin."""

from upbench.benchmark.core.contract import method


@method("mine", family="test")
def mine(image, scale):
    """Repeat pixels."""
    return image.repeat(scale, axis=0).repeat(scale, axis=1)
