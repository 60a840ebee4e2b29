"""How conventions are written: in a table's cells, and in sentences."""

from __future__ import annotations

from upbench.benchmark.protocols.conventions.axes import AXES

HEADINGS = {
    "shrink": "LR by",
    "depth": "LR in",
    "given": "method gets",
    "grey": "grey images as",
    "pixels": "output in",
    "colour": "scored on",
    "border": "border",
    "psnr_mean": "mean of",
    "psnr_channels": "PSNR of channels",
    "psnr_range": "PSNR range",
    "ssim_window": "SSIM window",
    "ssim_covariance": "covariance",
    "ssim_channels": "SSIM of channels",
    "ssim_range": "SSIM range",
}
"""What stands above an axis in a table."""
SHORT = {
    "matlab": "MATLAB",
    "pillow": "Pillow",
    "torch-antialias": "PyTorch, antialiased",
    "opencv": "OpenCV",
    "torch": "PyTorch",
    "rgb": "RGB",
    "y": "Y",
    "y-rounded": "Y, rounded",
    "y-full": "Y, full range",
    "y-opencv": "Y of OpenCV",
    "y-pillow": "Y of Pillow",
    "y-64.738": "Y, 64.738 for red",
    "s+6": "s + 6",
    "psnr": "PSNR",
    "mse": "MSE",
    "span": "max - min",
    "gaussian": "Gaussian",
    "gaussian-whole": "Gaussian, every pixel",
}
"""Values in a table, where they are not written as they are."""


def words(values: dict[str, str], axes: tuple[str, ...] = tuple(AXES)) -> str:
    """Say a convention in words.

    >>> words({"border": "s", "colour": "rgb"})
    'scored on RGB; a border of s pixels is cropped'
    """
    return "; ".join(AXES[axis][values[axis]] for axis in axes if axis in values)
