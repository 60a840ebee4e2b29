"""Running a network: any size, any array, in windows, on a device, with its cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from upbench.methods._shared import inference
from upbench.methods._shared.forms import Folded, Form, Reassembled, running_form, shuffled
from upbench.methods._shared.head import Head
from upbench.methods._shared.inference import Runner, windows
from upbench.methods._shared.network import SHAPES, collapse, untrained
from upbench.methods._shared.subpixel import build
from upbench.methods.learned.carafe import HEAD as CARAFE
from upbench.methods.learned.resize_conv import BILINEAR
from upbench.methods.learned.transposed_conv import TransposedConv9

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.methods._shared.network import Network

SUBPIXEL = Head("subpixel-conv", build)
each_head = pytest.mark.parametrize(
    "head", [SUBPIXEL, BILINEAR, TransposedConv9.head, CARAFE], ids=lambda head: head.name
)
each_scale = pytest.mark.parametrize("scale", [2, 3, 4])


def network_of(head: Head, scale: int = 2) -> Network:
    """Return a network as training begins, with biases, in the form that is shipped."""
    network = collapse(untrained(head, SHAPES["small"], scale, seed=0))
    with torch.no_grad():  # biases begin at zero, which would hide what they do at borders
        for name, parameter in network.trunk.named_parameters():
            parameter.add_(0.05 if name.endswith("bias") else 0)
    return network


def image_of(noise: Callable[..., torch.Tensor], height: int, width: int) -> Any:
    """Return an image that cannot be written to."""
    image = noise(height, width, 1).numpy()
    image.flags.writeable = False
    return image


@each_scale
@each_head
def test_windows_give_the_whole_image(
    head: Head, scale: int, noise: Callable[..., torch.Tensor]
) -> None:
    """Window by window the output is that of the whole image, to a millionth of its range."""
    runner = Runner(network_of(head, scale))
    image = image_of(noise, 61, 83)
    runner.side = 100
    whole = runner(image)
    runner.side = 32
    difference = np.abs(runner(image) - whole).max()

    assert difference < 1e-6 * max(np.abs(whole).max(), 1)


@each_head
def test_smaller_overlap_would_show(head: Head, noise: Callable[..., torch.Tensor]) -> None:
    """The overlap is needed: two pixels less change the output at the windows' borders."""
    runner = Runner(network_of(head))
    image = image_of(noise, 61, 83)
    whole = runner(image)
    runner.side, runner.form.overlap = 32, runner.form.overlap - 2

    assert np.abs(runner(image) - whole).max() > 1e-6


@pytest.mark.parametrize("size", [1, 20, 21, 22, 33, 100, 101, 1000])
@pytest.mark.parametrize(("side", "overlap"), [(20, 3), (21, 2), (13, 6), (384, 14)])
def test_windows_cover_an_axis_once(size: int, side: int, overlap: int) -> None:
    """Windows are equal and within bounds; all is kept once, and far from where they end."""
    found = windows(size, side, overlap)
    lengths = {window.last - window.first for window in found}
    borders = [window.start for window in found] + [found[-1].stop]

    assert len(lengths) == 1
    assert max(lengths) <= side
    assert borders == sorted(set(borders))
    assert (borders[0], borders[-1]) == (0, size)
    for window in found:
        assert window.first >= 0
        assert window.last <= size
        assert window.first == 0 or window.start - window.first >= overlap
        assert window.last == size or window.last - window.stop >= overlap
        assert window.start <= window.stop


@each_head
def test_any_array_is_taken(head: Head, noise: Callable[..., torch.Tensor]) -> None:
    """Turned, strided and read-only images give what their copies give, and stay as they are."""
    runner = Runner(network_of(head))
    image = image_of(noise, 20, 24)
    before = image.copy()
    for view in (image, image[::-1], image[:, ::-2], image[3:17, 5:6]):
        output = runner(view)
        assert np.array_equal(output, runner(view.copy()))
        assert output.shape == (view.shape[0] * 2, view.shape[1] * 2, 1)
        assert output.dtype == np.float32
    assert np.array_equal(image, before)


def test_output_is_the_callers_own(noise: Callable[..., torch.Tensor]) -> None:
    """An output can be written to, and the next call does not write to it."""
    runner = Runner(network_of(SUBPIXEL))
    first = runner(image_of(noise, 9, 9))
    kept = first.copy()
    runner(1 - image_of(noise, 9, 9))
    assert np.array_equal(first, kept)
    first += 1


@each_scale
def test_shuffling_is_torchs(scale: int, noise: Callable[..., torch.Tensor]) -> None:
    """The phases are laid out as pixel_shuffle does, in either memory order."""
    phases = noise(2, scale**2, 5, 7)
    for ordered in (phases, phases.to(memory_format=torch.channels_last)):
        assert torch.equal(shuffled(ordered, scale), functional.pixel_shuffle(phases, scale))


def test_each_head_runs_in_its_fastest_form() -> None:
    """Linear heads run folded, CARAFE reassembles nine planes; a new layer runs as it is."""
    unknown = Head("unknown", build, linear=False)

    assert type(running_form(network_of(SUBPIXEL))) is Folded
    assert type(running_form(network_of(CARAFE))) is Reassembled
    assert type(running_form(network_of(unknown))) is Form


def test_unknown_layer_runs_as_defined(noise: Callable[..., torch.Tensor]) -> None:
    """A head that nobody knows how to fold gives its own output; its cost is not known."""
    network = network_of(Head("unknown", build, linear=False))
    low = noise(1, 1, 9, 8)
    with torch.no_grad():
        expected = network.unfolded(low)[0, 0, :, :, None].numpy()
    runner = Runner(network)

    np.testing.assert_allclose(runner(low[0, 0, :, :, None].numpy()), expected, atol=1e-6)
    assert runner.form.macs_per_px is None


@pytest.mark.parametrize(
    ("head", "scale", "expected"),
    [
        # per input pixel: first layer 9 * 16, four of 9 * 16 * 16, bicubic 25 * s * s, head
        (SUBPIXEL, 2, (144 + 4 * 2304 + 100 + 4 * 144) / 4),
        (SUBPIXEL, 4, (144 + 4 * 2304 + 400 + 16 * 144) / 16),
        (TransposedConv9.head, 2, (144 + 4 * 2304 + 100 + 4 * 16 * 25) / 4),
        # no more taps than those that are not zero
        (BILINEAR, 3, (144 + 4 * 2304 + 225 + 9 * 144) / 9),
        # per input pixel nine sums; per output pixel 9 weights from 16 channels, 9 means of 9
        (CARAFE, 2, (144 + 4 * 2304 + 100 + 9 * 16) / 4 + 9 * 16 + 9 * 9),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_cost_is_stated(head: Head, scale: int, expected: float) -> None:
    """Multiply-adds per output pixel are those of the form that runs, counted by hand."""
    assert running_form(network_of(head, scale)).macs_per_px == pytest.approx(expected)


class Elsewhere:
    """Stands in for tensors on a GPU: notes what is sent there, and what is fetched back."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.sent: list[tuple[int, ...]] = []
        self.fetched: list[tuple[int, ...]] = []
        patch.setattr(torch.Tensor, "to", self._send(torch.Tensor.to))
        patch.setattr(torch.Tensor, "cpu", self._fetch())
        patch.setattr(torch.nn.Module, "to", self._move(torch.nn.Module.to))

    def _send(self, there: Any) -> Any:
        def to(tensor: torch.Tensor, *where: Any, **how: Any) -> torch.Tensor:
            if where == ("cuda",):
                self.sent.append(tuple(tensor.shape))
                return tensor
            moved: torch.Tensor = there(tensor, *where, **how)
            return moved

        return to

    def _fetch(self) -> Any:
        def cpu(tensor: torch.Tensor) -> torch.Tensor:
            self.fetched.append(tuple(tensor.shape))
            return tensor

        return cpu

    def _move(self, there: Any) -> Any:
        def to(module: torch.nn.Module, *where: Any, **how: Any) -> Any:
            return module if where == ("cuda",) else there(module, *where, **how)

        return to


def test_gpu_gets_windows_and_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, noise: Callable[..., torch.Tensor]
) -> None:
    """Each window goes to the GPU and comes back within the call, which waits until it is done."""
    image = image_of(noise, 30, 40)
    expected = Runner(network_of(SUBPIXEL))(image)
    gpu = Elsewhere(monkeypatch)
    monkeypatch.setattr(inference, "GPU_WINDOW", 28)
    output = Runner(network_of(SUBPIXEL), "cuda")(image)

    np.testing.assert_allclose(output, expected, atol=1e-6)
    assert len(gpu.sent) == len(gpu.fetched) == 4
    assert {(height * 2, width * 2) for _, _, height, width in gpu.sent} == {
        (height, width) for _, _, height, width in gpu.fetched
    }
    assert max(gpu.sent[0][2:]) <= 28
