"""The probe's figure: what it shows, and the frequency response in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from upbench.benchmark.core.contract import ATTRIBUTE, Method
from upbench.benchmark.theory.probe.figure import (
    FLOOR_DB,
    frequency_response,
    probe_figure,
    write_probe_figure,
)
from upbench.benchmark.theory.probe.run import probe_method
from upbench.methods import canonical

if TYPE_CHECKING:
    from pathlib import Path

    from upbench.benchmark.theory.probe.result import ProbeResult


@pytest.fixture(scope="module")
def nearest() -> ProbeResult:
    """Probe nearest neighbour at x3."""
    return probe_method(getattr(canonical.nearest, ATTRIBUTE), 3)


def test_the_response_of_a_box_is_known() -> None:
    """A box of 2 x 2 has cos(pi f) along an axis and its square on the diagonal."""
    box = np.zeros((32, 32))
    box[15:17, 15:17] = 1
    frequency, along, diagonal = frequency_response(box)
    inner = frequency < 0.45
    expected = 20 * np.log10(np.cos(np.pi * frequency[inner]))
    np.testing.assert_allclose(along[inner], expected, atol=1e-9)
    np.testing.assert_allclose(diagonal[inner], 2 * expected, atol=1e-9)
    assert along[-1] == diagonal[-1] == FLOOR_DB


def test_a_response_of_nothing_is_drawn() -> None:
    """A method that ignores its input has no response, and no division by zero."""
    _, along, diagonal = frequency_response(np.zeros((8, 8)))
    assert along.max() == diagonal.max() == FLOOR_DB


def test_the_figure_has_every_panel(nearest: ProbeResult) -> None:
    """Gains, impulse and frequency response, edge, zone plate, star and numbers are there."""
    titles = {axes.get_title() for axes in probe_figure(nearest).axes}
    assert titles >= {
        "DC gain of each phase",
        "impulse response",
        "frequency response",
        "numbers",
        "profile across the slanted edge",
        "slanted edge",
        "zone plate",
        "Siemens star",
    }


def test_the_lattice_is_marked(nearest: ProbeResult) -> None:
    """A line stands at every k/s up to Nyquist: at x3 at one third."""
    panel = next(a for a in probe_figure(nearest).axes if a.get_title() == "frequency response")
    marks = [line for line in panel.lines if str(line.get_label()).startswith("lattice")]
    assert [float(np.ravel(line.get_xdata())[0]) for line in marks] == [1 / 3]


def test_the_numbers_are_the_probes(nearest: ProbeResult) -> None:
    """The text holds the level of the tone."""
    panel = next(a for a in probe_figure(nearest).axes if a.get_title() == "numbers")
    assert "-25.4 dB" in [text.get_text() for text in panel.texts]


def test_an_approximation_is_written_on_it(tmp_path: Path) -> None:
    """A non-linear method's figure says so; a dollar in a name is no formula."""
    bent = Method("a$b$", "mine", lambda x, s: 5 * canonical.bicubic(x, s) ** 2)
    result = probe_method(bent, 2)
    panel = next(a for a in probe_figure(result).axes if a.get_title() == "numbers")
    assert any(text.get_text().startswith("Approximation: non-linear") for text in panel.texts)
    path = write_probe_figure(result, tmp_path)
    assert path.name == "probe-a$b$-x2.png"
    assert path.stat().st_size > 10_000
