"""The contracts of layers, metrics, datasets and protocols, as checks that anybody can run.

``upbench check NAME`` finds out what the name is.  As with methods, a check passes or fails by the
contract, and what the contract leaves free is a note.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.core.contract import Dataset, Layer, Metric, ScoringProtocol
from upbench.benchmark.core.errors import MetricUndefinedError, NoNumberError, pass_on_ctrl_c
from upbench.benchmark.core.signatures import misfit
from upbench.benchmark.core.sizes import Ratio, Scale, as_scale, output_size
from upbench.benchmark.core.text import counted, describe
from upbench.benchmark.registry.check_layers import check_layer
from upbench.benchmark.registry.checks import Check, Finding, check_method, checked, picture
from upbench.benchmark.registry.images import list_images, read_image, status_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from upbench.benchmark.core.arrays import Plane
    from upbench.benchmark.core.contract import Described, ImageItem

SCALES: tuple[Scale, ...] = (2, 3, 4)
FRACTIONS = (Ratio(3, 2), Ratio(1, 3))
"""The scales at which a protocol of any scale is checked besides."""
CELLS = 64
"""Cells along each side of the images that metrics are tried on: large enough for every metric."""
SLIGHT = 0.2
"""A slight error as a part of a heavy one."""
LISTED = 5
"""Names in a sentence."""


def check_this(described: Described, scales: tuple[Scale, ...] | None = None) -> Iterator[Check]:
    """Run the checks on a method, layer, dataset, metric or protocol, in a fixed order.

    By default the scales are x2, x3 and x4, or those that a method offers.
    """
    if isinstance(described, Layer):
        return check_layer(described, scales or SCALES)
    if isinstance(described, Metric):
        return check_metric(described, scales or SCALES)
    if isinstance(described, ScoringProtocol):
        return check_protocol(described, scales or SCALES)
    if isinstance(described, Dataset):
        return check_dataset(described)
    return check_method(described, scales)


# ------------------------------------------------------------------ metrics


def check_metric(metric: Metric, scales: tuple[Scale, ...] = SCALES) -> Iterator[Check]:
    """Run every check on a metric at each scale."""
    for scale in scales:
        pictures = _pictures(scale)
        try:
            values = [metric.score(pictures[0], output, scale) for output in pictures]
        except NoNumberError as error:
            said = f"{error} Raise MetricUndefinedError where there is no value."
            yield Check("number", scale, "fail", said)
            continue
        except MetricUndefinedError as error:
            yield Check("number", scale, "note", f"not defined here: {describe(error)}")
            continue
        except BaseException as error:  # noqa: BLE001 - the plugin boundary
            pass_on_ctrl_c(error)
            yield Check("number", scale, "fail", describe(error))
            continue
        same, slight, heavy = (f"{value:{metric.format}}" for value in values)
        detail = f"same {same}, slight error {slight}, heavy {heavy}"
        yield Check("number", scale, "pass", detail)
        yield Check("range", scale, *_in_range(metric.range, values))
        if _value(metric, pictures[2], pictures[1], scale) == values[1]:
            yield Check("direction", scale, "note", "does not look at the reference")
        else:
            yield Check("direction", scale, *_direction(metric.better, values))
        for name, check in _METRIC_CHECKS.items():
            yield checked(name, scale, check, metric, *pictures[:2], scale)


def _in_range(limits: tuple[float, float], values: list[float]) -> Finding:
    low, high = limits
    outside = [value for value in values if not low <= value <= high]
    if outside:
        return "fail", f"{outside[0]:.4g} lies outside of the stated range, {low:g} to {high:g}"
    return "pass", f"within the stated range, {low:g} to {high:g}"


def _direction(better: str, values: list[float]) -> Finding:
    if better == "none":
        return "note", "states that no direction is better"
    same, slight, heavy = (value if better == "higher" else -value for value in values)
    # no part of what is infinite: the two errors then compare alone
    allowed = 0.1 * abs(same - heavy) if math.isfinite(same) else 0.0
    if same < heavy or slight < heavy - allowed:
        return "fail", f"a heavy error is better than none or a slight one, but {better} is stated"
    return "pass", f"{better} is better, and less error is never worse"


def _pictures(scale: Scale) -> tuple[Plane, Plane, Plane]:
    """Return a reference, and outputs with a slight and a heavy error of every kind."""
    side = CELLS * math.ceil(scale)
    reference = picture(side, side, 1)[:, :, 0].astype(np.float64) * 0.6 + 0.2
    moved = np.roll(reference, 1, axis=1)
    rows, columns = np.indices(reference.shape) % math.ceil(scale)
    pattern = np.where((rows == 0) & (columns == 0), 0.1, 0.0)
    noise = np.random.default_rng(1).normal(0.0, 0.02, reference.shape)
    error = moved - reference + pattern + noise
    return reference, reference + SLIGHT * error, np.clip(reference + error, 0.0, 1.0)


def _scores_alike(metric: Metric, reference: Plane, output: Plane, scale: Scale) -> Finding:
    if _value(metric, reference, output, scale) != _value(metric, reference, output, scale):
        return "fail", "two calls on one pair differ; expected equal numbers"
    return "pass", "two calls on one pair are equal"


def _inputs_kept(metric: Metric, reference: Plane, output: Plane, scale: Scale) -> Finding:
    given = (reference.copy(), output.copy())
    _value(metric, *given, scale)
    if not all(map(np.array_equal, given, (reference, output))):
        return "fail", "changes the images that it is given; expected them untouched"
    for image in given:
        image.flags.writeable = False
    _value(metric, *given, scale)
    return "pass", "the images are untouched, and may be read-only"


def _data_range(metric: Metric, reference: Plane, output: Plane, scale: Scale) -> Finding:
    wanted = _value(metric, reference, output, scale)
    try:
        found = metric.function(reference * 255, output * 255, scale, data_range=255.0)
    except TypeError:
        return "note", "takes no data_range: it is called with values in [0, 1]"
    except MetricUndefinedError:
        found = None
    if wanted is not None and found is not None and not np.isclose(wanted, found, rtol=1e-6):
        return "fail", f"gives {wanted:.6g} in [0, 1] and {found:.6g} in [0, 255]; expected equal"
    return "pass", "the same number for values in [0, 255] with data_range=255"


def _value(metric: Metric, reference: Plane, output: Plane, scale: Scale) -> float | None:
    try:
        return metric.score(reference, output, scale)
    except MetricUndefinedError:
        return None


_METRIC_CHECKS: dict[str, Callable[[Metric, Plane, Plane, Scale], Finding]] = {
    "deterministic": _scores_alike,
    "inputs untouched": _inputs_kept,
    "data range": _data_range,
}


# ------------------------------------------------------------------ datasets


def check_dataset(dataset: Dataset) -> Iterator[Check]:
    """Run every check on a dataset; images that would have to be downloaded are not read."""
    try:
        state = status_of(dataset)
        is_here = state is None or state.present >= state.total
    except BaseException as error:  # noqa: BLE001 - the plugin boundary
        pass_on_ctrl_c(error)
        yield Check("status", 0, "fail", describe(error))
        return  # whether reading an image would download it is not known
    if dataset.notes is not None:
        yield checked("notes", 0, _notes, dataset.notes)
    if dataset.fetch is not None:
        yield checked("fetch", 0, _fetch, dataset)
    if state is not None and not is_here:
        detail = f"{state.present} of {state.total} images are here; fetch it to check them"
        yield Check("images", 0, "note", f"{detail}: upbench data fetch {dataset.name}")
        return
    for name, check in {"list": _list, "images": _images, "pairs": _pairs}.items():
        yield checked(name, 0, check, dataset)


def _notes(notes: Callable[[], Sequence[str]]) -> Finding:
    return "pass", counted(len(notes()), "sentence")


def _fetch(dataset: Dataset) -> Finding:
    """Look at how the download is called, without calling it."""
    if problem := misfit(dataset.fetch, "progress"):
        return "fail", problem
    return "note", "not called: a check downloads nothing"


def _list(dataset: Dataset) -> Finding:
    first, second = ([(item.name, item.digest) for item in list_images(dataset)] for _ in range(2))
    if first != second:
        return "fail", "two listings differ; expected the same names and digests in one order"
    nameless = [name for name, digest in first if not digest]
    if nameless:
        return "fail", f"no digest for {', '.join(nameless[:LISTED])}; expected a SHA-256 for each"
    digests = {digest for _, digest in first}
    if len(digests) < len(first):
        return "note", f"{counted(len(first), 'image')}, some of one digest: is one there twice?"
    return "pass", f"{counted(len(first), 'image')}, each with a name and a digest of its own"


def _images(dataset: Dataset) -> Finding:
    if problem := _unusable("image", list_images(dataset), _unsteady):
        return "fail", problem
    return "pass", "each is float32 (H, W, C) in [0, 1], and the same at every reading"


def _pairs(dataset: Dataset) -> Finding:
    """Read the small image of each real pair, and hold its size against the large one's."""
    pairs = [item for item in list_images(dataset) if item.low is not None]
    if problem := _unusable("pair", pairs, _of_another_size):
        return "fail", problem
    return "pass", f"{counted(len(pairs), 'real pair')}" if pairs else "no real pairs"


def _unusable(what: str, items: Iterable[ImageItem], look: Callable[[ImageItem], str]) -> str:
    """Say what is wrong with items that have something, or cannot be read; "" of none."""
    found = []
    for item in items:
        try:
            found.append(look(item))
        except BaseException as error:  # noqa: BLE001 - the plugin boundary
            pass_on_ctrl_c(error)
            found.append(describe(error))
    problems = [*filter(None, found)]
    said = f"{counted(len(problems), what)} cannot be used: {'; '.join(problems[:2])}"
    return said if problems else ""


def _unsteady(item: ImageItem) -> str:
    same = np.array_equal(read_image(item), read_image(item))
    return "" if same else f"{item.name}: two readings differ"


def _of_another_size(item: ImageItem) -> str:
    large, small = read_image(item), read_image(replace(item, load=item.low or item.load, low=None))
    if item.scale is None:
        stated = "ImageItem(..., low=..., scale=2)"
        return (
            f"{item.name}: low is given without a scale; expected that of the pair, like {stated}"
        )
    if small.shape[2] != large.shape[2]:
        kinds = [{1: "grey", 3: "RGB"}[one.shape[2]] for one in (small, large)]
        return f"{item.name}: the small image is {kinds[0]}, the large one {kinds[1]}"
    expected = tuple(side // item.scale for side in large.shape[:2])
    if small.shape[:2] == expected:
        return ""
    sizes = [f"{width}x{height}" for height, width in (small.shape[:2], expected)]
    return f"{item.name}: the small image has {sizes[0]} pixels, not {sizes[1]}"


# ------------------------------------------------------------------ protocols


def check_protocol(
    protocol: ScoringProtocol, scales: tuple[Scale, ...] = SCALES
) -> Iterator[Check]:
    """Run every check on a protocol at each scale."""
    yield Check("signature", 0, "note", f"in every key: {protocol.signature}")
    called = checked("steps", 0, _calls, protocol)
    if called.status == "fail":
        yield called
        return
    if scales == SCALES and protocol.any_scale:
        scales += FRACTIONS
    for scale in scales:
        for name, check in _PROTOCOL_CHECKS.items():
            yield checked(name, scale, check, protocol, scale)
    if protocol.any_size:
        yield checked("sizes", 0, _sizes, protocol)


def _calls(protocol: ScoringProtocol) -> Finding:
    """Look at how the steps are called, without calling them."""
    given = {"reference": "image", "degrade": "pixels", "finish": "output", "score": "pixels"}
    problems = [
        misfit(getattr(protocol.steps, step), image, "scale") for step, image in given.items()
    ]
    wrong = "; ".join(filter(None, problems))
    return ("fail", wrong) if wrong else ("pass", "each step is called as the contract says")


def _sizes(protocol: ScoringProtocol) -> Finding:
    """Resize images to sizes that are larger, smaller and both, the axes apart."""
    dtype = np.uint8 if protocol.eight_bit else np.float32
    for channels, size in product((1, 3), ((31, 40), (80, 93), (40, 93))):
        high = protocol.steps.reference(picture(53, 62, channels), 1)
        problem = _wrong(high, np.uint8, ndim=3) or (f"{high.shape}" * (high.shape[:2] != (53, 62)))
        if problem:
            return "fail", f"reference gives {problem} at the scale 1; expected uint8 (53, 62, C)"
        resized = protocol.steps.degrade(high, size)
        expected = (*size, high.shape[2])
        if problem := _wrong(resized, dtype, ndim=3, shape=expected):
            return "fail", f"degrade gives {problem}; expected {np.dtype(dtype)} {expected}"
    return "pass", "degrade resizes images to sizes, larger and smaller"


def _step_shapes(protocol: ScoringProtocol, scale: Scale) -> Finding:
    step, smaller_by = max(scale.numerator, scale.denominator), min(scale, 1 / Fraction(scale))
    for channels in (1, 3):
        high = protocol.steps.reference(picture(53, 62, channels), scale)
        problem = _wrong(high, np.uint8, ndim=3) or (
            f"sides {high.shape[:2]}, no multiples of {step}"
            if any(side % step for side in high.shape[:2])
            else ""
        )
        if problem:
            return "fail", f"reference gives {problem}; expected uint8 (H, W, C)"
        dtype = np.uint8 if protocol.eight_bit else np.float32
        low = protocol.steps.degrade(high, scale)
        smaller = (*output_size(high.shape, as_scale(smaller_by)), high.shape[2])
        problem = _wrong(low, dtype, ndim=3, shape=smaller)
        if problem:
            return "fail", f"degrade gives {problem}; expected {np.dtype(dtype)} {smaller}"
        pixels = protocol.steps.finish((high / np.float32(255)).astype(np.float32), scale)
        problem = _wrong(pixels, np.uint8, ndim=3, shape=high.shape)
        if problem:
            return "fail", f"finish gives {problem}; expected uint8 {high.shape}"
    return "pass", "reference, degrade and finish give what the contract says"


def _wrong(array: Any, dtype: Any, *, ndim: int, shape: tuple[int, ...] | None = None) -> str:
    if not isinstance(array, np.ndarray):
        return f"a {type(array).__name__}"
    if array.dtype != dtype or array.ndim != ndim or (shape and array.shape != shape):
        return f"{array.dtype} {array.shape}"
    return ""


def _outputs(protocol: ScoringProtocol, scale: Scale) -> Finding:
    high = protocol.steps.reference(picture(53, 62, 3), scale)
    perfect = (high / np.float32(255)).astype(np.float32)
    if not np.array_equal(protocol.steps.finish(perfect, scale), high):
        return "note", "a perfect output is not the reference after finish"
    wild = np.where(np.indices(high.shape)[0] % 2, 3.0, -2.0).astype(np.float32)
    found = {int(level) for level in np.unique(protocol.steps.finish(wild, scale))}
    if found != {0, 255}:
        return "fail", f"values of -2 and 3 become {sorted(found)[:4]}; expected 0 and 255"
    return "pass", "a perfect output is the reference; values outside [0, 1] are clipped"


def _compared(protocol: ScoringProtocol, scale: Scale) -> Finding:
    high = protocol.steps.reference(picture(53, 62, 3), scale)
    before = high.copy()
    first, second = (protocol.steps.score(high, scale) for _ in range(2))
    if not isinstance(first, np.ndarray) or first.dtype != np.float64 or first.ndim not in (2, 3):
        kind = f"{getattr(first, 'dtype', type(first).__name__)} {np.shape(first)}"
        return "fail", f"score gives {kind}; expected float64 (H, W) or (H, W, C)"
    if not (np.isfinite(first).all() and first.min() >= 0 and first.max() <= 1):
        return "fail", f"score gives values from {first.min():.4g} to {first.max():.4g}, not [0, 1]"
    if not np.array_equal(first, second) or not np.array_equal(high, before):
        return "fail", "two calls differ, or the pixels were changed; expected neither"
    return "pass", f"compares float64 {first.shape} in [0, 1]"


_PROTOCOL_CHECKS: dict[str, Callable[[ScoringProtocol, Scale], Finding]] = {
    "steps": _step_shapes,
    "output": _outputs,
    "score": _compared,
}
