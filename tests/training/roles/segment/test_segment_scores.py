"""Scores of a segmentation, against other implementations."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from scipy.spatial.distance import cdist

from upbench.benchmark.training.roles.segment import scores

CLASSES = 4


def labelled(seed: int, side: int = 40, void: float = 0.1) -> np.ndarray:
    """Return blocks of classes with some void, ``(side, side + 8)``."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, CLASSES, (side // 8, side // 8 + 1), dtype=np.uint8)
    labels = small.repeat(8, axis=0).repeat(8, axis=1)
    return np.where(rng.random(labels.shape) < void, CLASSES, labels).astype(np.uint8)


def predicted(truth: np.ndarray, seed: int, wrong: float = 0.3) -> np.ndarray:
    """Return a guess: the truth, moved and partly replaced, never void."""
    rng = np.random.default_rng(seed)
    guess = np.where(rng.random(truth.shape) < wrong, rng.integers(0, CLASSES, truth.shape), truth)
    guess = np.roll(guess, 1, axis=1)
    return np.where(guess == CLASSES, 0, guess).astype(np.uint8)


@pytest.mark.parametrize("seed", range(4))
def test_mean_iou_and_accuracy_are_those_of_torchmetrics(seed: int) -> None:
    """Over several images at once, without void: to the last digits of float32."""
    from torchmetrics.classification import MulticlassAccuracy, MulticlassJaccardIndex

    options = {"num_classes": CLASSES, "ignore_index": CLASSES, "validate_args": False}
    iou = MulticlassJaccardIndex(average="macro", **options)
    accuracy = MulticlassAccuracy(average="micro", **options)
    tally = scores.Tally(CLASSES)
    for image in range(3):
        truth = labelled(10 * seed + image)
        guess = predicted(truth, seed)
        tally.add(truth, guess, boundaries=False)
        pair = (torch.from_numpy(guess).long(), torch.from_numpy(truth).long())
        iou.update(*pair)
        accuracy.update(*pair)
    assert tally.mean_iou == pytest.approx(float(iou.compute()), abs=1e-6)
    assert tally.pixel_accuracy == pytest.approx(float(accuracy.compute()), abs=1e-6)


def test_a_class_that_is_nowhere_does_not_count() -> None:
    """One that is predicted in vain counts 0."""
    truth = np.array([[0, 0, 1, 1]], np.uint8)
    absent, vain = scores.Tally(3), scores.Tally(3)
    absent.add(truth, truth, boundaries=False)
    vain.add(truth, np.array([[0, 0, 1, 2]], np.uint8), boundaries=False)
    assert absent.mean_iou == 1
    assert vain.mean_iou == pytest.approx((1 + 0.5 + 0) / 3)


def test_nothing_labelled_has_no_score() -> None:
    """An image of void alone: no mean IoU, no accuracy, no boundary, and no division by zero."""
    tally, void = scores.Tally(2), np.full((8, 8), 2, np.uint8)
    tally.add(void, np.zeros((8, 8), np.uint8))
    assert math.isnan(tally.mean_iou)
    assert math.isnan(tally.boundary_f)
    assert math.isnan(tally.pixel_accuracy)


# ------------------------------------------------------------------ boundary F


def by_distances(truth: np.ndarray, guess: np.ndarray) -> float:
    """Return the boundary F by its definition, from all distances between boundary pixels."""
    guess = np.where(truth == CLASSES, CLASSES, guess)
    reach, found = 0.0075 * math.hypot(*truth.shape), []
    for number in range(CLASSES):
        true, given = (np.argwhere(edge(labels, number)) for labels in (truth, guess))
        if len(true) + len(given) == 0:
            continue
        if min(len(true), len(given)) == 0:
            found.append(0.0)
            continue
        distances = cdist(given, true)
        precision = (distances.min(axis=1) <= reach).mean()
        recall = (distances.min(axis=0) <= reach).mean()
        both = precision + recall
        found.append(2 * precision * recall / both if both else 0.0)
    return float(np.mean(found))


def edge(labels: np.ndarray, number: int) -> np.ndarray:
    """Return a class's boundary, pixel by pixel."""
    found = np.zeros(labels.shape, bool)
    for (row, column), label in np.ndenumerate(labels):
        for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0)):
            place = (row + down, column + right)
            inside = 0 <= place[0] < labels.shape[0] and 0 <= place[1] < labels.shape[1]
            if label == number and inside and labels[place] not in {number, CLASSES}:
                found[row, column] = True
    return found


@pytest.mark.parametrize(
    ("seed", "void", "side"), [(0, 0.0, 40), (1, 0.1, 40), (2, 0.02, 104), (3, 0.0, 104)]
)
def test_boundary_f_is_its_definition(seed: int, void: float, side: int) -> None:
    """The same number as from all distances.

    Nothing but the pixel itself is within reach at 40 px (0.47), its neighbours are at 104 (1.15).
    """
    truth = labelled(seed, side, void)
    guess = predicted(truth, seed, wrong=0.02)
    assert scores.boundary_f(truth, guess, CLASSES) == pytest.approx(by_distances(truth, guess))


def test_boundary_f_is_one_within_the_tolerance_and_falls_beyond() -> None:
    """A shift of 2 pixels is right and one of 3 is not: of CamVid's the tolerance is 2.25."""
    found = []
    for shift in (0, 2, 3):
        truth, guess = np.zeros((2, 180, 240), np.uint8)
        truth[:, 120:] = 1
        guess[:, 120 + shift :] = 1
        found.append(scores.boundary_f(truth, guess, 2))
    assert found == [1, 1, 0]


def test_what_is_said_of_void_changes_nothing() -> None:
    """Predictions under void have no boundary, and void makes none."""
    truth = labelled(3, void=0)
    truth[:, 20:30] = CLASSES
    guess = predicted(truth, 3)
    other = np.where(truth == CLASSES, 1, guess).astype(np.uint8)
    expected = scores.boundary_f(truth, guess, CLASSES)
    assert scores.boundary_f(truth, other, CLASSES) == expected


# ------------------------------------------------------------------ lattice energy


def patterned(period: int, levels: float, side: int = 256) -> np.ndarray:
    """Return smooth maps of two classes, with a pattern of a period: rms in 1/255."""
    down, right = np.mgrid[:side, :side]
    smooth = 0.5 + 0.05 * np.sin(down / 29) * np.cos(right / 37)
    wave = np.sqrt(2) * np.cos(2 * np.pi * right / period) if period > 2 else (-1.0) ** right
    one = smooth + levels / 255 * wave
    return np.stack([one, 1 - one], axis=2)


@pytest.mark.parametrize("period", [2, 4, 8, 16])
def test_a_pattern_counts_at_its_own_period_alone(period: int) -> None:
    """A pattern of one level is 11.1 dB there and nothing at the periods beside it."""
    maps = [patterned(period, 1.0)]
    found = {other: scores.lattice_db(maps, other) for other in (2, 4, 8, 16)}
    assert found.pop(period) == pytest.approx(10 * math.log10(13), abs=1.0)
    assert max(found.values()) < 1


def test_smooth_maps_and_sharp_ones_have_none() -> None:
    """Neither slopes nor edges are taken for a lattice."""
    noise = np.random.default_rng(0).normal(size=(192, 256))
    sharp = (gaussian_filter(noise, 9) > 0).astype(float)[:, :, None]
    for maps in (patterned(2, 0.0), np.concatenate([sharp, 1 - sharp], axis=2)):
        assert max(scores.lattice_db([maps], period) for period in (2, 4, 8, 16)) < 1


def test_the_power_is_averaged_over_images() -> None:
    """Half the images with a pattern of one level: half its power, not half its decibels."""
    maps = [patterned(4, 1.0), patterned(4, 0.0)]
    one = 10 ** (scores.lattice_db(maps[:1], 4) / 10) - 1
    both = 10 ** (scores.lattice_db(maps, 4) / 10) - 1
    assert both == pytest.approx(one / 2, rel=1e-3)
