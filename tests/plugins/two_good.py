"""Two methods that discovery finds."""

from upbench import method


@method("good-one", family="test", scales=(2, 3), weights=())
def good(image, scale):
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


@method("good-loader", family="test", colour="luma")
class Loader:
    def __init__(self, scale, device="cpu"):
        self.scale = scale

    def __call__(self, image):
        return good(image, self.scale)
