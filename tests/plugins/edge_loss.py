"""A metric of which lower is better."""

from upbench import metric


@metric("edge-loss", unit="px", better="lower")
def edge_loss(reference, output, scale):
    return abs(reference - output).max()
