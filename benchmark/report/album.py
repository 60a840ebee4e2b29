"""The pictures of the page: each distinct one once, up to a number of bytes.

Many libraries' outputs are equal to the last bit (every nearest neighbour is), so a table of
places points into a list of distinct pictures.  They are the very PNGs of the run's journal:
lossless WebP would be a fifth smaller, and take as long to make as all the rest of the page.
"""

from __future__ import annotations

from base64 import b64encode
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, TypeAlias

from upbench.benchmark.core.text import free_name
from upbench.benchmark.engine.result import USUAL, WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from upbench.benchmark.core.sizes import ScaleOrSize
    from upbench.benchmark.engine.plan import Identity
    from upbench.benchmark.engine.result import View

    Group = tuple[str, ScaleOrSize, str]

DEFAULT_LIMIT = 30 << 20
"""Bytes that the pictures of a page may take by default: 30 MB, what ``--crops`` sets."""

Place: TypeAlias = "tuple[str, str, ScaleOrSize, str]"
"""(dataset, image, scale, protocol): what all the outputs of one comparison share."""


@dataclass(frozen=True)
class Album:
    """The pictures of a page."""

    pictures: tuple[str, ...]
    """Each distinct picture as PNG or JPEG, base64."""
    index: Mapping[Identity, int]
    """Which picture a cell shows; the reference stands under the method ""."""
    left_out: tuple[Place, ...]
    """Places that did not fit: none of their crops is in the page."""
    size: int
    """Bytes that the pictures take in the page."""
    limit: int
    """Bytes that they may take."""


def collect_album(
    crops: Mapping[Identity, bytes],
    limit: int = DEFAULT_LIMIT,
    further: Iterable[tuple[Identity, bytes]] = (),
) -> Album:
    """Gather the crops of a run until the bytes are used up.

    Places come in turn, one image of every dataset, scale and protocol after the other, so that
    a small page still shows something of each.  A place is in whole or left out in whole: half a
    comparison would mislead.  From the first place that does not fit on, all are left out.

    Args:
        crops: The PNG of each kept crop, as ``Store.crops`` gives
            them.
        limit: Bytes, as they stand in the page (base64).
        further: Worst places and whole images, which come after the crops.
    """
    by_place: dict[Place, dict[str, bytes]] = defaultdict(dict)
    for (method, dataset, image, scale, protocol), png in (*sorted(crops.items()), *further):
        by_place[dataset, image, scale, protocol][method] = png
    numbers: dict[bytes, int] = {}
    index: dict[Identity, int] = {}
    left_out: list[Place] = []
    size = 0
    for place in in_turn(by_place):
        outputs = by_place[place]
        new = [png for png in dict.fromkeys(outputs.values()) if png not in numbers]
        needed = sum(_length_in_base64(png) for png in new)
        if left_out or size + needed > limit:
            left_out.append(place)
            continue
        size += needed
        numbers |= {png: len(numbers) + n for n, png in enumerate(new)}
        index |= {(method, *place): numbers[png] for method, png in outputs.items()}
    pictures = tuple(b64encode(png).decode() for png in numbers)
    return Album(pictures, index, tuple(sorted(left_out)), size, limit)


def _length_in_base64(png: bytes) -> int:
    return -(-len(png) // 3) * 4


def in_turn(places: Iterable[Place]) -> Iterator[Place]:
    """Yield the first image of each dataset, scale and protocol, then the second of each ..."""
    by_group: dict[Group, list[Place]] = defaultdict(list)
    for place in places:
        dataset, _, scale, protocol = place
        by_group[dataset, scale, protocol].append(place)
    return filter(None, chain.from_iterable(zip_longest(*by_group.values())))


# ------------------------------------------------------------------ further pictures


@dataclass(frozen=True)
class Shown:
    """One place or whole image, beside the images of its group."""

    name: str
    """Unlike those of the group's images and of its other places."""
    group: Group
    pictures: Mapping[str, bytes]
    """By method; the true image stands under ""."""
    image: str
    """The image that it is of."""
    worst_of: str = ""
    """The method whose worst place it is; "" for a whole image."""

    @property
    def identities(self) -> Iterator[tuple[Identity, bytes]]:
        """The pictures as the album has them."""
        dataset, scale, protocol = self.group
        for method, picture in self.pictures.items():
            yield (method, dataset, self.name, scale, protocol), picture


def shown_places(views: Mapping[Identity, list[View]]) -> tuple[Shown, ...]:
    """Choose what is shown of ``Store.views``: whole images, then a worst place by method.

    Of the worst places of a method, one for each image, it is the one where it loses most.  Both
    stand among the images of their group under a name of their own: where an image is called so
    already, with a number.
    """
    taken: defaultdict[tuple[object, ...], set[str]] = defaultdict(set)
    for _, dataset, image, *rest in views:
        taken[dataset, *rest].add(image)
    found = []
    for one in (*_whole(views), *_worst(views)):
        name = free_name(one.name, taken[one.group].__contains__)
        taken[one.group].add(name)
        found.append(replace(one, name=name))
    return tuple(found)


def _whole(views: Mapping[Identity, list[View]]) -> Iterator[Shown]:
    by_image: dict[tuple[str, Group], dict[str, bytes]] = {}
    for (method, dataset, image, scale, protocol), found in sorted(views.items(), key=_order):
        for one in found:
            if one.view == WHOLE:
                place = (image, (dataset, scale, protocol))
                by_image.setdefault(place, {})[method] = one.picture
    for (image, group), pictures in by_image.items():
        yield Shown(f"{image}, whole", group, pictures, image)


def _worst(views: Mapping[Identity, list[View]]) -> Iterator[Shown]:
    best: dict[tuple[str, Group], tuple[float, str, View]] = {}
    for (method, dataset, image, scale, protocol), found in sorted(views.items(), key=_order):
        for one in found:
            place = (method, (dataset, scale, protocol))
            if one.loss > 0 and one.loss > best.get(place, (0.0,))[0]:
                best[place] = (one.loss, image, one)
    for (method, group), (_, image, own) in best.items():
        dataset, scale, protocol = group
        pictures = {method: own.picture}
        for beside in ("", USUAL):
            for one in views.get((beside, dataset, image, scale, protocol), []):
                if one.view == own.view:
                    pictures[beside] = one.picture
        if "" in pictures:
            x, _, y = own.view.partition(",")
            name = f"worst of {method}: {image} at {x}, {y}"
            yield Shown(name, group, pictures, image, worst_of=method)


def _order(item: tuple[Identity, list[View]]) -> tuple[str, ...]:
    return tuple(map(str, item[0]))
