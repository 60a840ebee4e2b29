"""What a stored row of ``--model`` is the row of: its files and how they are called."""

from __future__ import annotations

import shutil
from pathlib import Path

import onnx
import pytest
from model_files import CLASSES, SubPixel, Vdsr, made, save_onnx, save_state, save_torchscript

from upbench.benchmark.core.hashing import method_hash
from upbench.benchmark.registry.models import model_method


@pytest.mark.parametrize("options", ["range=255", "order=bgr", "residual=yes"])
def test_other_options_are_other_results(options: str, tmp_path: Path) -> None:
    """A row that was made with a wrong range is not shown for the right one."""
    file = save_torchscript(made(SubPixel, scale=2, channels=3), tmp_path / "net.pt")
    plain = method_hash(model_method(str(file)))
    assert method_hash(model_method(f"{file},range=1")) == plain  # what is found out anyway
    assert method_hash(model_method(f"{file},{options}")) != plain


def test_another_class_of_a_file_is_another_method(tmp_path: Path) -> None:
    """Both are of one file, with weights of one content."""
    code = tmp_path / "nets.py"
    code.write_text(f"{CLASSES}\n\nclass Other(Vdsr):\n    pass\n", encoding="utf-8")
    weights = save_state(made(Vdsr), tmp_path / "w.pth")
    keys = {
        method_hash(model_method(f"{code}:{name},weights={weights},name=net"))
        for name in ("Vdsr", "Other")
    }
    assert len(keys) == 2


def test_a_copy_in_another_folder_is_the_same_method(tmp_path: Path) -> None:
    """Only content counts."""
    file = save_torchscript(made(SubPixel, scale=2, channels=1), tmp_path / "net.pt")
    (tmp_path / "other").mkdir()
    copied = shutil.copy(file, tmp_path / "other")
    assert method_hash(model_method(str(file))) == method_hash(model_method(str(copied)))


def test_weights_beside_an_onnx_file_are_its_own(tmp_path: Path) -> None:
    """PyTorch's export writes them to FILE.data: other weights there are other results."""
    keys = []
    for factor in (1.0, 0.5):
        network = made(SubPixel, scale=2, channels=1)
        for weight in network.parameters():
            weight.data *= factor
        graph = onnx.load(save_onnx(network, tmp_path / "plain.onnx"))
        file = tmp_path / "net.onnx"
        Path(f"{file}.data").unlink(missing_ok=True)
        onnx.save_model(
            graph, file, save_as_external_data=True, location="net.onnx.data", size_threshold=0
        )
        method = model_method(str(file))
        assert [Path(one).name for one in method.weights] == ["net.onnx", "net.onnx.data"]
        keys.append(method_hash(method))
    assert len(set(keys)) == 2
