"""The optimum of single linear layers, how it is kept on disk, and what it is worth."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from upbench.benchmark.core.contract import ATTRIBUTE, Fittable
from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.imaging.colour import luma
from upbench.benchmark.imaging.decode import read_image
from upbench.benchmark.imaging.embedded import read_embedded, side
from upbench.benchmark.imaging.resample import resize, round_half_up
from upbench.methods._shared.least_squares import (
    RIDGE,
    Moments,
    _training_plane,
    moments,
    solve,
    training_digests,
)
from upbench.methods._shared.linear_layer import LinearUpsampler, key_of, taps
from upbench.methods.linear_resize_conv import LinearResizeConv, LinearResizeConvBilinear
from upbench.methods.linear_transposed_conv import LinearTransposedConv, LinearTransposedConvUneven

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

EVERY_LAYER = [
    LinearTransposedConv,
    LinearTransposedConvUneven,
    LinearResizeConv,
    LinearResizeConvBilinear,
]
NAMES = [layer.layer.name for layer in EVERY_LAYER]
every_layer = pytest.mark.parametrize("cls", EVERY_LAYER, ids=NAMES)

MARGIN = 5
"""Low-resolution pixels at each border that take no part in fitting."""


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the weights of these tests in a folder of their own."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UPBENCH_CACHE", str(folder))
        yield folder


def picture(height: int, width: int, seed: int = 0) -> Floats:
    """Draw smooth noise with one edge, so that neighbours go together as they do in images."""
    noise = np.random.default_rng(seed).random((height // 2, width // 2))
    large = resize(noise, 2)
    large[:, width // 3 :] *= 0.5
    return np.clip(large, 0.0, 1.0)


def eight(plane: Floats) -> list[Floats]:
    """Return the image's flips and transpositions."""
    turned = [np.rot90(plane, turns) for turns in range(4)]
    return [np.ascontiguousarray(image) for t in turned for image in (t, t.T)]


def design(cls: type[LinearUpsampler], scale: int, plane: Floats) -> tuple[Floats, Floats]:
    """Return what each kernel element adds to each output pixel, by torch's own layers."""
    import torch
    from torch.nn import functional

    small = torch.from_numpy(resize(plane, 1 / scale))[None, None]
    side = cls.layer.side(scale)
    basis = torch.eye(side * side, dtype=torch.float64).reshape(-1, 1, side, side)
    if cls.layer.before == "zeros":
        padding = (side - scale) // 2
        columns = functional.conv_transpose2d(
            small, basis.transpose(0, 1), stride=scale, padding=padding
        )
    else:
        large = functional.interpolate(small, scale_factor=scale, mode=cls.layer.before)
        columns = functional.conv2d(large, basis, padding=side // 2)
    cut = MARGIN * scale
    height, width = plane.shape
    inside = columns[0, :, cut : height - cut, cut : width - cut].numpy()
    return inside.reshape(side * side, -1).T, plane[cut:-cut, cut:-cut].ravel()


@pytest.mark.parametrize("scale", [2, 3])
@every_layer
def test_solution_equals_lstsq_on_the_explicit_design_matrix(
    cls: type[LinearUpsampler], scale: int
) -> None:
    """The normal equations give what least squares gives on all eight turned images at once."""
    plane = picture(14 * scale, 14 * scale)
    parts = [design(cls, scale, turned) for turned in eight(plane)]
    rows, targets = np.vstack([p[0] for p in parts]), np.hstack([p[1] for p in parts])
    windows = len(rows) / scale**2
    ridge = 1e-3
    penalty = np.sqrt(ridge * windows) * np.eye(rows.shape[1])
    stacked = np.vstack([rows, penalty]), np.hstack([targets, np.zeros(rows.shape[1])])
    expected = np.linalg.lstsq(*stacked, rcond=None)[0]

    got = solve(taps(cls.layer, scale), moments(plane, scale), ridge)

    assert np.abs(got.ravel() - expected).max() < 1e-9


@every_layer
def test_no_other_kernel_is_better_on_the_training_image(cls: type[LinearUpsampler]) -> None:
    """The gradient of the penalised error is zero at the solution and every step away costs."""
    plane = picture(28, 32, seed=1)
    parts = [design(cls, 2, turned) for turned in eight(plane)]
    rows, targets = np.vstack([p[0] for p in parts]), np.hstack([p[1] for p in parts])
    windows = len(rows) / 4

    def error(kernel: Floats) -> float:
        residual = rows @ kernel.ravel() - targets
        return float(residual @ residual / windows + RIDGE * np.sum(kernel**2))

    best = solve(taps(cls.layer, 2), moments(plane, 2))
    gradient = rows.T @ (rows @ best.ravel() - targets) / windows + RIDGE * best.ravel()
    rng = np.random.default_rng(2)
    steps = [rng.normal(0.0, size, best.shape) for size in (1e-3, 1e-2, 1e-1)]

    assert np.abs(gradient).max() < 1e-10
    assert all(error(best + step) > error(best) for step in steps)


def test_moments_are_the_mean_over_all_eight_turned_images() -> None:
    """Averaging the tables is the same as going through every flipped and transposed image."""
    plane = picture(170, 60, seed=3)
    sums = moments(plane, 2)
    total = Moments(np.zeros_like(sums.gram), np.zeros_like(sums.cross), 0)
    for turned in eight(plane):
        total += moments(turned, 2)

    assert total.pixels == 8 * sums.pixels
    assert sums.pixels == (85 - 2 * MARGIN) * (30 - 2 * MARGIN)
    assert np.allclose(total.gram / 8, sums.gram, rtol=1e-12)
    assert np.allclose(total.cross / 8, sums.cross, rtol=1e-12)


def test_what_lies_beyond_the_border_does_not_matter() -> None:
    """Pixels within reach of the mirrored border are in no window: changing them changes nothing.

    The first two low-resolution pixels see the mirror; a change of the outermost pixel reaches
    only those.
    """
    plane = picture(48, 48, seed=4)
    changed = plane.copy()
    changed[0, :] = 1.0 - changed[0, :]

    assert np.allclose(moments(plane, 2).gram, moments(changed, 2).gram, rtol=1e-12)


def test_training_pairs_are_those_of_y_classic() -> None:
    """A colour image is cropped to multiples of the scale and becomes luma rounded to 8 bits."""
    image = np.random.default_rng(5).integers(0, 256, (7, 8, 3)).astype(np.float32) / 255
    plane = _training_plane(image, 3)

    levels = np.floor(luma(np.round(image[:6, :6] * 255.0)) + 0.5)
    assert plane.shape == (6, 6)
    assert np.array_equal(np.round(plane * 255, 9), levels)


def test_training_images_are_disjoint_from_the_standard_ones() -> None:
    """Nothing that methods are measured on was fitted on, and the digests say so."""
    digests = training_digests()
    standard = {image.digest for image in side("standard")}

    assert len(digests) == 7
    assert not standard & set(digests.values())
    assert LinearTransposedConv.training() == digests


def y_classic_psnr(enlarge: LinearUpsampler | None, image: NDArray[np.float32], s: int) -> float:
    """Score a layer, or bicubic for None, by the steps of y-classic."""
    plane = _training_plane(image, s)
    small = resize(plane, 1 / s)[:, :, None].astype(np.float32)
    large = enlarge(small).astype(np.float64) if enlarge else resize(small, s)
    error = round_half_up(large[:, :, 0] * 255.0) - round_half_up(plane * 255.0)
    return float(10 * np.log10(255**2 / np.mean(error[s:-s, s:-s] ** 2)))


@pytest.mark.parametrize(("scale", "gain"), [(2, 1.0), (3, 0.5), (4, 0.4)])
@every_layer
def test_a_learned_kernel_is_better_than_bicubic(
    cls: type[LinearUpsampler], scale: int, gain: float
) -> None:
    """On photographs that were not fitted on, every layer beats bicubic clearly."""
    images = [read_embedded(name) for name in ("camera", "coffee", "astronaut")]
    layer = cls(scale)
    learned = np.mean([y_classic_psnr(layer, image, scale) for image in images])
    bicubic = np.mean([y_classic_psnr(None, image, scale) for image in images])

    assert learned > bicubic + gain


@pytest.mark.parametrize(
    ("cls", "figures"),
    [
        (LinearTransposedConv, (35.246, 31.439, 29.369)),
        (LinearTransposedConvUneven, (35.167, 31.377, 29.316)),
        (LinearResizeConv, (35.246, 31.438, 29.369)),
        (LinearResizeConvBilinear, (35.225, 31.433, 29.364)),
    ],
    ids=NAMES,
)
def test_set5_figures(cls: type[LinearUpsampler], figures: tuple[float, ...]) -> None:
    """The mean PSNR on Set5 at x2, x3, x4 is the published table's, where bicubic has 33.66."""
    folder = Path(os.environ.get("UPBENCH_DATA", "")) / "Set5"
    if not folder.is_dir():
        pytest.skip("needs $UPBENCH_DATA/Set5")
    images = [read_image(path) for path in sorted(folder.glob("*.png"))]
    means = [np.mean([y_classic_psnr(cls(s), image, s) for image in images]) for s in (2, 3, 4)]

    assert np.abs(np.subtract(means, figures)).max() < 0.005


def fit_elsewhere(folder: Path, threads: int, scale: int = 4) -> subprocess.Popen[str]:
    """Start a process that fits a layer into a cache folder."""
    code = (
        "from upbench.methods.linear_transposed_conv import LinearTransposedConv as Layer\n"
        f"print(Layer.fit({scale}))"
    )
    environment = os.environ | {
        "UPBENCH_CACHE": str(folder),
        "OPENBLAS_NUM_THREADS": str(threads),
        "PYTHONSAFEPATH": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-c", code], env=environment, text=True, stdout=subprocess.PIPE
    )


def test_weights_are_the_same_to_the_last_bit_in_every_process(tmp_path: Path) -> None:
    """Processes with other numbers of threads write identical files, at once and without harm."""
    folders = tmp_path / "one", tmp_path / "one", tmp_path / "two"
    running = [fit_elsewhere(folder, n) for folder, n in zip(folders, (1, 2, 2), strict=True)]
    paths = [Path(process.communicate()[0].strip()) for process in running]

    assert [process.returncode for process in running] == [0, 0, 0]
    assert len({path.read_bytes() for path in paths}) == 1
    assert [path.name for path in folders[0].rglob("*") if path.is_file()] == [paths[0].name]


def test_fit_hook_reports_progress_once_and_returns_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first call counts the training images, the second finds the file and does nothing."""
    monkeypatch.setenv("UPBENCH_CACHE", str(tmp_path))
    calls: list[tuple[str, int, int]] = []

    path = LinearResizeConv.fit(4, lambda *step: calls.append(step))
    first = list(calls)
    again = LinearResizeConv.fit(4, lambda *step: calls.append(step))

    assert first == [("linear-resize-conv x4", done, 7) for done in range(8)]
    assert calls == first
    assert path == again
    assert path.parent == tmp_path / "linear"


def test_file_says_what_it_was_fitted_on() -> None:
    """The header names the method, the scale and every training image with its checksum."""
    from safetensors import safe_open

    with safe_open(LinearResizeConv.fit(2), framework="np") as file:
        about = json.loads(file.metadata()["upbench"])

    assert (about["method"], about["scale"]) == ("linear-resize-conv", 2)
    assert about["training"] == training_digests()


def _flipped(data: bytes) -> bytes:
    return data[:-10] + bytes([data[-10] ^ 1]) + data[-9:]


def _other_shape(_: bytes) -> bytes:
    from safetensors.numpy import save

    return save({"kernel": np.zeros((3, 3), np.float32)})


@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:-7], lambda _: b"", lambda _: b"\xff" * 64, _flipped, _other_shape],
    ids=["truncated", "empty", "garbage", "one bit", "wrong shape"],
)
def test_damaged_file_is_fitted_again(
    damage: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever happened to the file, the weights are right afterwards and so is the file."""
    path = LinearTransposedConv.fit(2)
    whole = path.read_bytes()
    expected = LinearTransposedConv(2).weights
    path.write_bytes(damage(whole))

    got = LinearTransposedConv(2).weights

    assert np.array_equal(got, expected)
    assert path.read_bytes() == whole
    assert "its weights are fitted again" in caplog.text


def test_cache_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Training says in one sentence what to do; a run goes on with the weights it has fitted."""
    blocker = tmp_path / "file"
    blocker.write_text("")
    monkeypatch.setenv("UPBENCH_CACHE", str(blocker))

    with pytest.raises(StoreError, match=r"cannot be kept in .*file.linear .*set UPBENCH_CACHE"):
        LinearTransposedConv.fit(2)
    assert LinearTransposedConv(2).weights.shape == (14, 14)
    assert "expected a folder that can be written" in caplog.text


def test_key_depends_on_everything_that_the_weights_depend_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another scale, geometry, ridge or training image is another file."""
    geometry = taps(LinearResizeConv.layer, 2)
    least_squares = "upbench.methods._shared.least_squares"

    def key(name: str = "a", scale: int = 2, taps: Floats = geometry) -> str:
        return key_of(name, scale, taps)

    keys = [key(), key("b"), key(scale=3), key(taps=geometry * 2)]
    with monkeypatch.context() as patch:
        patch.setattr(f"{least_squares}.RIDGE", 1.0)
        keys.append(key())
    with monkeypatch.context() as patch:
        patch.setattr(f"{least_squares}.training_digests", dict)
        keys.append(key())

    assert len(set(keys)) == len(keys)
    assert key() == keys[0]


@every_layer
def test_the_hook_is_found_on_the_described_class(cls: type[LinearUpsampler]) -> None:
    """What carries the metadata is a class that `upbench train` can fit."""
    described = getattr(cls, ATTRIBUTE)

    assert described.target is cls
    assert described.name == cls.layer.name
    assert isinstance(described.target, Fittable)
