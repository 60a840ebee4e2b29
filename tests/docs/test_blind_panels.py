"""Panels: exact pixels, and the numbers in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from blind_panels import SHOWN, Panel, describe, draw_panels, write_panels
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

CHECKER = 255.0 * (np.indices((200, 200)).sum(axis=0) % 2)


def test_a_file_shows_every_pixel_and_carries_the_numbers(tmp_path: Path) -> None:
    """A checkerboard of one pixel stays black and white, and the text says what is below it."""
    panels = [Panel("one", CHECKER, {"level dB": 28.5}), Panel("two", CHECKER, {"part": 0.25})]
    with Image.open(write_panels(panels, tmp_path / "two.png")) as file:
        assert file.text == {**file.text, "Description": "one: level dB 28.50\ntwo: part 0.25"}
        drawn = np.asarray(file.convert("L"))[24 : 24 + SHOWN, 10 : 10 + SHOWN]
    assert np.isin(drawn, (0, 255)).all()
    zoom = SHOWN // 80
    assert (drawn == np.kron(CHECKER[:80, :80], np.ones((zoom, zoom)))).all()


def test_no_text_leaves_its_panel() -> None:
    """Titles and numbers of ordinary length keep clear of their neighbours and of the edge."""
    panel = Panel("made stronger, 1.5", CHECKER, {"checkerboard dB": 22.8, "no reference dB": 29.3})
    figure = draw_panels([panel] * 3)
    figure.draw_without_rendering()
    titles = [axes.title for axes in figure.axes]
    boxes = [text.get_window_extent() for text in (*titles, *figure.texts)]
    assert max(box.width for box in boxes) <= SHOWN
    assert min(min(box.x0, box.y0) for box in boxes) >= 0


def test_numbers_have_two_decimals() -> None:
    """What is written is short."""
    assert describe(Panel("a", CHECKER, {"x dB": 1.0, "y": 0.123})) == "a: x dB 1.00, y 0.12"
