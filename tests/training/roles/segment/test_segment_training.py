"""Training of a segmentation network: what is learned, what is repeated, what is measured."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from upbench.benchmark.core.contract import Layer
from upbench.benchmark.training.roles.segment import ROLE
from upbench.benchmark.training.roles.segment.network import DECODER, ENCODER, Segmenter
from upbench.benchmark.training.roles.segment.recipe import (
    BATCH,
    RATE,
    class_weights,
    crops,
    rate_at,
)
from upbench.benchmark.training.roles.segment.shapes import make_shapes
from upbench.layers import named, names

if TYPE_CHECKING:
    from upbench.benchmark.training.roles.segment.data import Scenes
    from upbench.benchmark.training.roles.segment.training import SegmentTraining

STEPS = 3


@pytest.fixture(scope="module")
def scenes() -> Scenes:
    """Return a few small images; the validation images have sides that are no multiple of 16."""
    return make_shapes((6, 2, 2), 40, 32)


def begun(scenes: Scenes, layer: str = "transposed-conv-even", seed: int = 0) -> SegmentTraining:
    """Return a training before its first step."""
    begun: Any = ROLE.begin(named(layer), seed, scenes, STEPS, "cpu")
    return begun


def weights(training: SegmentTraining) -> dict[str, np.ndarray]:
    """Return copies of all weights and running means."""
    return {name: v.numpy().copy() for name, v in training.network.state_dict().items()}


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    """Say whether weights are the same to the bit."""
    return all(np.array_equal(one[name], other[name]) for name in one)


# ------------------------------------------------------------------ the network


@pytest.mark.parametrize("layer", names())
def test_every_layer_fits_into_the_network(layer: str) -> None:
    """Scores of every class at every pixel, finite, and a gradient for every weight."""
    torch.manual_seed(0)
    network = Segmenter(named(layer), 5)
    scores = network(torch.rand(2, 3, 32, 48))
    assert scores.shape == (2, 5, 32, 48)
    scores.square().mean().backward()
    assert all(torch.isfinite(weight.grad).all() for weight in network.parameters())


def test_the_network_is_as_small_as_is_said() -> None:
    """About 0.7 million weights, whatever the layer."""
    counts = [
        sum(weight.numel() for weight in Segmenter(named(layer), 11).parameters())
        for layer in ("transposed-conv-even", "resize-conv-nearest", "subpixel-conv")
    ]
    assert all(600_000 < count < 800_000 for count in counts)


def test_layers_see_the_same_encoder_under_one_seed() -> None:
    """What differs between two rows of one seed is the layer, not the luck of the encoder."""
    found = []
    for layer in ("transposed-conv-9", "subpixel-conv-icnr"):
        torch.manual_seed(3)
        found.append(Segmenter(named(layer), 5))
    one, other = (dict(network.state_dict()) for network in found)
    shared = [name for name in one if not name.startswith("layers.")]
    assert len(shared) > 40
    assert all(torch.equal(one[name], other[name]) for name in shared)


def test_the_layer_is_in_every_upsampling_step() -> None:
    """Four steps of x2, from the deepest features to the classes."""
    asked: list[tuple[int, int, int]] = []

    def build(inputs: int, outputs: int, scale: int) -> torch.nn.Module:
        asked.append((inputs, outputs, scale))
        return named("resize-conv-nearest").build(inputs, outputs, scale)

    Segmenter(Layer("spy", target=build, source="a test", summary="a test"), 7)
    assert asked == [(64, 32, 2), (32, 16, 2), (16, 16, 2), (16, 7, 2)]


def test_every_skip_reaches_the_output() -> None:
    """Without the deepest features, and without each skip, the scores are others."""
    torch.manual_seed(0)
    network = Segmenter(named("resize-conv-bilinear"), 5).eval()
    image = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        whole = network(image)
        for skip in network.skips:
            kept = skip.weight.clone()
            skip.weight.zero_()
            assert not torch.allclose(network(image), whole)
            skip.weight.copy_(kept)


def test_widths_let_max_unpooling_take_the_poolings_indices() -> None:
    """Each step on the way back has the channels that the encoder pools on the way there."""
    assert DECODER[:-1] == ENCODER[-2::-1]


# ------------------------------------------------------------------ the training


def test_a_training_repeats_itself(scenes: Scenes) -> None:
    """One seed, the same losses and the same weights to the bit; another seed, others."""
    losses, ends = [], []
    for seed in (0, 0, 1):
        training = begun(scenes, seed=seed)
        losses.append([training.step()["cross_entropy"] for _ in range(STEPS)])
        ends.append(weights(training))
    assert losses[0] == losses[1] != losses[2]
    assert same(ends[0], ends[1])
    assert not same(ends[0], ends[2])


def test_a_resumed_training_ends_with_the_same_weights(scenes: Scenes) -> None:
    """State after one step, put into a fresh training of another seed's begin, goes on exactly."""
    whole = begun(scenes)
    whole.step()
    state = whole.state()
    kept = {key: _copied(value) for key, value in state.items()}
    for _ in range(STEPS - 1):
        whole.step()
    resumed = begun(scenes)
    resumed.restore(kept)
    for _ in range(STEPS - 1):
        resumed.step()
    assert same(weights(whole), weights(resumed))
    assert resumed.measure()["mean_iou"] == whole.measure()["mean_iou"]


def _copied(value: Any) -> Any:
    """Copy a state, as a checkpoint would."""
    if isinstance(value, torch.Tensor):
        return value.clone()
    if isinstance(value, dict):
        return {key: _copied(part) for key, part in value.items()}
    return [_copied(part) for part in value] if isinstance(value, list | tuple) else value


def test_measuring_changes_nothing(scenes: Scenes) -> None:
    """A training that is scored after each step ends where one that is not ends."""
    plain, scored = begun(scenes), begun(scenes)
    for _ in range(STEPS):
        scored.measure()
        scored.pictures()
        plain.step()
        scored.step()
    assert same(weights(plain), weights(scored))


def test_a_state_of_another_layer_is_refused(scenes: Scenes) -> None:
    """The loop takes it for a damaged checkpoint and begins again."""
    with pytest.raises(RuntimeError):
        begun(scenes).restore(begun(scenes, "subpixel-conv").state())


def test_test_images_are_scored_at_the_end_alone(scenes: Scenes) -> None:
    """Along training the validation images say how far it is; in the end every column is known.

    But for those that these small images do not define.
    """
    training = begun(scenes)
    early = training.measure()
    for _ in range(STEPS):
        training.step()
    late = training.measure()
    assert early.get("mean_iou") is None
    assert 0 <= early["validation_iou"] <= 1
    unknown = {column.key for column in ROLE.columns if late.get(column.key) is None}
    assert unknown == set(scenes.undefined)
    assert set(late) == {column.key for column in ROLE.columns}
    assert 0 <= late["mean_iou"] <= late["pixel_accuracy"] <= 1
    assert late["parameters"] == sum(w.numel() for w in training.network.parameters())


def test_multiplications_are_those_of_the_convolutions(scenes: Scenes) -> None:
    """Counted a second way: by the shapes that go through each convolution."""
    training, counted = begun(scenes, "resize-conv-nearest"), []

    def count(module: Any, _inputs: Any, output: torch.Tensor) -> None:
        counted.append(output.numel() * module.weight[0].numel())

    handles = [
        module.register_forward_hook(count)
        for module in training.network.modules()
        if isinstance(module, torch.nn.Conv2d)
    ]
    training._predict(scenes.test.images[:1])
    for handle in handles:
        handle.remove()
    assert training._costs()["mega_macs"] == pytest.approx(sum(counted) / 1e6)


def test_a_batch_without_a_label_has_a_loss_of_zero(scenes: Scenes) -> None:
    """Crops of void alone have a loss of 0, not one that is no number."""
    void = replace(scenes.train, labels=np.full_like(scenes.train.labels, scenes.void))
    training = begun(scenes)
    training.data = replace(scenes, train=void)
    assert training.step() == {"cross_entropy": 0.0}
    assert all(np.isfinite(value).all() for value in weights(training).values())


def test_it_learns(scenes: Scenes) -> None:
    """On one batch again and again the loss falls by far."""
    few = make_shapes((4, 1, 1), 32, 32)
    training: Any = ROLE.begin(named("resize-conv-bilinear"), 0, few, 30, "cpu")
    losses = [training.step()["cross_entropy"] for _ in range(30)]
    assert np.mean(losses[-5:]) < 0.6 * np.mean(losses[:5])


def test_initial_layers_differ_in_lattice_energy() -> None:
    """Random transposed and sub-pixel kernels begin with a checkerboard, the others with none."""
    scenes = make_shapes((4, 2, 1), 64, 64)
    found = {
        layer: begun(scenes, layer).measure()["lattice_2_db"]
        for layer in ("transposed-conv-uneven", "subpixel-conv", "resize-conv-nearest",
                      "subpixel-conv-icnr")
    }  # fmt: skip
    assert min(found["transposed-conv-uneven"], found["subpixel-conv"]) > 10
    assert max(found["resize-conv-nearest"], found["subpixel-conv-icnr"]) < 1.5


def test_predictions_of_odd_sides_have_the_images_size() -> None:
    """What is filled up to a multiple of 16 is cut off again; probabilities add up to one."""
    scenes = make_shapes((2, 1, 1), 32, 32)
    training: Any = ROLE.begin(named("resize-conv-nearest"), 0, scenes, STEPS, "cpu")
    maps = training._predict(np.zeros((2, 33, 50, 3), np.uint8))
    assert maps.shape == (2, 33, 50, 5)
    assert np.allclose(maps.sum(axis=3), 1, atol=1e-5)


def test_kept_weights_give_the_same_classes(scenes: Scenes) -> None:
    """Half precision is enough: less than one pixel in a hundred changes."""
    training = begun(scenes)
    for _ in range(STEPS):
        training.step()
    kept = training.weights()
    assert all(value.dtype == torch.float16 for value in kept.values())
    whole = training._predict(scenes.test.images).argmax(axis=3)
    floats = {name: value.float() for name, value in kept.items()}
    missing, unexpected = training.network.load_state_dict(floats, strict=False)
    assert not unexpected
    assert all(name.endswith("num_batches_tracked") for name in missing)
    assert (training._predict(scenes.test.images).argmax(axis=3) != whole).mean() < 0.01


# ------------------------------------------------------------------ batches, weights, rates


def test_a_batch_follows_from_seed_and_step(scenes: Scenes) -> None:
    """Crops of the wanted size with their labels, some mirrored, the same whenever asked."""
    images, labels = crops(scenes.train, (32, 16), (0, 7))
    again, _ = crops(scenes.train, (32, 16), (0, 7))
    other, _ = crops(scenes.train, (32, 16), (0, 8))
    assert images.shape == (BATCH, 32, 16, 3)
    assert labels.shape == (BATCH, 32, 16)
    assert np.array_equal(images, again)
    assert not np.array_equal(images, other)


def test_labels_are_cut_and_mirrored_with_their_image() -> None:
    """Where the image is bright there is class 1, in every crop."""
    scenes = make_shapes((2, 1, 1), 48, 32)
    marked = np.repeat((scenes.train.labels * 40)[..., None], 3, axis=3)
    split = type(scenes.train)(marked, scenes.train.labels)
    for step in range(8):
        images, labels = crops(split, (32, 32), (0, step))
        assert np.array_equal(images[..., 0], labels * 40)


def test_rare_classes_weigh_more_and_absent_ones_nothing() -> None:
    """The square root of median frequency over frequency."""
    found = class_weights(np.array([0.64, 0.16, 0.16, 0.04, 0.0]))
    assert found.tolist() == pytest.approx([0.5, 1.0, 1.0, 2.0, 0.0])


def test_the_rate_rises_and_falls() -> None:
    """From little to the highest within 50 steps, then half a cosine to nothing."""
    rates = [rate_at(step, 1000) for step in range(1000)]
    assert rates[0] == pytest.approx(RATE / 50)
    assert max(rates) == pytest.approx(RATE, rel=0.01)
    assert rates.index(max(rates)) == 49
    assert rates[500] == pytest.approx(RATE / 2)
    assert 0 < rates[-1] < 1e-4 * RATE
    assert all(math.isfinite(rate_at(0, steps)) for steps in (1, 2, 3))
