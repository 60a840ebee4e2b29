"""Layers that misbehave in a role: one makes no numbers, one ends the process; one is good."""

import os

from upbench import layer


@layer("makes-nan")
def makes_nan(in_channels, out_channels, scale):
    from torch import nn

    class Nan(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Conv2d(in_channels, out_channels, 1)

        def forward(self, features):
            return nn.functional.interpolate(self.inner(features), scale_factor=scale) * float(
                "nan"
            )

    return Nan()


@layer("ends-the-process")
def ends_the_process(in_channels, out_channels, scale):
    from torch import nn

    class End(nn.Module):
        def forward(self, features):
            os._exit(7)

    return End()


@layer("own-nearest")
def own_nearest(in_channels, out_channels, scale):
    from torch import nn

    return nn.Sequential(
        nn.Upsample(scale_factor=scale), nn.Conv2d(in_channels, out_channels, 3, 1, 1)
    )
