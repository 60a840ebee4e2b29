"""Files and networks that cannot be used: one sentence each, never a traceback."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from model_files import (
    CLASSES,
    SubPixel,
    Vdsr,
    made,
    save_exported,
    save_onnx,
    save_state,
    save_torchscript,
)
from refusals import refusal_of

from upbench.benchmark.core.errors import MethodError, UsageError
from upbench.benchmark.registry.models import model_method, network_method


def refused(text: str) -> str:
    """Return the sentence by which a ``--model`` is refused."""
    with pytest.raises(UsageError) as caught:
        model_method(text)
    said = str(caught.value)
    assert said.startswith("--model ")
    assert "\n" not in said
    return said


def whole_files(folder: Path) -> dict[str, Path]:
    """Write one good file of each format."""
    network = made(SubPixel)
    return {
        "onnx": save_onnx(network, folder / "a.onnx"),
        "pt": save_torchscript(network, folder / "a.pt"),
        "pt2": save_exported(network, folder / "a.pt2", (1, 1, 16, 16)),
        "pth": save_state(network, folder / "a.pth"),
        "safetensors": save_state(network, folder / "a.safetensors"),
    }


WHAT = {
    "onnx": "it is no ONNX file that can be read",
    "pt": "",  # a half of an archive is no archive: what it was meant to be is not known
    "pt2": "it is not a torch.export file that can be read",
    "pth": "it is not a file of weights that can be read",
    "safetensors": "it is not a safetensors file that can be read",
}


@pytest.mark.parametrize("form", WHAT)
def test_a_truncated_file_is_refused(form: str, tmp_path: Path) -> None:
    """The first half of a file."""
    file = whole_files(tmp_path)[form]
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    said = refused(str(file))
    assert WHAT[form] in said
    assert said.endswith("it is damaged, cut short or of another kind; export or fetch it again.")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    """A download that did not happen."""
    (tmp_path / "a.onnx").touch()
    assert refused(str(tmp_path / "a.onnx")).endswith(
        "the file is empty; expected a network's: export or fetch it again."
    )


@pytest.mark.parametrize("suffix", [*WHAT, "param", "ts"])
@pytest.mark.parametrize("content", [b"", b"no network at all", bytes(range(256)) * 8])
def test_a_file_of_something_else_is_refused(suffix: str, content: bytes, tmp_path: Path) -> None:
    """Nothing, text and noise under each suffix."""
    file = tmp_path / f"a.{suffix}"
    file.write_bytes(content)
    file.with_suffix(".bin").write_bytes(content)
    assert refused(str(file))


def test_a_pickle_that_would_run_code_is_refused_with_the_reason(tmp_path: Path) -> None:
    """A whole module saved by torch.save, and a plain pickle."""
    torch.save(made(SubPixel), tmp_path / "whole.pth")
    said = refused(str(tmp_path / "whole.pth"))
    assert "would run code as it is read" in said
    assert "torch.save(model.state_dict(), FILE)" in said
    (tmp_path / "plain.pth").write_bytes(pickle.dumps(Path("a")))
    assert refused(str(tmp_path / "plain.pth"))


def test_files_that_are_missing_are_named(tmp_path: Path) -> None:
    """The file itself, and what must lie beside it."""
    assert "there is no such file" in refused("nowhere.onnx")
    assert refused(str(tmp_path)).endswith(": it is a folder; expected a network's file.")
    (tmp_path / "a.param").write_text("7767517\n1 1\nInput data 0 1 data\n")
    assert "its weights, a.bin, are not beside it" in refused(str(tmp_path / "a.param"))
    (tmp_path / "a.txt").write_text("")
    assert "files that end in .txt are of no known format" in refused(str(tmp_path / "a.txt"))


def test_weights_without_a_known_architecture_ask_for_the_class(tmp_path: Path) -> None:
    """A state dictionary has no graph."""
    file = save_state(made(SubPixel), tmp_path / "a.pth")
    assert "give its class: FILE.py:CLASS,weights=FILE" in refused(str(file))


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    """Return a file of classes."""
    file = tmp_path / "nets.py"
    file.write_text(CLASSES)
    return file


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("Vdsrr", "There is no class named 'Vdsrr'; did you mean 'Vdsr'?"),
        ("Needs", "Needs needs channels to be made; give them defaults"),
        ("ForScale", "ForScale is made for a scale (upscale_factor); say which: scale=N."),
        ("TwoInputs", "it has 2 inputs (image, level); expected one, the image."),
        ("no_module", "no_module makes a int; expected a torch.nn.Module."),
    ],
)
def test_a_class_that_cannot_be_made_is_refused(target: str, problem: str, classes: Path) -> None:
    """What, expected, got, what now."""
    assert problem in refused(f"{classes}:{target}")


def test_a_class_is_made_for_the_scale_that_is_stated(classes: Path) -> None:
    """Whatever its constructor calls it."""
    assert model_method(f"{classes}:ForScale,scale=3").scales == (3,)


def test_weights_of_another_class_are_refused(classes: Path, tmp_path: Path) -> None:
    """The names that do not fit are listed, in short."""
    weights = save_state(made(SubPixel), tmp_path / "w.safetensors")
    said = refused(f"{classes}:Vdsr,weights={weights}")
    assert "the weights are not those of Vdsr: missing are first.weight, inner.0.weight" in said
    assert "unknown are layer.bias, layer.weight" in said


class Odd(torch.nn.Module):
    """Networks that enlarge in no way that can be used."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.way = way

    def forward(self, image: torch.Tensor) -> Any:
        """Run one of them."""
        if self.way == "x1.5":
            return torch.nn.functional.interpolate(image, scale_factor=1.5)
        if self.way == "wide":
            return image.repeat_interleave(2, 3)
        if self.way == "two images":
            return image.repeat_interleave(2, 2).repeat_interleave(2, 3), image
        if self.way == "classes":
            return image.mean((2, 3))
        if self.way == "dynamic":
            return image.reshape(-1)[: int(image.sum())].reshape(1, 1, -1, 1)
        raise RuntimeError("Found no NVIDIA driver: CUDA is needed")


@pytest.mark.parametrize(
    ("way", "problem"),
    [
        ("x1.5", "it makes 72x96 of 48x64; expected an output whose sides are the input's times"),
        ("wide", "it makes 48x128 of 48x64; expected an output whose sides"),
        ("two images", "it gives several images: 0 of 96x128, 1 of 48x64; say which one: output=N"),
        ("classes", "it gives (1, 1) for an image of 48x64 with 1 channel; expected an image"),
        ("dynamic", "expected an output whose sides are the input's times one whole number"),
        ("cuda", "it computes on a GPU (CUDA) alone and not on this CPU; export it on the CPU."),
    ],
)
def test_a_network_that_does_not_enlarge_is_refused(way: str, problem: str, tmp_path: Path) -> None:
    """With the sizes that it gave."""
    file = tmp_path / "odd.py"
    shutil.copy(__file__, file)
    text = f"\n\ndef net() -> Odd:\n    return Odd({way!r})\n"
    file.write_text(file.read_text() + text)
    assert problem in refused(f"{file}:net")


def test_an_output_is_chosen_by_its_number(tmp_path: Path) -> None:
    """Of a network that gives several."""
    file = tmp_path / "odd.py"
    shutil.copy(__file__, file)
    file.write_text(file.read_text() + "\n\ndef net() -> Odd:\n    return Odd('two images')\n")
    assert model_method(f"{file}:net,output=0,colour=luma").scales == (2,)
    assert model_method(f"{file}:net,output=1,colour=luma").scales is None


def test_what_is_stated_must_agree_with_the_file(tmp_path: Path) -> None:
    """A scale and a colour that the network has not."""
    file = save_onnx(made(SubPixel), tmp_path / "a.onnx")
    assert "it enlarges x2, but scale=3 is stated; leave it out." in refused(f"{file},scale=3")
    assert "its input has 1 channel, but colour=rgb says 3" in refused(f"{file},colour=rgb")


def test_an_onnx_graph_of_two_inputs_or_no_image_is_refused(tmp_path: Path) -> None:
    """The inputs are named."""
    import onnx
    from onnx import TensorProto, helper

    def save(*inputs: tuple[str, list[Any]]) -> str:
        given = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in inputs]
        made_of = [inputs[0][0], inputs[-1][0]]
        graph = helper.make_graph(
            [helper.make_node("Add", made_of, ["sum"])],
            "g",
            given,
            [helper.make_tensor_value_info("sum", TensorProto.FLOAT, None)],
        )
        opsets = [helper.make_opsetid("", 17)]
        onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), tmp_path / "b.onnx")
        return str(tmp_path / "b.onnx")

    image = [1, 3, "h", "w"]
    assert "it has 2 inputs (a [1, 3, 'h', 'w'], b" in refused(save(("a", image), ("b", image)))
    assert "expected an image of four axes" in refused(save(("a", [1, 10])))
    assert "its input is a batch of 4 images" in refused(save(("a", [4, 3, "h", "w"])))
    assert "expected 1 channel (luma) or 3 (RGB)" in refused(save(("a", [1, 16, 8, 9])))


@pytest.mark.parametrize("sides", [(20, 32), ("h", 32)])
def test_a_tile_that_a_file_does_not_take_is_refused(
    sides: tuple[int | str, int], tmp_path: Path
) -> None:
    """Nothing was said, and the first image ended in ONNX Runtime's own error."""
    file = save_onnx(made(SubPixel), tmp_path / "a.onnx", sides=sides)
    own = f"{sides[0] if sides[0] == 20 else 'any'} x 32"
    said = refused(f"{file},tile=20x30")
    assert said.endswith(f"its input is {own}, but tile=20x30 is stated; leave it out.")


def test_an_image_of_other_channels_is_refused_by_the_loaded_model(tmp_path: Path) -> None:
    """A run never does that; a script may."""
    loaded = model_method(str(save_onnx(made(SubPixel), tmp_path / "a.onnx"))).load(2)
    with pytest.raises(MethodError, match=r"The network takes luma, expected an image \(H, W, 1\)"):
        loaded(np.zeros((4, 4, 3), dtype=np.float32))


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 123\n"
PAGE = b"\xef\xbb\xbf\n<!DOCTYPE html><html><body>Not found</body></html>"
REFUSAL = b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'


@pytest.mark.parametrize(
    "suffix", ["onnx", "pt", "ts", "pt2", "pth", "ckpt", "bin", "safetensors", "param"]
)
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (POINTER, "it is a Git LFS pointer to the file; fetch the file: git lfs pull."),
        (PAGE, "it is a page (HTML or XML) that was saved under the file's name; download"),
        (REFUSAL, "it is a page (HTML or XML) that was saved under the file's name; download"),
    ],
)
def test_what_lies_in_the_place_of_a_file_is_named(
    suffix: str, content: bytes, problem: str, tmp_path: Path
) -> None:
    """It was said to be a pickle that would run code."""
    file = tmp_path / f"a.{suffix}"
    file.write_bytes(content)
    file.with_suffix(".bin").write_bytes(content)
    assert problem in refused(str(file))


def test_a_file_of_another_format_is_named(tmp_path: Path, classes: Path) -> None:
    """Under a name that is not its own, and as the weights of a class."""
    network = made(SubPixel)
    save_onnx(network, tmp_path / "a.onnx").rename(tmp_path / "a.pth")
    assert "it is an ONNX file; give it the suffix .onnx" in refused(str(tmp_path / "a.pth"))
    save_state(network, tmp_path / "a.safetensors").rename(tmp_path / "b.ckpt")
    assert "it is a safetensors file; give it" in refused(str(tmp_path / "b.ckpt"))
    graph = save_onnx(network, tmp_path / "a.onnx")
    said = refused(f"{classes}:Vdsr,weights={graph}")
    assert "its weights, a.onnx: it is an ONNX file; give it the suffix .onnx" in said


def test_weights_that_cannot_be_read_are_named(tmp_path: Path, classes: Path) -> None:
    """Beside the file of the class."""
    said = refused(f"{classes}:Vdsr,weights={tmp_path / 'none.pth'}")
    assert said.endswith("its weights, none.pth: there is no such file; expected one of weights.")
    (tmp_path / "a.pth").write_bytes(b"hello" * 100)
    said = refused(f"{classes}:Vdsr,weights={tmp_path / 'a.pth'}")
    assert "its weights, a.pth: it is not a file of weights that can be read: it is dama" in said


@pytest.mark.parametrize("path", [("model", "state_dict"), ("net", "params"), ("params", "ema")])
def test_weights_are_found_in_any_wrappers(path: tuple[str, str], tmp_path: Path) -> None:
    """In whatever order training code puts one into the other."""
    outer, inner = path
    state = {inner: made(Vdsr).state_dict(), "epoch": 3}
    torch.save({outer: state, "epoch": 3}, tmp_path / "a.pth")
    assert model_method(str(tmp_path / "a.pth")).colour == "luma"


@pytest.mark.parametrize(
    "prefix", ["module.", "_orig_mod.module.", "module._orig_mod.", "net.", "model.generator."]
)
def test_what_wrappers_put_before_all_names_is_left_out(
    prefix: str, tmp_path: Path, classes: Path
) -> None:
    """One around the other, in any order."""
    state = {f"{prefix}{name}": one for name, one in made(Vdsr).state_dict().items()}
    torch.save(state, tmp_path / "a.pth")
    method = model_method(f"{classes}:Vdsr,weights={tmp_path / 'a.pth'}")
    plain = model_method(f"{classes}:Vdsr,weights={save_state(made(Vdsr), tmp_path / 'b.pth')}")
    image = np.full((9, 8, 1), 0.5, np.float32)
    np.testing.assert_array_equal(method.load(2)(image), plain.load(2)(image))


def test_weights_of_whole_numbers_are_refused(tmp_path: Path, classes: Path) -> None:
    """How they were quantised is not known: as floats they would be hundreds of times too large."""
    state = {name: one.to(torch.int8) for name, one in made(Vdsr).state_dict().items()}
    torch.save(state, tmp_path / "a.pth")
    said = refused(str(tmp_path / "a.pth"))
    assert "its weights, like inner.0.weight, are int8; expected floating-point numbers" in said
    said = refused(f"{classes}:Vdsr,weights={tmp_path / 'a.pth'}")
    assert "first.weight is torch.int8 instead of torch.float32" in said


def test_a_network_of_four_channels_is_refused(tmp_path: Path) -> None:
    """In every format that says how many it has."""
    network = made(SubPixel, channels=4)
    expected = "its input has 4 channels; expected 1 (luma) or 3 (RGB)."
    assert refused(str(save_onnx(network, tmp_path / "a.onnx"))).endswith(expected)
    exported = save_exported(network, tmp_path / "a.pt2", (1, 4, 24, 28))
    assert refused(str(exported)).endswith(expected)


class Enhancer(torch.nn.Module):
    """A module that is called by another name."""

    @torch.jit.export
    def enhance(self, image: torch.Tensor) -> torch.Tensor:
        """Do nothing."""
        return image


def test_a_torchscript_file_without_forward_is_refused(tmp_path: Path) -> None:
    """It cannot be called with an image."""
    said = refused(str(save_torchscript(Enhancer(), tmp_path / "a.pt")))
    assert "it has no forward(); expected a network that is called with an image" in said


class Picky(torch.nn.Module):
    """A network that takes noise, but no photograph."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Run it on a batch."""
        if (image[:, :, 1:] - image[:, :, :-1]).abs().mean() < 0.2:
            raise RuntimeError("expected noise")
        return image.repeat_interleave(2, 2).repeat_interleave(2, 3)


def test_a_network_that_fails_on_a_photograph_is_refused() -> None:
    """With what it says."""
    said = refusal_of(lambda: network_method(Picky(), "net"))
    assert "it takes noise of 48x64, but no photograph of 48x64: RuntimeError: expected n" in said


def test_an_output_that_there_is_not_is_refused_with_the_number_of_those_there_are(
    tmp_path: Path,
) -> None:
    """Numbers begin at 0."""
    file = save_onnx(made(SubPixel), tmp_path / "a.onnx")
    assert refused(f"{file},output=5").endswith("it has 1 output; output= takes 0.")
    said = refusal_of(lambda: network_method(Odd("two images"), "net", output=2))
    assert said == "it has 2 outputs; output= takes 0 to 1."
