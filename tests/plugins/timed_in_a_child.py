"""Methods to time: good, of a wrong shape, short of memory, without weights."""

from upbench.benchmark.core.contract import method


@method("child-repeat", family="test")
def child_repeat(image, scale):
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


@method("child-wrong", family="test")
def child_wrong(image, scale):
    return image


@method("child-hungry", family="test")
def child_hungry(image, scale):
    if image.shape[0] > 40:
        raise MemoryError("too large")
    return child_repeat(image, scale)


@method("child-loader", family="test", colour="luma")
class ChildLoader:
    def __init__(self, scale, device="cpu"):
        if scale == 3:
            raise FileNotFoundError("no weights for x3")
        self.scale = scale

    def __call__(self, image):
        return child_repeat(image, self.scale)
