"""The calls of each library, each with what it does.

A call is a Python expression of ``plane`` (float32 ``(H, W)``), ``height`` and ``width``.  Each is
tested against the methods of the suite at odd sizes, on images of one pixel, larger and smaller.
"""

from __future__ import annotations

from itertools import product

from upbench.benchmark.theory.port.behaviour import Behaviour
from upbench.benchmark.theory.port.call import (
    HAMMING,
    KEYS_050,
    KEYS_075,
    LANCZOS_3,
    LANCZOS_4,
    MITCHELL,
    PIXEL_AREAS,
    SPLINE,
    Call,
)
from upbench.benchmark.theory.port.extra_calls import EXTRA_CALLS

SPLINES = {0: "nearest", 1: "triangle", 3: SPLINE}
"""What each order of a spline is."""
ALIGNED = {
    0: {"constant": "", "none": ', mode="nearest"'},
    1: {"constant": "", "none": ', mode="nearest"'},
    3: {"constant": "", "replicate": ', mode="nearest"'},
}
"""SciPy's options on its default grid, by order and edge rule."""

_RESAMPLE = ("from upbench.benchmark.imaging import resample",)
_SCIPY = ("import scipy.ndimage",)


def _numpy() -> list[Call]:
    """Upbench's own: every kernel, three edge rules, antialiased or not."""
    constants = {
        "nearest": "NEAREST",
        "box": "AREA",
        "triangle": "BILINEAR",
        KEYS_050: "BICUBIC",
        KEYS_075: "keys_cubic(-0.75)",
        MITCHELL: "MITCHELL",
        "hermite": "HERMITE",
        LANCZOS_3: "LANCZOS3",
    }
    once = {"nearest": ("none",), "box": ("stretch",)}  # without an edge, antialiased or not
    scales = "(height / plane.shape[0], width / plane.shape[1])"
    calls = []
    for kernel, constant in constants.items():
        for edge in ("none",) if kernel in once else ("mirror", "replicate", "renormalise"):
            for antialias in once.get(kernel, ("stretch", "none")):
                options = ", antialias=False" if antialias == "none" else ""
                options += "" if edge in {"none", "mirror"} else f', edge="{edge}"'
                kernel_and_rules = f"resample.{constant}{options}"
                code = f"resample.resize(\n    plane,\n    {scales},\n    {kernel_and_rules},\n)"
                does = Behaviour(kernel, edge=edge, antialias=antialias)
                calls.append(Call("numpy", does, code, _RESAMPLE))
    return calls


def _opencv() -> list[Call]:
    flags = {
        "INTER_NEAREST": Behaviour("nearest", "asymmetric"),
        "INTER_NEAREST_EXACT": Behaviour("nearest"),
        "INTER_LINEAR": Behaviour("triangle", edge="replicate"),
        "INTER_CUBIC": Behaviour(KEYS_075, edge="replicate"),
        "INTER_LANCZOS4": Behaviour(LANCZOS_4, edge="replicate"),
        "INTER_AREA": Behaviour(PIXEL_AREAS, antialias="stretch"),
    }
    return [
        Call(
            "opencv-python-headless",
            does,
            f"cv2.resize(plane, (width, height), interpolation=cv2.{flag})",
            ("import cv2",),
        )
        for flag, does in flags.items()
    ]


def _pillow() -> list[Call]:
    filters = {
        "NEAREST": Behaviour("nearest"),
        "BOX": Behaviour("box", antialias="stretch"),
        "BILINEAR": Behaviour("triangle", edge="renormalise", antialias="stretch"),
        "HAMMING": Behaviour(HAMMING, edge="renormalise", antialias="stretch"),
        "BICUBIC": Behaviour(KEYS_050, edge="renormalise", antialias="stretch"),
        "LANCZOS": Behaviour(LANCZOS_3, edge="renormalise", antialias="stretch"),
    }
    return [
        Call(
            "pillow",
            does,
            f"np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.{name}))",
            ("from PIL import Image",),
        )
        for name, does in filters.items()
    ]


ONE_COLUMN = (
    "PyTorch gives all rows the first row's value where image and output are one pixel wide"
)
"""An error of ``antialias=True``, seen in PyTorch 2.13."""


def _pytorch() -> list[Call]:
    modes = {
        'mode="nearest"': Behaviour("nearest", "asymmetric"),
        'mode="nearest-exact"': Behaviour("nearest"),
        'mode="bilinear"': Behaviour("triangle", edge="replicate"),
        'mode="bilinear", align_corners=True': Behaviour("triangle", "align-corners"),
        'mode="bilinear", antialias=True': Behaviour(
            "triangle", edge="renormalise", antialias="stretch"
        ),
        'mode="bicubic"': Behaviour(KEYS_075, edge="replicate"),
        'mode="bicubic", align_corners=True': Behaviour(KEYS_075, "align-corners", "replicate"),
        'mode="bicubic", antialias=True': Behaviour(
            KEYS_050, edge="renormalise", antialias="stretch"
        ),
        'mode="area"': Behaviour("pixels touched", antialias="stretch"),
    }
    planes = "torch.from_numpy(np.array(plane))[None, None]"
    return [
        Call(
            "torch",
            does,
            f"torch.nn.functional.interpolate(\n    {planes},\n    size=(height, width),\n"
            f"    {mode},\n)[0, 0].numpy()",
            ("import torch",),
            caveat=ONE_COLUMN if "antialias" in mode else "",
        )
        for mode, does in modes.items()
    ]


def _scipy() -> list[Call]:
    """Splines, half-pixel or with aligned corners; a Gaussian before it is scikit-image's."""
    modes = {"replicate": "nearest", "reflect": "mirror", "mirror": "reflect"}
    scales = "(height / plane.shape[0], width / plane.shape[1])"
    sigma = "[max(0, (n / m - 1) / 2) for n, m in zip(plane.shape, (height, width))]"
    calls = []
    for (order, kernel), (edge, mode) in product(SPLINES.items(), modes.items()):
        options = f'{scales},\n    order={order},\n    mode="{mode}",\n    grid_mode=True,\n)'
        plain = f"scipy.ndimage.zoom(\n    plane,\n    {options}"
        if order:
            calls.append(Call("scipy", Behaviour(kernel, edge=edge), plain, _SCIPY))
        elif mode == "nearest":  # none reads beyond the border
            calls.append(Call("scipy", Behaviour(kernel), plain, _SCIPY))
        blur = f'        plane,\n        {sigma},\n        mode="{mode}",\n'
        smooth = f"scipy.ndimage.gaussian_filter(\n{blur}    )"
        does = Behaviour(kernel, edge=edge, antialias="gaussian")
        code = f"scipy.ndimage.zoom(\n    {smooth},\n    {options}"
        calls.append(Call("scipy", does, code, _SCIPY))
    for order, options_of in ALIGNED.items():
        for edge, option in options_of.items():
            code = f"scipy.ndimage.zoom(plane, {scales}, order={order}{option})"
            does = Behaviour(SPLINES[order], "align-corners", edge)
            calls.append(Call("scipy", does, code, _SCIPY))
    return calls


def _scikit_image() -> list[Call]:
    """SciPy's splines with other names for the edge rules, a Gaussian before them by default."""
    modes = {"reflect": "reflect", "replicate": "edge", "mirror": "symmetric"}
    rules = {"gaussian": "", "none": "\n    anti_aliasing=False,"}
    calls = []
    for (order, kernel), (edge, mode) in product(SPLINES.items(), modes.items()):
        for antialias, option in rules.items():
            if order == 0 and antialias == "none" and mode != "edge":
                continue  # none reads beyond the border: one is enough
            rule = "none" if order == 0 and antialias == "none" else edge
            code = (
                "skimage.transform.resize(\n    plane,\n    (height, width),\n"
                f'    order={order},\n    mode="{mode}",{option}\n    clip=False,\n)'
            )
            does = Behaviour(kernel, edge=rule, antialias=antialias)
            calls.append(Call("scikit-image", does, code, ("import skimage.transform",)))
    return calls


CALLS: tuple[Call, ...] = (
    *_numpy(),
    *_opencv(),
    *_pillow(),
    *_pytorch(),
    *_scikit_image(),
    *_scipy(),
    *EXTRA_CALLS,
)
"""Every call, the plainest of a library first."""
