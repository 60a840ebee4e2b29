"""Scores of a segmentation: mean IoU, pixel accuracy, boundary F, lattice energy.

Labels are uint8 ``(H, W)``; the number of classes stands for void, which counts nowhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.metrics.checkerboard import decibel, lattice_score

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Labels = NDArray[np.uint8]
    Mask = NDArray[np.bool_]

__all__ = ["TOLERANCE", "Tally", "boundary", "boundary_f", "lattice_db", "mean_iou"]

TOLERANCE = 0.0075
"""Distance within which two boundaries match, as a share of the image's diagonal."""


@dataclass
class Tally:
    """What is counted over the images of a set.

    Args:
        classes: How many classes there are.
    """

    classes: int
    confusion: NDArray[np.int64] = field(init=False)
    """Pixels by true class and predicted class, ``(classes, classes)``."""
    boundaries: list[float] = field(default_factory=list)
    """Boundary F of each image that has a boundary."""

    def __post_init__(self) -> None:
        """Begin with nothing."""
        self.confusion = np.zeros((self.classes, self.classes), np.int64)

    def add(self, truth: Labels, predicted: Labels, *, boundaries: bool = True) -> None:
        """Count an image."""
        known = truth < self.classes
        pairs = truth[known].astype(np.int64) * self.classes + predicted[known]
        counts = np.bincount(pairs, minlength=self.classes**2)
        self.confusion += counts.reshape(self.confusion.shape)
        if boundaries:
            score = boundary_f(truth, predicted, self.classes)
            self.boundaries += [] if math.isnan(score) else [score]

    @property
    def mean_iou(self) -> float:
        """Mean over classes of intersection over union, over all images at once."""
        return mean_iou(self.confusion)

    @property
    def pixel_accuracy(self) -> float:
        """Share of the labelled pixels that are right; NaN where none is labelled."""
        labelled = int(self.confusion.sum())
        return float(np.trace(self.confusion)) / labelled if labelled else math.nan

    @property
    def boundary_f(self) -> float:
        """Mean over the images that have a boundary."""
        return float(np.mean(self.boundaries)) if self.boundaries else math.nan


def mean_iou(confusion: NDArray[np.int64]) -> float:
    """Return the mean over classes of intersection over union, 0 to 1.

    ``n_cc / (n_c. + n_.c - n_cc)`` of the confusion matrix of all pixels of a set (M. Everingham et
    al., "The Pascal Visual Object Classes (VOC) Challenge", IJCV 88, 2010; FCN's "mean IU").  A
    class that is neither there nor predicted does not count.

    >>> mean_iou(np.array([[3, 1], [1, 3]]))
    0.6
    """
    right = np.diag(confusion)
    union = confusion.sum(axis=0) + confusion.sum(axis=1) - right
    shown = union > 0
    return float((right[shown] / union[shown]).mean()) if shown.any() else math.nan


def boundary_f(truth: Labels, predicted: Labels, classes: int) -> float:
    """Return the boundary F of one image, 0 to 1; NaN without any boundary.

    G. Csurka, D. Larlus and F. Perronnin, "What is a good evaluation measure for semantic
    segmentation?", BMVC 2013: for each class, precision is the share of its predicted boundary that
    lies within a tolerance of its true boundary, recall the share of the true one that lies within
    it of the predicted one; F is their harmonic mean.  Here: the mean over classes with a boundary
    in either map; the tolerance is 0.75 % of the image's diagonal (2.25 pixels of CamVid at half
    size); what touches void or the image's border is no boundary.

    Args:
        truth: ``(H, W)``.
        predicted: ``(H, W)``; what it says where the truth is void does not count.
        classes: How many classes there are.
    """
    given = np.where(truth < classes, predicted, truth)
    reach = TOLERANCE * math.hypot(*truth.shape)
    scores = []
    for number in range(classes):
        true, guess = (boundary(labels, number, classes) for labels in (truth, given))
        if true.any() or guess.any():
            precision, recall = _share(guess, true, reach), _share(true, guess, reach)
            both = precision + recall
            scores.append(2 * precision * recall / both if both else 0.0)
    return float(np.mean(scores)) if scores else math.nan


def boundary(labels: Labels, number: int, classes: int) -> Mask:
    """Return the pixels of a class with a neighbour, of four, of another class that is not void.

    >>> boundary(np.array([[0, 0, 1, 1, 2]], np.uint8), 1, 2).astype(int).tolist()
    [[0, 0, 1, 0, 0]]
    """
    own, other = labels == number, (labels != number) & (labels < classes)
    beside = np.zeros_like(own)
    beside[1:] |= other[:-1]
    beside[:-1] |= other[1:]
    beside[:, 1:] |= other[:, :-1]
    beside[:, :-1] |= other[:, 1:]
    found: Mask = own & beside
    return found


def _share(of: Mask, near: Mask, reach: float) -> float:
    """Return the share of some pixels that lie within a distance of some others."""
    import cv2

    if not of.any() or not near.any():
        return 0.0
    side = np.arange(-int(reach), int(reach) + 1)
    disc = np.hypot(side[:, None], side[None, :]) <= reach
    grown = cv2.dilate(near.astype(np.uint8), disc.astype(np.uint8)) > 0
    return float(grown[of].mean())


def lattice_db(probabilities: Iterable[NDArray[np.float32]], period: int) -> float:
    """Return the lattice energy that a period alone has in probability maps, in dB; 0 is none.

    The lines of ``checkerboard_db`` at the multiples of 1 / period that are no multiples of
    2 / period: what the layer of one upsampling step leaves and no later step.  The scale is that
    of the column, 255 levels to a probability of 1: ``10 log10(1 + 12 P)``; 6 dB is a pattern of
    0.5 levels, 11 dB one of 1 level.

    Args:
        probabilities: Maps ``(H, W, classes)``, 0 to 1; the power is averaged over them.
        period: 2, 4, 8 or 16 pixels.
    """
    own = np.add.outer(np.arange(period) % 2, np.arange(period) % 2) > 0
    powers = [float(lattice_score(maps, period).map[own].sum()) for maps in probabilities]
    return decibel(sum(powers) / len(powers))
