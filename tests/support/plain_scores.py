"""PSNR and SSIM under any convention, written plainly and apart from the package.

Only numpy, SciPy, scikit-image and the libraries whose conventions they are: no code of ours.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image as Pillow
from scipy.ndimage import gaussian_filter
from skimage.metrics import structural_similarity

LUMA = {
    "y": (np.array([65.481, 128.553, 24.966]) / 255, 16.0),
    "y-rounded": (np.array([65.481, 128.553, 24.966]) / 255, 16.0),
    "y-full": (np.array([0.299, 0.587, 0.114]), 0.0),
    "y-64.738": (np.array([64.738, 129.057, 25.064]) / 256, 16.0),
}


def half_up(levels: Any) -> Any:
    """Round to 8 bits as MATLAB does."""
    return np.floor(np.clip(levels, 0, 255) + 0.5)


@cache
def matrix(size: int, made: int) -> Any:
    """Return MATLAB's bicubic along one axis as a dense matrix."""
    scale = made / size
    stretch = min(scale, 1.0)
    weights = np.zeros((made, size))
    for row in range(made):
        centre = (row + 0.5) / scale - 0.5
        reach = math.ceil(2 / stretch) + 1
        taps = np.arange(math.floor(centre) - reach, math.floor(centre) + reach + 1)
        d = np.abs((centre - taps) * stretch)
        near, far = 1.5 * d**3 - 2.5 * d**2 + 1, -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2
        values = np.where(d <= 1, near, np.where(d <= 2, far, 0))
        for tap, value in zip(taps, values / values.sum(), strict=True):
            place = tap % (2 * size)
            weights[row, min(place, 2 * size - 1 - place)] += value
    return weights


def bicubic(image: Any, height: int, width: int, *, rounds: bool) -> Any:
    """Resize ``(H, W, C)`` by MATLAB's bicubic, on 8 bits rounding after each axis."""
    finish = half_up if rounds else lambda levels: levels
    down = finish(np.einsum("ij,jkc->ikc", matrix(image.shape[0], height), image))
    return finish(np.einsum("ij,kjc->kic", matrix(image.shape[1], width), down))


def shrunk(pixels: Any, scale: int, library: str, *, eight_bit: bool) -> Any:
    """Return the low-resolution image: levels 0 to 255, whole ones for 8 bits."""
    height, width = pixels.shape[0] // scale, pixels.shape[1] // scale
    if library == "matlab":
        return bicubic(pixels.astype(float), height, width, rounds=eight_bit)
    if library == "pillow":
        kind = np.uint8 if eight_bit else np.float32
        planes = [
            Pillow.fromarray(np.ascontiguousarray(p.astype(kind)))
            for p in pixels.transpose(2, 0, 1)
        ]
        return np.stack(
            [np.asarray(p.resize((width, height), Pillow.BICUBIC), float) for p in planes], 2
        )
    if library == "opencv":
        given = pixels if eight_bit else pixels.astype(np.float64)
        made = cv2.resize(given, (width, height), interpolation=cv2.INTER_CUBIC)
        return made.reshape(height, width, -1).astype(float)
    tensor = torch.from_numpy(pixels.transpose(2, 0, 1)[None].astype(np.float32))
    made = torch.nn.functional.interpolate(
        tensor, size=(height, width), mode="bicubic", antialias=library == "torch-antialias"
    )
    levels = made[0].numpy().transpose(1, 2, 0).astype(float)
    return np.round(np.clip(levels, 0, 255)) if eight_bit else levels


def luma(levels: Any, kind: str) -> Any:
    """Return the luma ``(H, W)`` of RGB levels."""
    if kind == "y-pillow":
        return np.asarray(Pillow.fromarray(levels.astype(np.uint8)).convert("YCbCr"))[..., 0] * 1.0
    if kind == "y-opencv":
        return cv2.cvtColor(levels.astype(np.uint8), cv2.COLOR_RGB2YCrCb)[..., 0] * 1.0
    weights, offset = LUMA[kind]
    plane = levels.astype(float) @ weights + offset
    return half_up(plane) if kind == "y-rounded" else plane


def planes(pixels: Any, scale: int, c: dict[str, str]) -> tuple[Any, Any]:
    """Return reference and bicubic output as ``(H, W, C)`` levels under the choices ``c``."""
    if pixels.shape[2] == 1 and c.get("grey") == "rgb":
        pixels = np.repeat(pixels, 3, axis=2)
    if pixels.shape[2] == 3 and c["given"] != "rgb":
        kind = {"y": "y-rounded", "y-full": "y-pillow"}[c["given"]]
        pixels = luma(pixels, kind)[..., None].astype(np.uint8)
    eight_bit = c["depth"] != "float"
    low = shrunk(pixels, scale, c["shrink"], eight_bit=eight_bit)
    if c["depth"] == "8 bits":  # bicubic has an 8-bit path
        output = bicubic(low, *pixels.shape[:2], rounds=True)
    else:
        given = (low / 255).astype(np.float32)  # a float tensor
        output = (
            bicubic(given, *pixels.shape[:2], rounds=False).astype(np.float32).astype(float) * 255
        )
    output = half_up(output) if c["pixels"] == "8 bits" else np.clip(output, 0, 255)
    pair = []
    for levels in (pixels, output):
        if levels.shape[2] == 1:
            plane = levels.astype(float)
            pair.append(half_up(plane) if c["colour"] == "y-rounded" else plane)
        elif c["colour"] == "rgb":
            pair.append(levels.astype(float))
        else:
            pair.append(luma(levels, c["colour"])[..., None])
    return pair[0], pair[1]


def crop(image: Any, scale: int, border: str) -> Any:
    """Cut a border off."""
    width = {"0": 0, "s": scale, "s+6": scale + 6, "6": 6}[border]
    return image[width:-width, width:-width] if width else image


def data_range(truth: Any, kind: str) -> float:
    """Return a data range for levels of 0 to 255."""
    known = {"255": 255, "1": 1, "2": 510, "max": truth.max(), "span": truth.max() - truth.min()}
    return float(known[kind])


def psnr(pairs: list[tuple[Any, Any]], c: dict[str, str]) -> float:
    """Return the PSNR of some cropped pairs."""
    if c["psnr_mean"] == "mse":
        mse = np.mean([((x - y) ** 2).mean() for x, y in pairs])
        return float(10 * np.log10(data_range(pairs[0][0], c["psnr_range"]) ** 2 / mse))
    found = []
    for x, y in pairs:
        level = data_range(x, c["psnr_range"])
        errors = ((x - y) ** 2).mean(axis=(0, 1))
        if c.get("psnr_channels") == "mean":
            found.append(np.mean(10 * np.log10(level**2 / errors)))
        else:
            found.append(10 * np.log10(level**2 / errors.mean()))
    return float(np.mean(found))


def ssim(pairs: list[tuple[Any, Any]], c: dict[str, str]) -> float:
    """Return the mean SSIM of some cropped pairs."""
    return float(np.mean([_one_ssim(x, y, c) for x, y in pairs]))


def _one_ssim(x: Any, y: Any, c: dict[str, str]) -> float:
    level = data_range(x, c["ssim_range"])
    if c["ssim_window"] != "gaussian-whole":
        return float(
            structural_similarity(
                x,
                y,
                data_range=level,
                channel_axis=2,
                gaussian_weights=c["ssim_window"] == "gaussian",
                use_sample_covariance=c["ssim_covariance"] == "sample",
            )
        )
    axes = 3 if c.get("ssim_channels") == "joint" else 2
    sigma = (1.5, 1.5, 1.5 if axes == 3 else 0)

    def mean(image: Any) -> Any:
        return gaussian_filter(image, sigma, mode="nearest", truncate=3.5)

    mx, my = mean(x), mean(y)
    vx, vy, vxy = mean(x * x) - mx**2, mean(y * y) - my**2, mean(x * y) - mx * my
    c1, c2 = (0.01 * level) ** 2, (0.03 * level) ** 2
    above = (2 * mx * my + c1) * (2 * vxy + c2)
    return float((above / ((mx**2 + my**2 + c1) * (vx + vy + c2))).mean())
