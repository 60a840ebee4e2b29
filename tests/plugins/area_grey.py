"""A protocol of block means in grey."""

import numpy as np

from upbench import protocol


@protocol("area-grey", signature="area-grey|v1", summary="block means, grey")
class AreaGrey:
    def reference(self, image, scale):
        height, width = (side // scale * scale for side in image.shape[:2])
        grey = image[:height, :width].mean(axis=2, keepdims=True)
        return np.rint(grey * 255).astype(np.uint8)

    def degrade(self, pixels, scale):
        height, width, channels = pixels.shape
        blocks = pixels.reshape(height // scale, scale, width // scale, scale, channels)
        return (blocks.mean(axis=(1, 3)) / 255).astype(np.float32)

    def finish(self, output, scale):
        return np.rint(np.clip(output, 0, 1) * 255).astype(np.uint8)

    def score(self, pixels, scale):
        return pixels[:, :, 0] / 255
