"""The contract of upsampling layers, as checks that anybody can run.

What a layer states (it is linear, a flat area stays flat) is a check; what the contract leaves free
(the first output's variance, the phases' gains of a random layer) is a note with its number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import UsageError, pass_on_ctrl_c
from upbench.benchmark.core.text import describe
from upbench.benchmark.registry.checks import Check, Finding, checked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from upbench.benchmark.core.contract import Layer, Scale
    from upbench.methods._shared.layer_measures import Probed

__all__ = ["check_layer"]

IN, OUT = 8, 3
SHAPES = ((1, 1), (5, 7), (8, 8))
EXACT = 1e-6
"""What counts as equal, relative: weights are drawn as float32, sums are made in double."""
SEEDS = 3


def check_layer(layer: Layer, scales: tuple[Scale, ...]) -> Iterator[Check]:
    """Run every check on a layer at each scale, in a fixed order."""
    from upbench.benchmark.core.threads import one_thread
    from upbench.methods._shared.layer_measures import ready

    for scale in scales:
        if not isinstance(scale, int):
            yield Check("builds", scale, "note", "layers are made for whole scales; not checked")
            continue
        try:
            probed = ready(layer, IN, OUT, scale)
        except UsageError as error:
            refused = layer.scales is not None and scale not in layer.scales
            yield Check("builds", scale, "note" if refused else "fail", describe(error))
            continue
        except BaseException as error:  # noqa: BLE001 - the plugin boundary
            pass_on_ctrl_c(error)
            yield Check("builds", scale, "fail", describe(error))
            continue
        with one_thread():
            for name, check in _CHECKS.items():
                yield checked(name, scale, check, layer, probed)


def _shapes(_layer: Layer, probed: Probed) -> Finding:
    """Check shape, type and finite values, and that a flat input is no special case."""
    import torch

    for height, width in SHAPES:
        with torch.no_grad():
            large = probed.run(torch.ones(2, IN, height, width, dtype=torch.float64))
        expected = (2, OUT, height * probed.scale, width * probed.scale)
        if tuple(large.shape) != expected:
            return "fail", f"{height}x{width} becomes {tuple(large.shape)}; expected {expected}"
        if large.dtype != torch.float64 or not bool(torch.isfinite(large).all()):
            return "fail", f"{height}x{width} becomes {large.dtype} with values that are not finite"
    sizes = ", ".join(f"{height}x{width}" for height, width in SHAPES)
    return "pass", f"(N, {IN}, H, W) -> (N, {OUT}, H s, W s) at {sizes}"


def _seeded(layer: Layer, probed: Probed) -> Finding:
    """Check that torch's seed, and nothing else, decides the weights."""
    import torch

    from upbench.methods._shared.layer_measures import ready

    built = [ready(layer, IN, OUT, probed.scale, seed).module.state_dict() for seed in (0, 1)]
    first = probed.module.state_dict()
    if not all(torch.equal(first[name], built[0][name]) for name in first):
        return "fail", "one seed gives two beginnings; draw from torch's global generator alone"
    if first and all(torch.equal(first[name], built[1][name]) for name in first):
        return "note", "begins alike under every seed"
    return "pass", "torch's seed decides the weights"


def _variance(layer: Layer, probed: Probed) -> Finding:
    from upbench.methods._shared.layer_measures import first_variance, ready

    found = [
        first_variance(ready(layer, IN, OUT, probed.scale, seed=seed)) for seed in range(SEEDS)
    ]
    listed = ", ".join(f"{value:.3g}" for value in found)
    return "note", f"the first output's variance is {listed} times the input's (seeds 0 to 2)"


def _gains(layer: Layer, probed: Probed) -> Finding:
    """Compare the phases' DC gains with what the layer states of flat areas."""
    from upbench.methods._shared.layer_measures import phase_gains, ready, spread

    first = spread(phase_gains(ready(layer, IN, OUT, probed.scale, seed=1)))
    later = spread(phase_gains(_with_other_weights(layer, probed.scale)))
    detail = f"the phases' DC gains differ by {first:.2g} at first, {later:.2g} at other weights"
    promised = {"always": max(first, later), "at first": first, "no": 0.0}[layer.flat]
    if not promised <= EXACT:
        return "fail", f"{detail}; it states that flat stays flat {layer.flat}: expected 0"
    return ("note" if layer.flat == "no" else "pass"), detail


def _with_other_weights(layer: Layer, scale: int) -> Probed:
    """Return a layer as training might leave it: noise on every weight that can be trained."""
    import torch

    from upbench.methods._shared.layer_measures import ready

    probed = ready(layer, IN, OUT, scale, seed=2)
    numbers = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in probed.module.parameters():
            noise = torch.randn(weight.shape, generator=numbers, dtype=torch.float64)
            weight.add_(noise * weight.requires_grad)
    return probed


def _gradient(layer: Layer, probed: Probed) -> Finding:
    """Compare each phase's backward gain with its DC gain: of a linear layer they are equal."""
    from upbench.methods._shared.layer_measures import backward_gains, phase_gains

    back, uneven = backward_gains(probed)
    gains = phase_gains(probed)
    apart = float((back - gains).abs().max() / gains.abs().max())
    if layer.linear and not apart <= EXACT:
        return "fail", (
            f"phases send back other means than their DC gains, {apart:.2g} apart; expected equal"
        )
    shared = f"pixels of the input share a flat gradient within {uneven:.2g}"
    if layer.linear:
        detail = f"each phase sends back the mean of its DC gain; {shared}"
        return ("pass" if uneven <= EXACT else "fail"), detail
    return "note", shared


def _trained(_layer: Layer, probed: Probed) -> Finding:
    """Check that every weight that can be trained gets a gradient."""
    import torch

    numbers = torch.Generator().manual_seed(2)
    features = torch.randn((2, IN, 6, 6), generator=numbers, dtype=torch.float64)
    probed.module.zero_grad()
    probed.run(features).square().sum().backward()  # type: ignore[no-untyped-call]
    weights = {n: p for n, p in probed.module.named_parameters() if p.requires_grad}
    without = [name for name, weight in weights.items() if weight.grad is None]
    if without:
        return "fail", f"no gradient reaches {', '.join(without)}"
    count = sum(weight.numel() for weight in weights.values())
    return "pass", f"a gradient reaches all of its {count} weights ({IN} channels to {OUT})"


def _folding(layer: Layer, probed: Probed) -> Finding:
    """Compare a layer with the sub-pixel convolution that a linear one is."""
    from upbench.methods._shared.layer_measures import folding_error

    apart = folding_error(probed)
    if layer.linear and not apart <= EXACT:
        return "fail", (
            f"states that it is linear, and is {apart:.2g} from one sub-pixel convolution; "
            "expected 0, or linear=False"
        )
    if layer.linear:
        return "pass", "equals one sub-pixel convolution, away from the border"
    return "note", f"states that it depends on the content: {apart:.2g} from any linear layer"


_CHECKS: dict[str, Callable[[Layer, Probed], Finding]] = {
    "output size": _shapes,
    "deterministic": _seeded,
    "variance": _variance,
    "DC gains": _gains,
    "backward": _gradient,
    "training": _trained,
    "folding": _folding,
}
"""Every check by the name in the table, in its order."""
