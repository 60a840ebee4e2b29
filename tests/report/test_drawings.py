"""The pictures of a run: how many there are, and what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.engine.store import Store
from upbench.benchmark.report.drawings import FIGURES, LONGEST_NAME, _file_names, is_drawn
from upbench.benchmark.report.folder import rebuild, write_report
from upbench.benchmark.report.source import source_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_names_are_short_and_none_stands_twice() -> None:
    """What a file system cannot hold, or would fold into one file, gets a name of its own."""
    names = [*_file_names(["a b", "a/b", "A:B", "é" * 300])]
    assert names[:3] == ["a-b.png", "a-b-2.png", "A-B-3.png"]
    assert len(names[3].encode()) <= LONGEST_NAME + 4
    taken = [
        *_file_names(["strip d a x2 y", "strip d:a x2 y", "strip d a x2 y-2", "STRIP d a x2 y"])
    ]
    assert len({name.casefold() for name in taken}) == 4


def test_a_run_gets_its_pictures(small_run: Path) -> None:
    """One plot, one sheet of spectra and of agreement a scale, a strip for each image."""
    rebuild(small_run)
    names = [file.name for file in (small_run / FIGURES).glob("*.png")]
    kinds = [name.partition("-")[0] for name in names]
    counts = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
    assert counts == {"agreement": 2, "spectra": 2, "speed": 2, "strip": 8}


def test_strips_of_a_large_run_are_bounded(
    small_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each dataset, scale and protocol has its first images; the page has them all."""
    monkeypatch.setattr("upbench.benchmark.report.drawings.MAX_STRIPS", 2)
    rebuild(small_run)
    strips = sorted(file.name for file in (small_run / FIGURES).glob("strip-*"))
    assert [name[-16:] for name in strips] == ["x2-y-classic.png", "x3-y-classic.png"]


def test_pictures_of_the_same_rows_are_not_drawn_again(small_run: Path) -> None:
    """The marker knows the rows; another row makes the pictures old."""
    rebuild(small_run)
    assert is_drawn(small_run)
    picture = next((small_run / FIGURES).glob("speed-*"))
    before = picture.stat().st_mtime_ns
    with Store(small_run) as store:
        write_report(source_of(store, store.export()))
    assert picture.stat().st_mtime_ns == before
    (small_run / "scores.csv").write_text("other rows")
    assert not is_drawn(small_run)


def test_pictures_follow_the_speeds_and_those_of_images_that_are_gone_go(small_run: Path) -> None:
    """The plots are of the summary too; a picture that is not drawn again is of an older run."""
    rebuild(small_run)
    figures = small_run / FIGURES
    (figures / "mine.png").write_bytes(b"a user's own")
    assert len([*figures.glob("strip-*coffee*")]) == 2
    with Store(small_run) as store:
        rows = store.export()
        write_report(source_of(store, rows[rows["image"] != "coffee"]))
    assert [*figures.glob("strip-*coffee*")] == []
    assert (figures / "mine.png").is_file()
    with (small_run / "summary.csv").open("a") as summary:
        summary.write("another speed\n")
    assert not is_drawn(small_run)


def test_a_report_beside_a_running_run_is_of_one_moment(small_run: Path) -> None:
    """Crops that came after the rows were read, or of images that are gone, do not show."""
    with Store(small_run) as store:
        rows = store.export()
        earlier = rows[(rows["image"] != "coffee") & (rows["method"] != "nearest")]
        source = write_report(source_of(store, earlier))
    assert {identity[2] for identity in source.crops} == set(earlier["image"])
    assert "nearest" not in {identity[0] for identity in source.crops}
    assert is_drawn(small_run)
