"""One picture of what a method does: the probe's results of one method at one scale."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from upbench.benchmark.core.arrays import Floats
    from upbench.benchmark.theory.probe.result import ProbeResult

__all__ = ["frequency_response", "probe_figure", "write_probe_figure"]

REACH = 4
"""Low-resolution pixels of the impulse response that are shown on each side."""
FLOOR_DB = -100.0
"""Lowest level that is drawn."""

_LATTICE, _CURVE, _OTHER = "#d55e00", "#0072b2", "#009e73"


def write_probe_figure(result: ProbeResult, folder: Path) -> Path:
    """Write the figure as ``probe-NAME-xS.png`` into a folder that exists; return its path."""
    path = folder / f"probe-{result.method}-x{result.scale}.png"
    probe_figure(result).savefig(path, dpi=110)
    return path


def probe_figure(result: ProbeResult) -> Figure:
    """Draw gains, impulse and frequency response, edge, zone plate and star, and the numbers."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(14, 8), layout="constrained")
    name = result.method.replace("$", r"\$")  # not the beginning of a formula
    figure.suptitle(f"{name} at x{result.scale}", fontsize=15)
    axes = figure.subplots(2, 4)
    _draw_gains(axes[0, 0], result)
    _draw_impulse(axes[0, 1], result)
    _draw_response(axes[0, 2], result)
    _draw_numbers(axes[0, 3], result)
    _draw_edge(axes[1, 0], result)
    _draw_picture(axes[1, 1], _middle(result.edge.picture, 12 * result.scale), "slanted edge")
    _draw_picture(axes[1, 2], result.zone_plate, "zone plate")
    _draw_picture(axes[1, 3], result.siemens_star, "Siemens star")
    return figure


def frequency_response(response: Floats) -> tuple[Floats, ...]:
    """Return the frequency response of an impulse response along a row and along the diagonal.

    Args:
        response: ``(n, n)``, the response to one pixel.

    Returns:
        Frequencies from 0 to 0.5 in cycles per output pixel along each axis, and the level at
        (0, f) and at (f, f) in dB against zero frequency.
    """
    size = 8 * response.shape[0]  # zero padding: a smooth curve
    total = abs(float(response.sum())) or 1.0
    curves = []
    for section in (response.sum(axis=0), _diagonal_sum(response)):
        level = np.abs(np.fft.rfft(section, size)) / total
        curves.append(20 * np.log10(np.maximum(level, 10 ** (FLOOR_DB / 20))))
    return np.fft.rfftfreq(size), *curves


def _diagonal_sum(response: Floats) -> Floats:
    """Add along the anti-diagonals: the transform of that at f is the response at (f, f)."""
    n = response.shape[0]
    place = np.add.outer(np.arange(n), np.arange(n))
    return np.asarray(np.bincount(place.ravel(), response.ravel()), dtype=np.float64)


# ------------------------------------------------------------------ the panels


def _draw_gains(axes: Axes, result: ProbeResult) -> None:
    """Colour each phase by how far its DC gain is from the mean, and write the gain into it."""
    gains = result.flat.gains.sum(axis=3).mean(axis=2)
    off = gains - gains.mean()
    limit = max(float(np.abs(off).max()), 1e-3)
    image = axes.imshow(off, cmap="RdBu_r", vmin=-limit, vmax=limit)
    digits, size = (4, 11) if result.scale <= 4 else (2, 6)
    for (row, column), gain in np.ndenumerate(gains):
        dark = abs(off[row, column]) > 0.6 * limit
        look: Any = {"ha": "center", "va": "center", "fontsize": size}
        colour = "white" if dark else "black"
        axes.text(column, row, f"{gain:.{digits}f}", color=colour, **look)
    axes.set(xticks=range(result.scale), yticks=range(result.scale))
    axes.set(title="DC gain of each phase", xlabel="phase, right", ylabel="phase, down")
    scale: Any = {"label": "gain - mean gain", "format": "%.1e", "ticks": [-limit, 0, limit]}
    axes.figure.colorbar(image, ax=axes, location="bottom", **scale)


def _draw_impulse(axes: Axes, result: ProbeResult) -> None:
    shown = _middle(result.impulse.response, (2 * REACH + 1) * result.scale)
    limit = float(np.abs(shown).max()) or 1.0
    reach = REACH + 0.5
    image = axes.imshow(
        shown, cmap="RdBu_r", vmin=-limit, vmax=limit, extent=(-reach, reach, reach, -reach)
    )
    axes.set(title="impulse response", xlabel="LR pixels", ylabel="LR pixels")
    axes.figure.colorbar(image, ax=axes, location="bottom", label="of the pixel's height")


def _draw_response(axes: Axes, result: ProbeResult) -> None:
    frequency, along, diagonal = frequency_response(result.impulse.response)
    for k in range(1, result.scale // 2 + 1):
        label = "lattice k/s" if k == 1 else None
        axes.axvline(k / result.scale, color=_LATTICE, linewidth=1.2, label=label)
    axes.axvline(0.5 / result.scale, color="#999999", linestyle=":", label="Nyquist of LR")
    axes.plot(frequency, diagonal, color=_OTHER, linewidth=1, label="diagonal (f, f)")
    axes.plot(frequency, along, color=_CURVE, linewidth=1.4, label="axis (0, f)")
    top = max(5.0, float(along.max()) + 3, float(diagonal.max()) + 3)
    axes.set(xlim=(0, 0.505), ylim=(FLOOR_DB, top))
    axes.set(title="frequency response", xlabel="f, cycles per output pixel", ylabel="dB")
    axes.grid(visible=True, alpha=0.25)
    axes.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=2)


def _draw_edge(axes: Axes, result: ProbeResult) -> None:
    edge = result.edge
    axes.axvline(0, color="#999999", linewidth=0.8)
    for level in (0.1, 0.9):
        axes.axhline(level, color="#999999", linewidth=0.8, linestyle=":")
    axes.plot(edge.position, edge.profile, color=_CURVE)
    reach = 4 * result.scale
    axes.set(xlim=(-reach, reach), title="profile across the slanted edge")
    axes.set(xlabel="distance, output pixels", ylabel="of the edge's height")
    axes.grid(visible=True, alpha=0.25)


def _draw_picture(axes: Axes, picture: Floats, title: str) -> None:
    low, high = 0.0, 1.0
    if not 0.2 < float(picture.mean()) < 0.8:  # an untrained layer, say: show what there is
        low, high = (float(end) for end in np.quantile(picture, (0.005, 0.995)))
        title += f", black {low:.2g}, white {high:.2g}"
    axes.imshow(picture, cmap="gray", vmin=low, vmax=high, interpolation="nearest")
    axes.set(title=title, xticks=[], yticks=[])


def _draw_numbers(axes: Axes, result: ProbeResult) -> None:
    axes.set_axis_off()
    axes.set_title("numbers")
    flat, tone, edge = result.flat, result.tone, result.edge
    lines = [
        ("flat-field ripple", f"{flat.ripple:.3g} gl"),
        ("", f"{flat.ripple_db:.1f} dB"),
        ("gain ripple", f"{flat.gain_ripple:.2g}"),
        ("tone 1/32, images", f"{tone.image_db_32:.1f} dB"),
        ("tone 1/16, images", f"{tone.image_db_16:.1f} dB"),
        ("order", f"{tone.order:.2f}"),
        ("shift down", f"{tone.shift_px[0]:z.2f} px"),
        ("shift right", f"{tone.shift_px[1]:z.2f} px"),
        ("edge rise, 10-90 %", _known(edge.rise_px, " px")),
        ("overshoot", f"{100 * edge.overshoot:.1f} %"),
        ("MTF50", _known(edge.mtf50, " c/px")),
        ("linearity error", f"{result.linearity_error:.1g}"),
        ("shift-invariance error", f"{result.shift_error:.1g}"),
    ]
    for index, (name, value) in enumerate(lines):
        place = 0.97 - 0.058 * index
        axes.text(0.0, place, name, fontsize=10, transform=axes.transAxes)
        axes.text(1.0, place, value, fontsize=10, ha="right", transform=axes.transAxes)
    if result.approximation:
        text = fill(f"Approximation: {result.approximation}.", 44)
        look: Any = {"fontsize": 8.5, "color": _LATTICE, "va": "top"}
        axes.text(0.0, 0.18, text, transform=axes.transAxes, **look)


def _known(value: float | None, unit: str) -> str:
    return "unknown" if value is None else f"{value:.3g}{unit}"


def _middle(picture: Floats, side: int) -> Floats:
    start = (picture.shape[0] - side) // 2
    return picture[start : start + side, start : start + side]
