"""Whose code makes which choices, each read in the source that is cited.

A code that is handed its low-resolution images says nothing of how they are made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upbench.benchmark.protocols.conventions.axes import Convention


@dataclass(frozen=True)
class Code:
    """Public code that prints PSNR or SSIM."""

    name: str
    source: str
    """Repository, file and commit, or the page that says it."""
    fixed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The values of each axis that it fixes."""

    def makes(self, convention: Convention) -> bool:
        """Say whether it makes all the choices of a convention that it makes at all."""
        values = convention.choices
        return all(values[axis] in own for axis, own in self.fixed.items() if axis in values)


_PLAIN_PSNR = {"psnr_mean": ("psnr",), "psnr_channels": ("joint",), "psnr_range": ("255",)}
_WANG = {
    "ssim_window": ("gaussian",),
    "ssim_covariance": ("population",),
    "ssim_channels": ("mean",),
    "ssim_range": ("255",),
}
_USUAL = {**_PLAIN_PSNR, **_WANG}
_RGB_IN = {"depth": ("8 bits", "8 bits, float path"), "given": ("rgb",), "pixels": ("8 bits",)}
_MATLAB_8 = {"shrink": ("matlab",), "grey": ("grey",)}

CODES = (
    Code(
        "upbench's y-classic",
        "upbench, benchmark/protocols/y_classic.py",
        {**_MATLAB_8, "depth": ("float",), "given": ("y",), "pixels": ("8 bits",),
         "border": ("s",), **_USUAL},
    ),
    Code(
        "upbench's rgb8",
        "upbench, benchmark/protocols/rgb8.py",
        {**_MATLAB_8, "depth": ("8 bits",), "given": ("rgb",),
         "pixels": ("8 bits",), "colour": ("y",), "border": ("s",), **_USUAL},
    ),
    Code(
        "upbench's rgb8-rounded",
        "upbench, benchmark/protocols/rgb8_rounded.py",
        {**_MATLAB_8, "depth": ("8 bits",), "given": ("rgb",),
         "pixels": ("8 bits",), "colour": ("y-rounded",), "border": ("s",), **_USUAL},
    ),
    Code(
        "BasicSR, test_y_channel: true",
        "XPixelGroup/BasicSR, basicsr/metrics/psnr_ssim.py at 00755ef and metric_util.py at "
        "06fb33a: uint8 images, float Y, crop_border, means over images",
        {**_RGB_IN, "grey": ("rgb",), "colour": ("y",), "border": ("s",), **_USUAL},
    ),
    Code(
        "BasicSR, test_y_channel: false",
        "XPixelGroup/BasicSR, basicsr/metrics/psnr_ssim.py at 00755ef; "
        "options/test/EDSR/test_EDSR_Lx4.yml at 052ae01 sets it, with crop_border 4",
        {**_RGB_IN, "grey": ("rgb",), "colour": ("rgb",), "border": ("s",), **_USUAL},
    ),
    Code(
        "EDSR's code, benchmark sets",
        "sanghyun-son/EDSR-PyTorch, src/utility.py at 075eeec, quantize and calc_psnr: "
        "8-bit RGB, luma of the difference, shave = scale",
        {**_RGB_IN, "grey": ("rgb",), "colour": ("y",), "border": ("s",), **_PLAIN_PSNR},
    ),
    Code(
        "EDSR's code, DIV2K",
        "sanghyun-son/EDSR-PyTorch, src/utility.py at 075eeec, calc_psnr: RGB, "
        "shave = scale + 6",
        {**_RGB_IN, "grey": ("rgb",), "colour": ("rgb",), "border": ("s+6",), **_PLAIN_PSNR},
    ),
    Code(
        "KAIR and SwinIR's test script, PSNR_Y",
        "cszn/KAIR, main_test_swinir.py at 43fbc65 and utils/utils_image.py at 0d875e8: "
        "uint8 output, float Y, border = scale",
        {**_RGB_IN, "grey": ("rgb",), "colour": ("y",), "border": ("s",), **_USUAL},
    ),
    Code(
        "KAIR and SwinIR's test script, PSNR",
        "cszn/KAIR, main_test_swinir.py at 43fbc65 and utils/utils_image.py at 0d875e8: "
        "uint8 output, RGB, border = scale",
        {**_RGB_IN, "grey": ("rgb",), "colour": ("rgb",), "border": ("s",), **_USUAL},
    ),
    Code(
        "SelfExSR's MATLAB",
        "jbhuang0604/SelfExSR, quant_eval/compute_difference.m at 18e00f2: uint8 rgb2ycbcr "
        "(rounded), shave = scale, ssim_index; grey images as they are",
        {"grey": ("grey",), "depth": ("8 bits", "8 bits, float path"), "given": ("rgb",),
         "pixels": ("8 bits",), "colour": ("y-rounded",), "border": ("s",), **_USUAL},
    ),
    Code(
        "RCAN's MATLAB",
        "yulunzhang/RCAN, RCAN_TestCode/Evaluate_PSNR_SSIM.m at a57c5ed: rgb2ycbcr of im2double "
        "(not rounded), shave = scale, ssim_index; grey images as they are",
        {**_RGB_IN, "grey": ("grey",), "colour": ("y",), "border": ("s",), **_USUAL},
    ),
    Code(
        "SRCNN's and FSRCNN's MATLAB",
        "SRCNN's demo_SR.m (copy in AlainConnor/SRCNN at f2dc57c): rounded Y, imresize of "
        "single, uint8 output, shave = scale",
        {**_MATLAB_8, "depth": ("float",), "given": ("y",), "pixels": ("8 bits",),
         "border": ("s",), **_PLAIN_PSNR},
    ),
    Code(
        "yjn870's SRCNN, FSRCNN and ESPCN",
        "yjn870/SRCNN-pytorch, utils.py and test.py at 50c9185: Pillow's bicubic of 8-bit RGB, "
        "64.738 for red, float output, no crop",
        {**_RGB_IN, "shrink": ("pillow",), "grey": ("rgb",), "pixels": ("float",),
         "colour": ("y-64.738",), "border": ("0",), **_PLAIN_PSNR},
    ),
    Code(
        "krasserm's super-resolution (TensorFlow)",
        "krasserm/super-resolution, model/common.py at 03a70c0, tf.image.psnr of uint8 RGB, "
        "no crop; issue 19 there compares crops and colours",
        {**_RGB_IN, "grey": ("rgb",), "colour": ("rgb",), "border": ("0",), **_PLAIN_PSNR},
    ),
    Code(
        "scikit-image's defaults on uint8 RGB",
        "scikit-image 0.26, skimage/metrics/simple_metrics.py and _structural_similarity.py: "
        "range of the dtype, uniform 7 x 7 window, sample covariance",
        {**_RGB_IN, "colour": ("rgb",), "border": ("0",), **_PLAIN_PSNR,
         "ssim_window": ("uniform",), "ssim_covariance": ("sample",),
         "ssim_channels": ("mean",), "ssim_range": ("255",)},
    ),
    Code(
        "scikit-image, data_range=x.max() - x.min()",
        "scikit-image/scikit-image, doc/examples/transform/plot_ssim.py at 7acba65: the range is "
        "the image's own span",
        {**_RGB_IN, "border": ("0",), "psnr_mean": ("psnr",), "psnr_channels": ("joint",),
         "psnr_range": ("span",), "ssim_window": ("uniform",), "ssim_covariance": ("sample",),
         "ssim_channels": ("mean",), "ssim_range": ("span",)},
    ),
)  # fmt: skip
"""In the order in which they are named."""


def codes_of(convention: Convention) -> tuple[str, ...]:
    """Return the names of the codes that make the choices of a convention."""
    return tuple(code.name for code in CODES if code.makes(convention))
