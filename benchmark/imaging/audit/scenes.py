"""Find images that show the same thing: copies, shrunk, cropped, mirrored and turned ones.

Local features (D. Lowe, "Distinctive image features from scale-invariant keypoints", 2004, with the
square root of R. Arandjelovic and A. Zisserman, CVPR 2012) are matched in both directions, with one
image also mirrored; a pair counts where one shift, rotation and scale aligns enough of
them.  Smooth images have few features: whole images are compared by correlation, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from upbench.benchmark.core.progress import tracked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Progress

    Grey: TypeAlias = NDArray[np.float64]
    Floats: TypeAlias = NDArray[np.float32]

_FEATURES, _MOST_DETAILED = 400, 800
_FIRST = 128
"""Features, the strongest, that decide whether a pair is looked at closely."""
_NEAR, _LIKE = 0.92, 6
"""How near (cosine) a feature of the other image must be, and for how many: one pair of ten."""
_SAME = 14
"""Features at consistent places that make two images the same scene."""
_MOST, _SOME, _MANY = 0.6, 0.25, 40
"""The share of the matched features that they are: most, or some where they are many.  Copies that
are shrunk and compressed have 0.74 and more, a stereo pair 67 of 180; two photographs of monarchs
have 16 of 34, on the pattern of a wing."""
_SPREAD = 0.1
"""Their extent over what both images show: two photographs of one tiger share its face alone."""
_RATIO = 0.8
"""Lowe's: the best match is nearer than this share of the second best."""
_SIDE, _ALIKE = 32, 0.995
"""Whole images: side of the thumbnails, and their correlation."""


@dataclass(frozen=True)
class Look:
    """What an image is recognised by."""

    size: tuple[int, int]
    """(width, height) in pixels."""
    places: Floats
    """Features' places in pixels, ``(N, 2)``: x, y."""
    features: Floats
    """Their descriptors, ``(N, 128)``, of length 1; the strongest first."""
    mirrored: tuple[Floats, Floats]
    """Places and features of the mirrored image; none where it was not asked for."""
    thumbnail: Floats | None
    """``(32, 32)`` of mean 0 and length 1; None for a flat image."""


@dataclass(frozen=True)
class Twin:
    """How an image lies in another one."""

    scale: float
    """Its size over that of the same part of the other."""
    covers: float
    """The share of the other image that it shows, 0 to 1."""
    mirrored: bool
    turned: int
    """Rotation in whole degrees, 0 to 359."""

    def words(self) -> str:
        """Say how the image lies in the other one.

        >>> Twin(0.72, 1.0, mirrored=False, turned=0).words()
        '0.72 times its size'
        >>> Twin(1.0, 0.3, mirrored=True, turned=90).words()
        'its size, 30 % of its area, mirrored, turned by 90 degrees'
        """
        said = ["its size" if abs(self.scale - 1) < 0.01 else f"{self.scale:.2f} times its size"]
        if self.covers < 0.95:
            said.append(f"{self.covers:.0%} of its area".replace("%", " %"))
        if self.mirrored:
            said.append("mirrored")
        if self.turned:
            said.append(f"turned by {self.turned} degrees")
        return ", ".join(said)

    def reversed(self, one: Look, other: Look) -> Twin:
        """Return how the other image lies in this one."""
        shared = self.covers * np.prod(other.size) * self.scale**2 / np.prod(one.size)
        turned = self.turned if self.mirrored else -self.turned % 360
        return Twin(1 / self.scale, min(1.0, float(shared)), self.mirrored, turned)


def look_at(grey: Grey, *, mirrored: bool = True) -> Look:
    """Find an image's features; ``(H, W)`` grey levels, 0 to 255.

    ``mirrored=False`` saves half of the time where only other images are looked for in it.
    """
    import cv2

    height, width = grey.shape
    levels = np.rint(grey).clip(0, 255).astype(np.uint8)
    shrink = min(1.0, _MOST_DETAILED / max(levels.shape))
    if shrink < 1:
        smaller = [max(1, round(side * shrink)) for side in (width, height)]
        levels = cv2.resize(levels, smaller, interpolation=cv2.INTER_AREA)
    places, features = _features(levels, shrink)
    reverse = np.ascontiguousarray(levels[:, ::-1])
    turned_over = _features(reverse, shrink) if mirrored else _NONE
    small = cv2.resize(levels, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    small -= small.mean()
    length = float(np.linalg.norm(small))
    thumbnail = small / length if length > _SIDE else None
    return Look((width, height), places, features, turned_over, thumbnail)


_NONE = (np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32))


def _features(levels: NDArray[np.uint8], shrink: float) -> tuple[Floats, Floats]:
    import cv2

    points, found = cv2.SIFT.create(_FEATURES).detectAndCompute(levels, None)
    order = sorted(range(len(points)), key=lambda number: -points[number].response)[:_FEATURES]
    places = np.array([points[n].pt for n in order], dtype=np.float32).reshape(-1, 2) / shrink
    if found is None:
        return places, np.zeros((0, 128), np.float32)
    shares = found[order] / np.maximum(found[order].sum(axis=1, keepdims=True), 1e-9)
    return places, np.sqrt(shares)


def same_scenes(
    looks: Sequence[Look], shown: int, progress: Progress | None = None
) -> dict[tuple[int, int], Twin]:
    """Find the pairs of images that show the same scene.

    Args:
        looks: What the images are recognised by.
        shown: The first so many are compared with each other and with the rest; the rest is not
            compared with itself.
        progress: Called with (what, images done, images in all).

    Returns:
        How the first image of a pair lies in the second, under their numbers, the lower first.
    """
    if not looks:
        return {}
    features = np.concatenate([_strongest(look.features) for look in looks]).T.copy()
    thumbnails = np.array([_thumbnail(look).ravel() for look in looks])
    found: dict[tuple[int, int], Twin] = {}
    for one in tracked("same scenes", range(shown), progress):
        near = _near(_strongest(looks[one].features), features)
        near |= _near(_strongest(looks[one].mirrored[1]), features)
        near |= (np.array(_positions(looks[one])) @ thumbnails.T > _ALIKE).any(axis=0)
        for other in np.flatnonzero(near[one + 1 :]) + one + 1:
            if twin := twin_of(looks[one], looks[int(other)]):
                found[one, int(other)] = twin
    return found


def _strongest(features: Floats) -> Floats:
    """Return the strongest features, with zeros up to their number: ``(128, 128)``."""
    return np.pad(features[:_FIRST], ((0, max(0, _FIRST - len(features))), (0, 0)))


def _near(features: Floats, all_features: Floats) -> NDArray[np.bool_]:
    """Return which images have enough features near those of one."""
    nearest = (features @ all_features).reshape(_FIRST, -1, _FIRST).max(axis=2)
    return np.asarray((nearest > _NEAR).sum(axis=0) >= _LIKE)


def _thumbnail(look: Look) -> Floats:
    return np.zeros((_SIDE, _SIDE), np.float32) if look.thumbnail is None else look.thumbnail


def _positions(look: Look) -> list[Floats]:
    """Return an image's thumbnail in eight positions, flattened: quarter turns, then mirrored."""
    plain = _thumbnail(look)
    return [np.rot90(one, n).ravel() for one in (plain, plain[:, ::-1]) for n in range(4)]


def twin_of(one: Look, other: Look) -> Twin | None:
    """Say how an image lies in another one, or None where they are different."""
    for mirrored, (places, features) in ((False, (one.places, one.features)), (True, one.mirrored)):
        mine, theirs = _matches(features, other.features)
        found = _alignment(places[mine], other.places[theirs])
        if found is None:
            continue
        matrix, kept = found
        twin = _described(matrix, one, other, mirrored=mirrored)
        shared = twin.covers * np.prod(other.size) * twin.scale**2
        if np.prod(np.ptp(places[mine][kept], axis=0)) > _SPREAD * shared:
            return twin
    return _whole(one, other)


def _matches(one: Floats, other: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the features that are each other's nearest, and clearly so."""
    if len(one) < _SAME or len(other) < _SAME:
        return (np.zeros(0, np.intp),) * 2
    alike = one @ other.T
    nearest = alike.argmax(axis=1)
    rows = np.arange(len(one))
    second = np.partition(alike, -2, axis=1)[:, -2]
    distance, next_distance = (1 - alike[rows, nearest]), (1 - second)
    kept = (alike.argmax(axis=0)[nearest] == rows) & (distance < _RATIO**2 * next_distance)
    return rows[kept], nearest[kept]


def _alignment(one: Floats, other: Floats) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """Return the shift, rotation and scale that enough places agree on, and which these are."""
    import cv2

    if len(one) < _SAME:
        return None
    cv2.setRNGSeed(0)
    matrix, agree = cv2.estimateAffinePartial2D(one, other, ransacReprojThreshold=3)
    if matrix is None:
        return None
    agreeing = int(agree.sum())
    needed = _MOST if agreeing < _MANY else _SOME
    if agreeing < max(_SAME, needed * len(one)):
        return None
    return matrix, agree.ravel() > 0


def _described(matrix: NDArray[np.float64], one: Look, other: Look, *, mirrored: bool) -> Twin:
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    turned = round(float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])))) % 360
    (width, height), (all_x, all_y) = one.size, other.size
    grid = np.mgrid[0.5:32, 0.5:32].reshape(2, -1) / 32 * [[all_x], [all_y]]
    back = np.linalg.inv(np.vstack([matrix, [0, 0, 1]])) @ np.vstack([grid, np.ones(1024)])
    inside = (back[0] >= 0) & (back[0] < width) & (back[1] >= 0) & (back[1] < height)
    return Twin(1 / scale, float(inside.mean()), mirrored, turned)


def _whole(one: Look, other: Look) -> Twin | None:
    """Compare whole images in eight positions by correlation."""
    alike = np.array(_positions(other)) @ _thumbnail(one).ravel()
    best = int(alike.argmax())
    if alike[best] <= _ALIKE:
        return None
    mirrored, quarter = divmod(best, 4)
    return Twin(one.size[0] / other.size[quarter % 2], 1.0, bool(mirrored), 90 * quarter)
