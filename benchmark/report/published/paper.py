"""One table as papers print it: methods down, sets and scales across, PSNR / SSIM."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Literal, NamedTuple

from upbench.benchmark.core.files import write_text
from upbench.benchmark.core.sizes import ScaleOrSize, as_scale_or_size, scale_label
from upbench.benchmark.core.table import Column
from upbench.benchmark.report.published import numbers
from upbench.benchmark.report.render import latex
from upbench.benchmark.report.summary import GROUP, INFINITE, is_complete, standings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from upbench.benchmark.report.published.numbers import Published
    from upbench.benchmark.report.source import Source

TITLES = {"set5": "Set5", "set14": "Set14", "bsd100": "BSD100", "urban100": "Urban100"}
"""How papers write the public sets, in their usual order."""
COLUMNS = (Column("psnr_db", "PSNR", ".2f"), Column("ssim", "SSIM", ".4f"))
"""What a cell holds."""
PUBLISHED = "published"
"""The rows of papers, which put numbers of several conventions into one table."""
Place = tuple[str, ScaleOrSize]
"""A set and a scale."""
Mark = Literal["best", "second", ""]


class Cell(NamedTuple):
    """What a method has on one set at one scale, as it is printed; "" is nothing."""

    psnr_db: str
    ssim: str


@dataclass(frozen=True)
class PaperRow:
    """One method."""

    name: str
    parameters: tuple[int, ...]
    """The fewest and the most, over scales; empty where they are not known."""
    cells: dict[Place, Cell]
    protocol: str = ""
    cite: str = ""
    """The key of its paper; "" for a method that was measured here."""
    sources: tuple[str, ...] = ()
    """Where published numbers were read."""
    standings: dict[Place, int] = field(default_factory=dict)
    """Its place by PSNR, from 1, on sets where a mean is infinite and orders nothing."""

    @property
    def is_published(self) -> bool:
        """Whether its numbers are others' and were not measured here."""
        return bool(self.cite)

    @property
    def compared_with(self) -> str:
        """The rows that it is marked among: others' numbers, of several conventions, or ours."""
        return PUBLISHED if self.is_published else self.protocol


@dataclass(frozen=True)
class Paper:
    """The table: published networks by year, then what was measured."""

    places: tuple[Place, ...]
    rows: tuple[PaperRow, ...]
    marks: dict[tuple[int, Place, int], Mark] = field(default_factory=dict)
    """By row, place and number (0 is PSNR, 1 SSIM): the best and the second best of a protocol."""

    @property
    def sets(self) -> list[tuple[str, list[ScaleOrSize]]]:
        """The sets' titles with their scales, in their order."""
        found: dict[str, list[ScaleOrSize]] = {}
        for dataset, scale in self.places:
            found.setdefault(TITLES.get(dataset, dataset), []).append(scale)
        return list(found.items())


def paper_of(summary: pd.DataFrame, rows: pd.DataFrame, *, published: bool = True) -> Paper:
    """Lay out a run's means beside published numbers of the same sets and scales.

    Args:
        summary: As :func:`upbench.benchmark.report.summary.summarise` returns it; means over some
            images alone are left out.
        rows: The run's rows, for the methods' parameters.
        published: Whether the published numbers are there.
    """
    found = set(summary["dataset"])
    datasets = [*(name for name in TITLES if name in found), *sorted(found - TITLES.keys())]
    scales = sorted(map(as_scale_or_size, set(summary["scale"])))
    places = tuple((dataset, scale) for dataset in datasets for scale in scales)
    others = _published_rows(places) if published else ()
    body = (*others, *_measured_rows(summary, rows))
    return Paper(places, body, _marks(places, body))


def _published_rows(places: Sequence[Place]) -> Iterator[PaperRow]:
    by_network: dict[str, list[Published]] = {}
    for one in numbers.published():
        if (one.dataset, one.scale) in places:
            by_network.setdefault(one.network, []).append(one)
    for network, found in sorted(by_network.items(), key=lambda named: named[1][0].year):
        cells: dict[Place, Cell] = {}
        for one in found:  # where sources disagree, the first one counts
            ssim = "" if one.ssim is None else f"{one.ssim:.4f}"
            cells.setdefault((one.dataset, one.scale), Cell(f"{one.psnr_db:.2f}", ssim))
        counts = sorted({one.parameters for one in found if one.parameters})
        yield PaperRow(
            network,
            (counts[0], counts[-1]) if counts else (),
            cells,
            found[0].protocol,
            found[0].cite,
            tuple(dict.fromkeys(one.source for one in found)),
        )


def _measured_rows(summary: pd.DataFrame, rows: pd.DataFrame) -> Iterator[PaperRow]:
    complete = summary[summary["images"].map(is_complete).astype(bool)]
    several = len(set(summary["protocol"])) > 1
    places = _standings(complete)
    for (method, protocol), group in complete.groupby(["method", "protocol"], sort=False):
        cells = {
            (str(row["dataset"]), as_scale_or_size(row["scale"])): Cell(
                *(column.write(row.get(column.key)) for column in COLUMNS)
            )
            for row in group.to_dict("records")
        }
        counts = _counts(rows, str(method))
        name = f"{method} ({protocol})" if several else str(method)
        yield PaperRow(
            name,
            (counts[0], counts[-1]) if counts else (),
            cells,
            protocol=str(protocol),
            standings=places.get((str(method), str(protocol)), {}),
        )


def _standings(complete: pd.DataFrame) -> dict[tuple[str, str], dict[Place, int]]:
    """Return the standings of each method and protocol on sets where a mean is infinite."""
    found: dict[tuple[str, str], dict[Place, int]] = {}
    for (dataset, scale, protocol), table in complete.groupby(GROUP, sort=False):
        if table["psnr_db"].isin(INFINITE).any():
            place = (str(dataset), as_scale_or_size(scale))
            for method, standing in standings(table).items():
                found.setdefault((method, str(protocol)), {})[place] = standing
    return found


def _counts(rows: pd.DataFrame, method: str) -> list[int]:
    if "parameters" not in rows:
        return []
    known = rows.loc[rows["method"] == method, "parameters"].dropna()
    return sorted({int(count) for count in known if count})


def _marks(places: Sequence[Place], rows: Sequence[PaperRow]) -> dict[tuple[int, Place, int], Mark]:
    """Mark the best and the second best of each number; what prints alike is alike.

    Numbers of two protocols are not compared: each has a best of its own.  So have published ones.
    """
    found: dict[tuple[int, Place, int], Mark] = {}
    for protocol in sorted({row.compared_with for row in rows}):
        for place, part in product(places, (0, 1)):
            shown = {
                number: _order(row, place, part)
                for number, row in enumerate(rows)
                if row.compared_with == protocol and place in row.cells and row.cells[place][part]
            }
            ranked = sorted(set(shown.values()), reverse=True)
            for mark, value in zip(("best", "second"), ranked, strict=False):
                found |= {(n, place, part): mark for n, own in shown.items() if own == value}  # type: ignore[misc]
    return found


def _order(row: PaperRow, place: Place, part: int) -> float:
    """Return what a number is compared by, higher is better."""
    if part == 0 and place in row.standings:
        return -row.standings[place]
    return float(row.cells[place][part])


def size(parameters: tuple[int, ...]) -> str:
    """Write a number of parameters, or the fewest and the most.

    >>> size((534000, 550000)), size((11900000, 11900000)), size((36, 36)), size(())
    ('534K to 550K', '11.9M', '36', '')
    """
    return " to ".join(dict.fromkeys(map(_short, parameters)))


def _short(count: int) -> str:
    if count >= 1_000_000:
        return f"{count / 1e6:.1f}M"
    return f"{count / 1e3:.0f}K" if count >= 1000 else str(count)


def to_latex(paper: Paper) -> str:
    r"""Return the table as LaTeX, so that ``\input{paper.tex}`` sets it."""
    measured = sorted({row.protocol for row in paper.rows if not row.is_published})
    published_count = sum(row.is_published for row in paper.rows)
    caption = (
        "PSNR (dB) / SSIM, means over the images; the best of each column is bold, the second "
        f"underlined{', for each protocol' * (len(measured) > 1)}"
        f"{', published numbers apart' * bool(published_count)}. "
        f"Measured under {latex.escape(', '.join(measured))}"
        + (
            r"; rows with $^\dagger$ are published numbers, not measured here."
            if published_count
            else "."
        )
    )
    body = [_latex_row(paper, number) for number in range(len(paper.rows))]
    blocks = [body[:published_count], body[published_count:]]
    heads = [(latex.escape(dataset), len(scales)) for dataset, scales in paper.sets]
    below = [scale_label(scale).replace("x", r"$\times$") for _, scale in paper.places]
    return latex.wide_environment(
        ["Method", "Params"],
        heads,
        below,
        [b for b in blocks if b],
        caption=caption,
        label="tab:paper",
    )


def _latex_row(paper: Paper, number: int) -> list[str]:
    row = paper.rows[number]
    name = latex.escape(row.name)
    if row.is_published:
        name += rf"~\cite{{{row.cite}}}$^\dagger$"
    cells = [_latex_cell(paper, number, place) for place in paper.places]
    return [name, latex.escape(size(row.parameters)) or latex.NOTHING, *cells]


def _latex_cell(paper: Paper, number: int, place: Place) -> str:
    if place not in paper.rows[number].cells:
        return latex.NOTHING
    texts = paper.rows[number].cells[place]
    return "/".join(
        _set(text, paper.marks.get((number, place, part), "")) for part, text in enumerate(texts)
    )


def _set(text: str, mark: Mark) -> str:
    if not text:
        return latex.NOTHING
    text = latex.set_number(text)
    return {"best": rf"\textbf{{{text}}}", "second": rf"\underline{{{text}}}", "": text}[mark]


def write_paper(source: Source) -> list[Path]:
    """Write ``paper.tex``, and ``paper.bib`` beside it; return the files.

    Raises:
        StoreError: The folder cannot be written.
    """
    paper = paper_of(source.summary, source.rows)
    return [
        write_text(source.folder / "paper.tex", to_latex(paper)),
        write_text(source.folder / "paper.bib", cited(paper)),
    ]


def cited(paper: Paper) -> str:
    """Return the BibTeX entries of a table's published rows."""
    return numbers.bibliography([row.cite for row in paper.rows if row.is_published])
