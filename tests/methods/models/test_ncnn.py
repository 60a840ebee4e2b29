"""ncnn networks: text of layers and a file of weights."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from model_files import Vdsr, made, own_output, photo

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.imaging.resample import resize
from upbench.benchmark.registry.models import model_method

REAL = Path(os.environ.get("UPBENCH_DATA", "nowhere")) / "models"


def save_vdsr(folder: Path) -> Path:
    """Write a network of the enlarged image by hand: a flag before each layer's weights."""
    network = made(Vdsr)
    layers = [network.first, *network.inner, network.last]
    lines = ["Input data 0 1 data", "Split split 1 2 data image kept"]
    last, weights = "image", b""
    for number, layer in enumerate(layers):
        count, given = layer.weight.shape[:2]
        relu = "" if layer is network.last else " 9=1"
        lines.append(
            f"Convolution conv{number} 1 1 {last} made{number} 0={count} 1=3 4=1 5=0 "
            f"6={9 * count * given}{relu}"
        )
        weights += bytes(4) + layer.weight.detach().numpy().tobytes()
        last = f"made{number}"
    lines.append(f"BinaryOp add 2 1 {last} kept output 0=0")
    file = folder / "vdsr.param"
    blobs = 3 + len(layers) + 1
    file.write_text("\n".join(["7767517", f"{len(lines)} {blobs}", *lines]) + "\n")
    file.with_suffix(".bin").write_bytes(weights)
    return file


def test_a_network_of_the_enlarged_image_gives_its_own_output(tmp_path: Path) -> None:
    """Channels and parameters are read from the layers, the rest is tried."""
    method = model_method(str(save_vdsr(tmp_path)))
    assert "any scale, luma, values 0..1, on the bicubic enlargement" in method.remarks[0]
    network = made(Vdsr)
    assert method.parameters == sum(weight.numel() for weight in network.parameters())
    image = photo(21, 18)
    expected = own_output(network, resize(image, 2).astype(np.float32))
    np.testing.assert_allclose(method.load(2)(image), expected, atol=1e-4)


def test_a_short_file_of_weights_is_refused(tmp_path: Path) -> None:
    """Whatever ncnn itself makes of it."""
    file = save_vdsr(tmp_path)
    binary = file.with_suffix(".bin")
    binary.write_bytes(binary.read_bytes()[:200])
    with pytest.raises(UsageError, match=r"ncnn cannot read vdsr\.bin: it is too short"):
        model_method(str(file))


@pytest.mark.skipif(not REAL.is_dir(), reason="UPBENCH_DATA has no folder of models")
@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("super_resolution.onnx", "x3, luma, values 0..1, 224 x 224 tiles, 59,657 parameters"),
        ("realesr-animevideov3-x2.param", "x2, RGB, values 0..1, 621,424 parameters"),
        ("upscayl-lite-4x.param", "x4, RGB, values 0..1, 1,213,296 parameters"),
    ],
)
def test_files_of_public_repositories_need_no_option(name: str, line: str) -> None:
    """All that they take is found out."""
    method = model_method(str(REAL / name))
    assert method.remarks[0].startswith(line)
    assert len(method.remarks) == 1
