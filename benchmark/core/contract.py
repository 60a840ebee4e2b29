"""The contract: decorators for the five things that a plugin can be.

They only check the metadata and attach them to the function or class; nothing is registered here,
the catalog collects.  Nothing heavy is imported, so that listing what exists costs nothing.  The
metadata themselves are in ``kinds``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from upbench.benchmark.core import metadata
from upbench.benchmark.core.attached import (
    ATTRIBUTE,
    attach_to,
    description_of,
    file_of,
    no_code,
    without_code,
)
from upbench.benchmark.core.errors import PluginMetadataError
from upbench.benchmark.core.kinds import (
    Dataset,
    Described,
    Flat,
    ImageItem,
    Layer,
    LocalStatus,
    Metric,
    ProtocolSteps,
    ScoringProtocol,
)
from upbench.benchmark.core.metadata import MAX_COUNT, MAX_SCALE, MIN_SCALE
from upbench.benchmark.core.progress import Progress
from upbench.benchmark.core.sizes import Scale, Size
from upbench.benchmark.core.table import Better
from upbench.benchmark.core.upsampler import (
    Antialias,
    Colour,
    Edge,
    Fittable,
    Method,
    Resizer,
    Sampling,
    Trainable,
    Upsampler,
)

if TYPE_CHECKING:
    from pathlib import Path

    from upbench.benchmark.core.arrays import Image as Image  # noqa: PLC0414 - re-exported
    from upbench.benchmark.core.arrays import Image8 as Image8  # noqa: PLC0414 - re-exported
    from upbench.benchmark.core.arrays import Plane as Plane  # noqa: PLC0414 - re-exported

__all__ = [
    "ATTRIBUTE",
    "MAX_COUNT",
    "MAX_SCALE",
    "MIN_SCALE",
    "Dataset",
    "Described",
    "Fittable",
    "ImageItem",
    "Layer",
    "LocalStatus",
    "Method",
    "Metric",
    "Progress",
    "ProtocolSteps",
    "Resizer",
    "Scale",
    "ScoringProtocol",
    "Size",
    "Trainable",
    "Upsampler",
    "dataset",
    "description_of",
    "layer",
    "method",
    "metric",
    "protocol",
    "without_code",
]

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])


def method(
    name: str,
    *,
    family: str,
    source: str = "",
    scales: Sequence[int] | None = None,
    any_size: bool = False,
    antialias: Antialias = "unknown",
    backend: str = "numpy",
    sampling: Sampling = "unknown",
    kernel: str = "",
    edge: Edge = "unknown",
    clips: bool = False,
    shrinks: Mapping[str, str] = MappingProxyType({}),
    colour: Colour = "any",
    parameters: int | None = None,
    eight_bit: Callable[[Image8, Any], Image8] | None = None,
    weights: str | Sequence[str] = (),
    library_8bit: Callable[[Image8, Any], Image8] | None = None,
    snippet: str = "",
    default: bool = True,
    extra: str = "",
) -> Callable[[_Decorated], _Decorated]:
    """Describe a function or class as a method; it stays what it was, callable as before.

    The arguments are the fields of :class:`Method`, which says what each means.

    Raises:
        PluginMetadataError: A value breaks the contract.
    """
    metadata.check_name("method", name)
    metadata.check_flags(name, clips=clips, any_size=any_size, default=default)
    described = Method(
        name=name,
        family=family,
        target=no_code,
        source=source,
        scales=metadata.check_scales(name, scales),
        any_size=any_size,
        antialias=antialias,
        backend=backend,
        sampling=sampling,
        kernel=kernel,
        edge=edge,
        clips=clips,
        shrinks=metadata.check_shrinks(name, shrinks),
        colour=colour,
        parameters=parameters,
        eight_bit=eight_bit,
        library_8bit=library_8bit,
        snippet=snippet,
        default=default and not extra,
        extra=extra,
    )
    _check_method(described)

    def attach(target: _Decorated) -> _Decorated:
        files = metadata.check_weights(name, weights, file_of(target))
        return attach_to(replace(described, target=target, weights=files), target)

    return attach


_WORDS: dict[str, Any] = {"sampling": Sampling, "edge": Edge}
"""The words that each field may have."""


def _check_method(given: Method) -> None:
    """Check what a method states, but for its name and what is true or false.

    Raises:
        PluginMetadataError: A value breaks the contract.
    """
    name = given.name
    metadata.check_word(name, family=given.family, backend=given.backend)
    metadata.check_texts(name, source=given.source, kernel=given.kernel)
    metadata.check_extra(name, given.extra)
    metadata.check_choice(name, "sampling", given.sampling, Sampling)
    metadata.check_choice(name, "edge", given.edge, Edge)
    metadata.check_choice(name, "colour", given.colour, Colour)
    metadata.check_choice(name, "antialias", given.antialias, Antialias)
    for field, value in given.shrinks:
        if field != "kernel":
            metadata.check_choice(name, f"shrinks[{field!r}]", value, _WORDS[field])
    if given.shrinks and not given.any_size:
        raise PluginMetadataError(
            f"{name}: shrinks says what a method does where images are made smaller; it needs "
            "any_size=True."
        )
    if given.any_size and given.scales is not None:
        raise PluginMetadataError(
            f"{name}: a method with any_size=True offers every scale; leave scales out."
        )
    metadata.check_count(name, "of weights", optional=True, parameters=given.parameters)
    metadata.check_callables(name, eight_bit=given.eight_bit, library_8bit=given.library_8bit)
    metadata.check_snippet(name, given.snippet)


def layer(
    name: str,
    *,
    source: str = "",
    summary: str = "",
    scales: Sequence[int] | None = None,
    linear: bool = True,
    flat: Flat = "no",
    pooling: bool = False,
) -> Callable[[_Decorated], _Decorated]:
    """Describe a function ``(in_channels, out_channels, scale) -> torch.nn.Module`` as a layer.

    The arguments are the fields of :class:`Layer`, which says what each means.

    Raises:
        PluginMetadataError: A value breaks the contract.
    """
    metadata.check_name("layer", name)
    metadata.check_texts(name, source=source, summary=summary)
    metadata.check_choice(name, "flat", flat, Flat)
    metadata.check_flags(name, linear=linear, pooling=pooling)
    offered = metadata.check_scales(name, scales)
    described = Layer(name, no_code, source, summary, offered, linear, flat, pooling)
    return lambda target: attach_to(replace(described, target=target), target)


def dataset(
    name: str,
    *,
    source: str,
    licence: str,
    summary: str = "",
    fetch: Callable[[Progress | None], Path] | None = None,
    status: Callable[[], LocalStatus] | None = None,
    notes: Callable[[], Sequence[str]] | None = None,
    caveats: Sequence[str] = (),
) -> Callable[[_Decorated], _Decorated]:
    """Describe a function ``() -> sequence of ImageItem`` as a dataset.

    The arguments are the fields of :class:`Dataset`, which says what each means.

    Raises:
        PluginMetadataError: A value breaks the contract.
    """
    metadata.check_name("dataset", name)
    metadata.check_texts(name, source=source, licence=licence, summary=summary)
    metadata.check_callables(name, fetch=fetch, status=status, notes=notes)
    listed = metadata.check_sentences(name, "caveats", caveats)
    metadata.check_texts(name, caveats=" ".join(listed))
    described = Dataset(
        name=name,
        items=no_code,
        source=source,
        licence=licence,
        summary=summary,
        fetch=fetch,
        status=status,
        notes=None if notes is None else partial(_notes, name, notes),
        caveats=listed,
    )
    return lambda items: attach_to(replace(described, items=items), items)


def _notes(name: str, notes: Callable[[], Any]) -> tuple[str, ...]:
    """Return what a dataset's own function says, as sentences."""
    return metadata.check_sentences(name, "notes", notes())


def metric(
    name: str,
    *,
    unit: str = "1",
    better: Better = "none",
    version: int = 1,
    signature: str = "",
    summary: str = "",
    headline: bool = False,
    heading: str = "",
    format: str = ".4g",  # noqa: A002 - a keyword of the decorator, used nowhere else
    range: tuple[float, float] = (-math.inf, math.inf),  # noqa: A002
    clean: float | None = None,
    backend: str = "numpy",
    extra: str = "",
) -> Callable[[_Decorated], _Decorated]:
    """Describe a function ``(reference, output, scale) -> float`` as a metric.

    The arguments are the fields of :class:`Metric`, which says what each means.

    Raises:
        PluginMetadataError: A value breaks the contract.
    """
    metadata.check_name("metric", name)
    metadata.check_choice(name, "better", better, Better)
    metadata.check_count(name, "from 1 up", least=1, version=version)
    metadata.check_word(name, unit=unit, backend=backend)
    metadata.check_texts(name, signature=signature, summary=summary, heading=heading)
    metadata.check_extra(name, extra)
    metadata.check_flags(name, headline=headline)
    metadata.check_format(name, format)
    described = Metric(
        name=name,
        function=no_code,
        unit=unit,
        better=better,
        version=version,
        signature=signature,
        summary=summary,
        headline=headline,
        heading=heading,
        format=format,
        range=metadata.check_range(name, range),
        clean=metadata.check_clean(name, clean, better),
        backend=backend,
        extra=extra,
    )
    return lambda function: attach_to(replace(described, function=function), function)


def protocol(
    name: str,
    *,
    signature: str,
    summary: str = "",
    eight_bit: bool = False,
    any_scale: bool = False,
    any_size: bool = False,
) -> Callable[[_Decorated], _Decorated]:
    """Describe a class that has the four steps of :class:`ProtocolSteps` as a protocol.

    The arguments are the fields of :class:`ScoringProtocol`, which says what each means.

    Raises:
        PluginMetadataError: A value breaks the contract, or a step is missing.
    """
    metadata.check_name("protocol", name)
    metadata.check_word(name, signature=signature)
    metadata.check_texts(name, summary=summary)
    metadata.check_flags(name, eight_bit=eight_bit, any_scale=any_scale, any_size=any_size)

    def attach(target: _Decorated) -> _Decorated:
        for step in ("reference", "degrade", "finish", "score"):
            if not callable(getattr(target, step, None)):
                raise PluginMetadataError(
                    f"{name}: a protocol is a class with the steps reference, degrade, finish and "
                    f"score; {step!r} is missing."
                )
        described = ScoringProtocol(
            *(name, target, signature, summary), eight_bit, any_scale, any_size
        )
        return attach_to(described, target)

    return attach
