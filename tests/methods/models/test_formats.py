"""Every format of ``--model``: what is found out, and that the output is the network's own."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from model_files import (
    CLASSES,
    SubPixel,
    Vdsr,
    made,
    own_output,
    photo,
    save_exported,
    save_onnx,
    save_state,
    save_torchscript,
)

from upbench.benchmark.imaging.resample import resize
from upbench.benchmark.registry.models import model_method

if TYPE_CHECKING:
    from pathlib import Path


def sub_pixel_files(folder: Path, scale: int, channels: int) -> dict[str, str]:
    """Write one network in each format that holds a graph."""
    network = made(SubPixel, scale=scale, channels=channels)
    return {
        "onnx": str(save_onnx(network, folder / "a.onnx")),
        "torchscript": str(save_torchscript(network, folder / "a.pt")),
        "torch.export": str(save_exported(network, folder / "a.pt2", (1, channels, 24, 28))),
    }


@pytest.mark.parametrize(("scale", "channels"), [(2, 1), (3, 3)])
@pytest.mark.parametrize("form", ["onnx", "torchscript", "torch.export"])
def test_a_graph_gives_its_own_output_at_any_size(
    form: str, scale: int, channels: int, tmp_path: Path
) -> None:
    """Scale and colour are found out, and nothing is done to the values."""
    method = model_method(sub_pixel_files(tmp_path, scale, channels)[form])
    assert method.scales == (scale,)
    assert method.colour == {1: "luma", 3: "rgb"}[channels]
    network = made(SubPixel, scale=scale, channels=channels)
    assert method.parameters == sum(weight.numel() for weight in network.parameters())
    assert method.remarks[0].startswith(f"x{scale}, {'luma' if channels == 1 else 'RGB'}, values")
    loaded: Any = method.load(scale)
    assert loaded.macs_per_px == pytest.approx(9 * channels * channels)
    for sides in ((1, 1), (17, 30), (64, 48)):
        image = photo(*sides, channels)
        np.testing.assert_allclose(loaded(image), own_output(network, image), atol=2e-6)


def vdsr_files(folder: Path) -> dict[str, str]:
    """Write one network of the bicubic enlargement in each format."""
    network = made(Vdsr)
    (folder / "nets.py").write_text(CLASSES)
    return {
        "onnx": str(save_onnx(network, folder / "vdsr.onnx")),
        "torchscript": str(save_torchscript(network, folder / "vdsr.ts")),
        "torch.export": str(save_exported(network, folder / "vdsr.pt2", (1, 1, 40, 44))),
        "pth": str(save_state(network, folder / "vdsr.pth", wrapper="state_dict")),
        "safetensors": str(save_state(network, folder / "vdsr.safetensors")),
        "class": f"{folder}/nets.py:Vdsr,weights={save_state(network, folder / 'w.pth')}",
    }


@pytest.mark.parametrize(
    "form", ["onnx", "torchscript", "torch.export", "pth", "safetensors", "class"]
)
def test_a_network_of_the_enlarged_image_runs_at_every_scale(form: str, tmp_path: Path) -> None:
    """As VDSR: its output has the size of its input, which is enlarged by bicubic first."""
    method = model_method(vdsr_files(tmp_path)[form])
    assert (method.scales, method.colour, method.family) == (None, "luma", "model")
    assert "any scale, luma, values 0..1, on the bicubic enlargement" in method.remarks[0]
    network = made(Vdsr)
    image = photo(21, 18)
    for scale in (2, 3):
        expected = own_output(network, resize(image, scale).astype(np.float32))
        np.testing.assert_allclose(method.load(scale)(image), expected, atol=2e-6)


def test_a_fixed_size_is_tiled_without_seams(tmp_path: Path) -> None:
    """Inside, the output is that of the whole image, wherever tiles meet."""
    network = made(SubPixel, scale=2, channels=1)
    method = model_method(str(save_onnx(network, tmp_path / "a.onnx", sides=(24, 32))))
    assert "24 x 32 tiles" in method.remarks[0]
    for sides in ((24, 32), (61, 100), (25, 33), (24, 40)):
        image = photo(*sides)
        np.testing.assert_allclose(method.load(2)(image), own_output(network, image), atol=2e-6)
    small = method.load(2)(photo(5, 7))  # mirrored up to a tile: its right and lower border differ
    np.testing.assert_allclose(small[:8, :12], own_output(network, photo(5, 7))[:8, :12], atol=2e-6)


def test_a_size_that_is_fixed_along_one_axis_is_tiled_too(tmp_path: Path) -> None:
    """Images of another height run: in windows of the one that the file states."""
    network = made(SubPixel, scale=2, channels=1)
    file = save_onnx(network, tmp_path / "a.onnx", sides=(24, "width"))
    method = model_method(str(file))
    assert "24 x " in method.remarks[0]
    for sides in ((24, 64), (61, 70), (100, 100)):
        image = photo(*sides)
        np.testing.assert_allclose(method.load(2)(image), own_output(network, image), atol=2e-6)


def test_a_difference_is_judged_with_what_it_is_added_to(tmp_path: Path) -> None:
    """At a scale of its own too: a network that adds nothing is bicubic, in the usual range."""
    file = save_torchscript(Nothing(), tmp_path / "a.pt")
    method = model_method(f"{file},colour=luma,residual=yes")
    assert "in no range" not in " ".join(method.remarks)
    image = photo(20, 24)
    expected = resize(image, 2).astype(np.float32)
    np.testing.assert_allclose(method.load(2)(image), expected, atol=2e-6)


def test_a_deeper_network_is_tiled_by_how_far_it_looks(tmp_path: Path) -> None:
    """Six convolutions look six pixels far: that is measured, not assumed."""
    network = made(Vdsr, depth=6)
    method = model_method(
        str(save_exported(network, tmp_path / "a.pt2", (1, 1, 48, 48), fixed=True))
    )
    assert '"overlap": 7' in method.origin
    image = photo(50, 60)
    expected = own_output(network, resize(image, 2).astype(np.float32))
    np.testing.assert_allclose(method.load(2)(image), expected, atol=2e-6)


def test_large_images_are_cut_so_that_memory_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the network takes any size."""
    from upbench.methods._models import model

    network = made(SubPixel, scale=2, channels=1)
    method = model_method(str(save_onnx(network, tmp_path / "a.onnx")))
    monkeypatch.setattr(model, "LARGEST", 32)
    loaded: Any = method.load(2)
    sizes = []
    run = loaded.network

    class Watched:
        def __call__(self, batch: Any) -> Any:
            sizes.append(batch.shape[2:])
            return run(batch)

    loaded.network = Watched()
    image = photo(70, 90)
    np.testing.assert_allclose(loaded(image), own_output(network, image), atol=2e-6)
    assert {*sizes} == {(32, 32)}


class Even(torch.nn.Module):
    """A network that refuses odd sides."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Run it on a batch."""
        small = torch.nn.functional.pixel_unshuffle(image, 4)
        return (
            torch.nn.functional.pixel_shuffle(small, 4)
            .repeat_interleave(2, 2)
            .repeat_interleave(2, 3)
        )


class Nothing(torch.nn.Module):
    """A network that gives a difference of nothing."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Run it on a batch."""
        return (image * 0).repeat_interleave(2, 2).repeat_interleave(2, 3)


class Levels(torch.nn.Module):
    """A network of levels 0 to 255: it clips there."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Run it on a batch."""
        return (image - 20).repeat_interleave(2, 2).repeat_interleave(2, 3).relu() + 20


class Valid(torch.nn.Module):
    """A network that loses its border, as SRCNN does without padding."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Conv2d(1, 1, 5, bias=False)
        with torch.no_grad():
            self.layer.weight.zero_()
            self.layer.weight[0, 0, 2, 2] = 1

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Run it on a batch."""
        return self.layer(image)


def test_sides_are_padded_to_the_multiples_that_a_network_takes(tmp_path: Path) -> None:
    """Four here; the padding is cut off again."""
    method = model_method(str(save_torchscript(Even(), tmp_path / "a.pt")))
    assert "sides padded to multiples of 4" in method.remarks[0]
    image = photo(13, 6)
    expected = image.repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_array_equal(method.load(2)(image), expected)


def test_levels_of_255_are_found_by_a_photograph(tmp_path: Path) -> None:
    """A network that is wrong for 0..1 and right for 0..255 gets 0..255."""
    file = save_torchscript(Levels(), tmp_path / "a.pt")
    method = model_method(f"{file},colour=rgb")
    assert "x2, RGB, values 0..255" in method.remarks[0]
    image = photo(9, 9, 3)
    expected = np.maximum(image, 20 / 255).repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_allclose(method.load(2)(image), expected, atol=1e-6)
    stated = model_method(f"{file},colour=rgb,range=1")
    assert "values 0..1" in stated.remarks[0]


def test_a_border_that_a_network_loses_is_padded(tmp_path: Path) -> None:
    """The output has the whole size, and every pixel stands where it belongs."""
    method = model_method(str(save_torchscript(Valid(), tmp_path / "a.pt")))
    assert "border of 2 px padded" in method.remarks[0]
    image = photo(9, 8)
    expected = resize(image, 2).astype(np.float32)
    np.testing.assert_allclose(method.load(2)(image), expected, atol=1e-6)


def test_half_precision_and_channels_last_are_read_from_the_file(tmp_path: Path) -> None:
    """ONNX states both."""
    network = made(SubPixel, scale=2, channels=3)
    file = save_onnx(network, tmp_path / "a.onnx", numbers=np.float16, layout="nhwc")
    method = model_method(str(file))
    assert method.remarks[0].startswith("x2, RGB, values 0..1, NHWC, FP16")
    assert method.licence == "CC0-1.0"
    image = photo(11, 13, 3)
    np.testing.assert_allclose(method.load(2)(image), own_output(network, image), atol=2e-3)


@pytest.mark.parametrize("form", ["torchscript", "torch.export", "chain", "class"])
def test_half_precision_runs_in_float32_on_the_cpu_and_says_so(form: str, tmp_path: Path) -> None:
    """PyTorch is very slow in half precision there; the output is that of the same weights."""
    network = made(Vdsr if form in {"chain", "class"} else SubPixel)
    half = copy.deepcopy(network).half()
    (tmp_path / "nets.py").write_text(CLASSES)
    if form == "torchscript":
        text = str(save_torchscript(half, tmp_path / "a.pt"))
    elif form == "torch.export":
        text = str(save_exported(half, tmp_path / "a.pt2", (1, 1, 24, 28)))
    else:
        text = str(save_state(half, tmp_path / "w.safetensors"))
        text = f"{tmp_path}/nets.py:Vdsr,weights={text}" if form == "class" else text
    method = model_method(text)
    assert "FP16 weights run in float32 on the CPU" in method.remarks[0]
    loaded: Any = method.load(2)
    assert loaded.network._dtype == torch.float32
    image = photo(12, 14)
    expected = model_method(_in_float32(half, form, tmp_path)).load(2)(image)
    np.testing.assert_allclose(loaded(image), expected, atol=2e-6)


def _in_float32(half: torch.nn.Module, form: str, folder: Path) -> str:
    """Write the same values as float32, in a form that is no half precision's."""
    wide = half.float()
    if form in {"chain", "class"}:
        return str(save_state(wide, folder / "wide.safetensors"))
    return str(save_torchscript(wide, folder / "wide.pt"))


def test_a_network_that_resembles_nothing_is_run_with_a_remark(tmp_path: Path) -> None:
    """An untrained network has no range that could be found out: 0..1 is assumed, and said."""
    network = made(SubPixel)
    torch.nn.init.normal_(network.layer.weight)
    method = model_method(str(save_torchscript(network, tmp_path / "a.pt")))
    assert "values 0..1 are assumed" in method.remarks[1]
    assert "say range=255" in method.remarks[1]


def test_an_origin_makes_the_same_method_without_a_trial(tmp_path: Path) -> None:
    """Worker processes open the file when they load the method, not before."""
    file = save_onnx(made(SubPixel), tmp_path / "a.onnx")
    method = model_method(str(file))
    again = model_method(method.origin)
    image = photo(10, 12)
    np.testing.assert_array_equal(again.load(2)(image), method.load(2)(image))
    file.unlink()
    file.write_text("none")  # no network any more: it is still described
    assert model_method(method.origin).remarks == method.remarks
