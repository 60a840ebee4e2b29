"""Which further pictures the page shows: each method's worst place, and whole images.

Of the worst places of a method, one for each image, the page shows the one where it loses most.
Both stand among the images of their group under a name of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from upbench.benchmark.engine.result import USUAL, WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from upbench.benchmark.core.sizes import ScaleOrSize
    from upbench.benchmark.engine.plan import Identity
    from upbench.benchmark.engine.result import View

    Group = tuple[str, ScaleOrSize, str]

__all__ = ["Shown", "shown_places"]


@dataclass(frozen=True)
class Shown:
    """One place or whole image, beside the images of its group."""

    name: str
    group: Group
    pictures: Mapping[str, bytes]
    """By method; the true image stands under ""."""
    worst_of: str = ""
    """The method whose worst place it is; "" for a whole image."""

    @property
    def identities(self) -> Iterator[tuple[Identity, bytes]]:
        """The pictures as the album has them."""
        dataset, scale, protocol = self.group
        for method, picture in self.pictures.items():
            yield (method, dataset, self.name, scale, protocol), picture


def shown_places(views: Mapping[Identity, list[View]]) -> tuple[Shown, ...]:
    """Choose what is shown of the views of a run: whole images, then a worst place by method.

    Args:
        views: As ``Store.views`` returns them.
    """
    return (*_whole(views), *_worst(views))


def _whole(views: Mapping[Identity, list[View]]) -> Iterator[Shown]:
    by_image: dict[tuple[str, Group], dict[str, bytes]] = {}
    for (method, dataset, image, scale, protocol), found in sorted(views.items(), key=_order):
        for one in found:
            if one.view == WHOLE:
                place = (image, (dataset, scale, protocol))
                by_image.setdefault(place, {})[method] = one.picture
    for (image, group), pictures in by_image.items():
        yield Shown(f"{image}, whole", group, pictures)


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
            yield Shown(name, group, pictures, worst_of=method)


def _order(item: tuple[Identity, list[View]]) -> tuple[str, ...]:
    return tuple(map(str, item[0]))
