"""Copy the tables of a finished run to the published ones.

``python results/publish.py bench FOLDER`` copies what ``make bench`` wrote to ``results/bench``.
``python results/publish.py leaderboard FOLDER`` writes the classic tables to
``results/leaderboard``: only of sets that are complete, with the speeds of ``results/bench``, which
were measured alone, in place of those of the run.  With ``--add``, what is published already and
the run lacks stays: a set, a method or a scale at a time can be run and published.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

import upbench
from upbench.benchmark.core.csv import write_csv
from upbench.benchmark.core.errors import UpbenchError
from upbench.benchmark.core.table import Column, Table
from upbench.benchmark.core.text import listed
from upbench.benchmark.engine.manifest import merged, read_manifest, write_manifest
from upbench.benchmark.registry.catalog import collect
from upbench.benchmark.report.figures import quality_against_speed
from upbench.benchmark.report.published.numbers import MARK
from upbench.benchmark.report.published.paper import TITLES, paper_of, size
from upbench.benchmark.report.render.markdown import section

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from upbench.benchmark.engine.manifest import Manifest
    from upbench.benchmark.report.published.paper import Paper

RESULTS = Path(__file__).parent
COPIED = (
    *("scores.csv", "scores.parquet", "summary.csv", "summary.md", "agreement.csv"),
    *("manifest.json", "figures/speed-*.png", "figures/agreement-*.png"),
    *("figures/spectra-*.png", "figures/strip-standard-coffee-*.png"),
)
"""What is copied of a bench as it is."""
OWN_SPEEDS = ["seconds", "mpx_per_s"]
"""Columns of calls that were timed while other cells ran."""
SAME = ("versions", "methods", "protocols", "metrics")
"""What the manifests of two runs must agree in to be in one table."""
PLACE = ["dataset", "protocol", "method", "scale"]
"""What is replaced as a whole."""
FIGURES = (2, "y-classic")
"""The scale and the protocol of the figures, one for each set."""
TEXT = """# The classic tables

Every default method on {sets}, at x2, x3 and x4: under `y-classic` all methods, under `rgb8` the
interpolations. PSNR in dB / SSIM, means over the images.

- In it: {counts}.{missing}
- The sets were published one after another: `manifest.json` has the command of the last run, and
  the methods, images and versions of all.
- Made by `make leaderboard`, which resumes; `upbench.load("results/leaderboard")` gives the rows.
- `summary.csv` has intervals, differences to bicubic and rank ranges of each table.
- Its speeds, `rgb8_mpx_per_s`, are those of [`results/bench`](../bench/summary.md): measured alone,
  whole calls on uint8 RGB.
- Rows with {mark} are published numbers: [`published.csv`](../published.csv) has the table of each.
  They were not measured here.
- The documentation site has these tables sortable, with an address for each row:
  [The classic tables](../../docs/leaderboard.md).

Set5 and Set14 are not independent: Set5's butterfly and head are crops of Set14's monarch and
face.
Set5's woman is BSD200's 302003 at 0.72 of its size;
no weights here learned from that: [Learned methods](../../docs/learned.md).

"""


def main() -> None:
    """Read the two arguments and publish."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["bench", "leaderboard"])
    parser.add_argument("folder", type=Path, help="the run's folder")
    parser.add_argument("--add", action="store_true", help="keep what the run lacks")
    given = parser.parse_args()
    if given.add and given.what == "bench":
        parser.error("--add is for the leaderboard: a bench has one set.")
    try:
        if given.what == "leaderboard":
            write_leaderboard(given.folder, RESULTS / "leaderboard", add=given.add)
        else:
            copy_bench(given.folder, RESULTS / "bench")
    except UpbenchError as error:
        raise SystemExit(str(error)) from None


def copy_bench(folder: Path, target: Path) -> None:
    """Copy what is published of ``make bench``.

    Raises:
        SystemExit: The folder holds something else, or not all of it.
    """
    manifest = read_manifest(folder)
    if [*manifest["datasets"]] != ["standard"] or len(manifest["protocols"]) != 1:
        raise SystemExit(
            f"{folder} holds no run of the images of standard alone; run make bench first."
        )
    lacking = [name for name in COPIED if "*" not in name and not (folder / name).is_file()]
    if lacking:
        raise SystemExit(f"{folder} lacks {listed(lacking)}; run make bench again.")
    (target / "figures").mkdir(parents=True, exist_ok=True)
    for pattern in COPIED:
        for file in sorted(folder.glob(pattern)):
            shutil.copyfile(file, target / file.relative_to(folder))


def write_leaderboard(folder: Path, target: Path, *, add: bool = False) -> None:
    """Write rows, manifest, summary, figures and README of the complete sets of a run."""
    rows = complete(upbench.load(folder)).assign(**dict.fromkeys(OWN_SPEEDS, float("nan")))
    manifest = read_manifest(folder)
    manifest["command"] = without_place(manifest.get("command", []))
    if add:
        rows, manifest = added(target, rows, manifest)
    summary = with_bench_speeds(upbench.summarise(rows))
    text = readme(summary, rows)
    # nothing is written before all of it is known: rows and tables stay those of one run
    (target / "figures").mkdir(parents=True, exist_ok=True)
    rows.to_parquet(target / "scores.parquet", index=False)
    write_manifest(target, manifest)
    write_csv(summary, target / "summary.csv")
    (target / "README.md").write_text(text, encoding="utf-8")
    scale, protocol = FIGURES
    shown = summary[(summary["scale"] == scale) & (summary["protocol"] == protocol)]
    for dataset, table in shown.groupby("dataset"):
        title = f"{TITLES[str(dataset)]} x{scale}, {protocol}"
        name = f"speed-{dataset}-x{scale}-{protocol}.png"
        quality_against_speed(table, title).savefig(target / "figures" / name, dpi=110)


def without_place(command: Sequence[str]) -> list[str]:
    """Return a command without its ``--out``, whose place says nothing to others.

    >>> without_place(["upbench", "run", "--out", "a/b", "--jobs", "2"])
    ['upbench', 'run', '--jobs', '2']
    """
    out = [n for n, word in enumerate(command) if word == "--out"]
    dropped = {place for n in out for place in (n, n + 1)}
    return [word for n, word in enumerate(command) if n not in dropped]


def added(target: Path, rows: pd.DataFrame, manifest: Manifest) -> tuple[pd.DataFrame, Manifest]:
    """Return the rows and the manifest of a run with what is published and the run lacks.

    Raises:
        SystemExit: The two were not run with the same libraries, methods, protocols and metrics.
    """
    published, before = upbench.load(target), read_manifest(target)
    run = pd.MultiIndex.from_frame(rows[PLACE])
    kept = published[~pd.MultiIndex.from_frame(published[PLACE]).isin(run)]
    others = [part for part in SAME if _differ(before[part], manifest[part])]
    if len(kept) and others:
        raise SystemExit(
            f"The {listed(others)} of the run are not those of the published rows; run all that is "
            "published again."
        )
    every = pd.concat([kept, rows], ignore_index=True)
    return every, merged(before, manifest, every)


def _differ(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Say whether two parts of manifests contradict each other."""
    return any(before[name] != now[name] for name in before.keys() & now.keys())


def complete(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep the sets of which every image has a score by every method of its protocol.

    Raises:
        SystemExit: There is none.
    """
    sizes = {name: len(one.items()) for name, one in collect().datasets.items() if name in TITLES}
    kept = []
    for (dataset, protocol), group in rows.groupby(["dataset", "protocol"]):
        run = group[group["status"] != "skipped"]
        done = run["status"].eq("ok").groupby([run["method"], run["scale"]]).sum()
        missing = done[done != sizes.get(str(dataset))]
        if len(done) and missing.empty:
            kept.append(run)
            continue
        first = [f"{method} x{scale}" for method, scale in missing.index[:3]]
        sys.stderr.write(
            f"{dataset}, {protocol}, is left out: {len(missing)} methods and scales have no score "
            f"of some image ({', '.join(first) or 'none was run'}).\n"
        )
    if not kept:
        raise SystemExit("No set is complete; run the same command again until every cell is ok.")
    return pd.concat(kept).sort_index()


def with_bench_speeds(summary: pd.DataFrame) -> pd.DataFrame:
    """Put the speeds of the bench, by method and scale, where the run's own would stand."""
    bench = pd.read_csv(RESULTS / "bench" / "summary.csv")
    speeds = bench.set_index(["method", "scale"])[["rgb8_mpx_per_s", "rgb8_basis"]]
    joined = summary.drop(columns=OWN_SPEEDS).join(speeds, on=["method", "scale"])
    return joined.assign(**dict.fromkeys(OWN_SPEEDS, float("nan")))


def readme(summary: pd.DataFrame, rows: pd.DataFrame) -> str:
    """Return the text of README: what is in, then a table for each protocol and set."""
    sizes = rows.groupby("dataset")["image"].nunique()
    here = [name for name in TITLES if name in sizes]
    absent = [TITLES[name] for name in TITLES if name not in sizes]
    text = TEXT.format(
        sets=listed([TITLES[name] for name in here]),
        counts=listed([f"{TITLES[name]} ({sizes[name]} images)" for name in here]),
        missing=f" Not yet: {listed(absent)}." if absent else "",
        mark=MARK,
    )
    return text + "\n".join(map(section, tables(summary, rows)))


def tables(summary: pd.DataFrame, rows: pd.DataFrame) -> Iterator[Table]:
    """Yield a table for each protocol and set: methods down, scales across, the best first."""
    for protocol in dict.fromkeys(["y-classic", *summary["protocol"]]):
        for name in TITLES:
            part = summary[(summary["protocol"] == protocol) & (summary["dataset"] == name)]
            if len(part):
                yield _table(f"{TITLES[name]}, {protocol}", part, rows)


def _table(title: str, part: pd.DataFrame, rows: pd.DataFrame) -> Table:
    paper = paper_of(part, rows, published=part["protocol"].iloc[0] == "y-classic")
    columns = (
        Column("method", "method"),
        Column("size", "parameters", "s"),
        *(Column(f"x{scale}", f"x{scale}", "s") for _, scale in paper.places),
    )
    order = sorted(range(len(paper.rows)), key=lambda n: best_first(paper, n), reverse=True)
    lines = tuple(_line(paper, number) for number in order)
    best = frozenset(
        (line, f"x{place[1]}")
        for line, number in enumerate(order)
        for place in paper.places
        if paper.marks.get((number, place, 0)) == "best"
    )
    return Table(columns, lines, title, best=best)


def best_first(paper: Paper, number: int) -> list[float]:
    """Return what a row is ordered by: its PSNR at the smallest scale that it has, then others."""
    cells = paper.rows[number].cells
    return [float(cells[place].psnr_db) if place in cells else 0.0 for place in paper.places]


def _line(paper: Paper, number: int) -> dict[str, Any]:
    row = paper.rows[number]
    return {
        "method": f"{row.name} {MARK}" if row.is_published else row.name,
        "size": size(row.parameters) or None,
        **{f"x{place[1]}": " / ".join(filter(None, cell)) for place, cell in row.cells.items()},
    }


if __name__ == "__main__":
    main()
