"""How long the report takes, and how long its page takes to open in a browser.

    python results/perf/page_speed.py [DIR]    # a run to open as well: the default bench

It makes a run of 10,080 rows (40 methods, 84 images, 3 scales, the first 24 images pictured) whose
scores and crops are drawn at random around real pictures, reports it, and opens the page.  The
page is open when its table can be used, and drawn when its plots stand.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.core.row import Row
from upbench.benchmark.engine.manifest import describe_method
from upbench.benchmark.engine.plan import PICTURED_IMAGES, Cell
from upbench.benchmark.engine.result import Result
from upbench.benchmark.engine.store import MANIFEST, Store
from upbench.benchmark.imaging.embedded import read_embedded, side
from upbench.benchmark.registry.catalog import collect
from upbench.benchmark.report.folder import rebuild

if TYPE_CHECKING:
    from collections.abc import Iterator

    from upbench.benchmark.core.contract import Image8

METHODS, IMAGES, SCALES = 40, 84, (2, 3, 4)
SEED = 20261123
SIDE = 96
OPENINGS = 3
TARGETS = {"report": 20.0, "10,000 rows": 4.0, "default bench": 2.0}
"""Seconds."""


def main() -> None:
    """Print each figure beside its target."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        fill(folder)
        start = time.perf_counter()
        rows = rebuild(folder).rows
        tell(f"report on {len(rows)} rows", time.perf_counter() - start, TARGETS["report"])
        open_page(folder / "report.html", "10,000 rows")
    for given in sys.argv[1:]:
        open_page(Path(given) / "report.html", "default bench")


def tell(what: str, seconds: float, target: float) -> None:
    """Print one figure."""
    verdict = "ok" if seconds <= target else "MISSED"
    sys.stdout.write(f"{what:<56} {seconds:7.2f} s  at most {target:4.1f} s  {verdict}\n")


def open_page(page: Path, what: str) -> None:
    """Open a page in a fresh browser a few times and print the median times."""
    from playwright.sync_api import sync_playwright

    executable = os.environ.get("UPBENCH_CHROMIUM") or shutil.which("chromium")
    used, drawn = [], []
    with sync_playwright() as play:
        for _ in range(OPENINGS):
            browser = play.chromium.launch(
                executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
            )
            tab = browser.new_page(viewport={"width": 1440, "height": 900})
            start = time.perf_counter()
            tab.goto(page.resolve().as_uri(), wait_until="commit")
            tab.locator("html[data-ready]").wait_for()
            used.append(time.perf_counter() - start)
            tab.locator("html[data-plots]").wait_for()
            drawn.append(time.perf_counter() - start)
            browser.close()
    size = f"{page.stat().st_size / 1e6:.1f} MB"
    tell(f"{what}, {size}: the table can be used", float(np.median(used)), TARGETS[what])
    tell(f"{what}, {size}: the plots stand", float(np.median(drawn)), TARGETS[what])


def fill(folder: Path) -> None:
    """Write a run of many rows."""
    methods = [*collect().methods.values()][:METHODS]
    described = {method.name: describe_method(method) for method in methods}
    manifest = {"written_at": "2026-11-23T12:00:00+00:00", "methods": described}
    with Store(folder) as store:
        for result in _results([(m.name, m.family) for m in methods]):
            store.add(result)
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def _results(methods: list[tuple[str, str]]) -> Iterator[Result]:
    draw = np.random.default_rng(SEED)
    originals = [read_embedded(image.name) for image in side("standard")]
    pictures = [(one * 255).astype(np.uint8)[:, :, :1] for one in originals]
    for scale in SCALES:
        for image in range(IMAGES):
            picture = pictures[image % len(pictures)]
            top, left = (int(draw.integers(0, side - SIDE)) for side in picture.shape[:2])
            high = picture[top : top + SIDE, left : left + SIDE]
            for number, (method, family) in enumerate(methods):
                cell = Cell(
                    method=method,
                    family=family,
                    dataset="many",
                    image=f"image-{image:03}",
                    scale=scale,
                    protocol="y-classic",
                    code_hash="0" * 16,
                    key="",
                    pictured=image < PICTURED_IMAGES,
                )
                row = _row(cell, 36.0 - 2 * scale - 0.05 * number + draw.normal(0, 2.0))
                crop = _changed(high, draw) if cell.pictured else None
                yield Result(cell, row, crop, high if cell.pictured else None)


def _changed(high: Image8, draw: np.random.Generator) -> Image8:
    """Return what a method might have made of a picture: smoother, and a little wrong."""
    smooth = (high.astype(np.int16) + np.roll(high, 1, axis=0) + np.roll(high, 1, axis=1)) // 3
    return np.clip(smooth + draw.integers(-1, 2, high.shape), 0, 255).astype(np.uint8)


def _row(cell: Cell, psnr: float) -> Row:
    known: dict[str, Any] = dict.fromkeys(Row.__dataclass_fields__)
    known |= {name: getattr(cell, name) for name in ("method", "family", "dataset", "image")}
    known |= {"height": 512, "width": 512, "channels": 1, "scale": cell.scale, "status": "ok"}
    scores = {"psnr_db": psnr, "ssim": 0.8 + psnr / 400, "checkerboard_db": 0.0, "shift_px": 0.0}
    known |= {"protocol": cell.protocol, "scores": scores, "seconds": 0.002, "mpx_per_s": 100.0}
    known |= {"measured_at": "2026-11-23T12:00:00+00:00", "machine": "here", "code_hash": "0"}
    return Row(**known)


if __name__ == "__main__":
    main()
