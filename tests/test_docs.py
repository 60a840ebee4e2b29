"""The pages under docs cannot lie: their code runs, prints what they say, and tables are true."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from upbench.benchmark.arithmetic import guide
from upbench.benchmark.layers.overlap import overlap, overlap_table
from upbench.benchmark.report.explain import TOPICS, example_of, picture

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(page.name for page in DOCS.glob("*.md"))
BLOCK = re.compile(r"^```python\n(.*?)^```(?:\n\n```text\n(.*?)^```)?", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"(?:^    |`)upbench ([a-z][\w-]*)", re.MULTILINE)
NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d+\b")


def read(page: str) -> str:
    """Return a page's text."""
    return (DOCS / page).read_text(encoding="utf-8")


def rows(page: str, first: str) -> list[list[str]]:
    """Return the body of the table whose first heading this is, cell by cell."""
    lines = read(page).splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"| {first} |"))
    body = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        body.append([cell.strip() for cell in line.strip("|").split("|")])
    return body


def same_text(said: str, printed: str) -> bool:
    """Compare texts to the letter, and numbers with decimals to 1 % or 0.1."""
    if NUMBER.sub("#", said) != NUMBER.sub("#", printed):
        return False
    numbers = ([float(number) for number in NUMBER.findall(text)] for text in (said, printed))
    return all(a == pytest.approx(b, rel=0.01, abs=0.1) for a, b in zip(*numbers, strict=True))


@pytest.mark.parametrize("page", PAGES)
def test_python_blocks_run_and_print_what_follows(
    page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks run in order, in one namespace, from the root; the text below is what they print."""
    monkeypatch.chdir(ROOT)
    namespace: dict[str, Any] = {}
    for code, said in BLOCK.findall(read(page)):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, page, "exec"), namespace)  # noqa: S102 - our own text
        assert same_text(said, printed.getvalue()), f"{code}\nprints:\n{printed.getvalue()}"


def test_every_fence_is_a_block_that_was_found() -> None:
    """No code escapes the test above by the way it is fenced."""
    for page in PAGES:
        fences = re.findall(r"^ *(?:```|~~~)", read(page), re.MULTILINE)
        found = [1 + bool(said) for _, said in BLOCK.findall(read(page))]
        assert len(fences) == 2 * sum(found), page


def test_numbers_may_differ_a_little_and_words_may_not() -> None:
    """The comparison of printed texts forgives rounding, and nothing else."""
    assert same_text("a 22.77 dB, 3 x", "a 22.71 dB, 3 x")
    assert not same_text("a 22.77 dB, 3 x", "a 23.77 dB, 3 x")
    assert not same_text("a 22.77 dB, 3 x", "a 22.77 dB, 4 x")


@pytest.mark.parametrize(
    "command", sorted({c for page in PAGES for c in COMMAND.findall(read(page))})
)
def test_commands_exist(
    upbench: Callable[..., subprocess.CompletedProcess[str]], command: str
) -> None:
    """Every command that a page names answers --help."""
    assert upbench(command, "--help").returncode == 0


@pytest.mark.parametrize("page", PAGES)
def test_links_and_pictures_lead_somewhere(page: str) -> None:
    """Every file that a page points to is there."""
    for target in re.findall(r"\]\(([^)#]+)\)", read(page)):
        assert target.startswith("https://") or (DOCS / target).exists(), target


def test_every_picture_is_shown() -> None:
    """No picture lies in the folder without a page that shows it."""
    shown = {name for page in PAGES for name in re.findall(r"\(pictures/([\w.-]+)\)", read(page))}
    assert shown == {file.name for file in (DOCS / "pictures").iterdir()}


# ------------------------------------------------------------------ the page on arithmetic


def test_the_relationships_are_those_of_the_guide() -> None:
    """Number, name and formula of each row are the code's, and its example is what comes out."""
    table = rows("arithmetic.md", "no.")
    assert [int(row[0]) for row in table] == list(guide.RELATIONSHIPS)
    for number, name, formula, example in table:
        known = guide.RELATIONSHIPS[int(number)]
        assert (name, formula) == (known.name, known.formula)
        called = re.fullmatch(r"`(relationship_\d+)\((\d+), (.*)\)` = (\d+)", example)
        assert called, example
        function, size, named, output = called.groups()
        assert function == known.function.__name__
        arguments = {key: int(value) for key, value in re.findall(r"(\w)=(\d+)", named)}
        found = known.function(int(size), **arguments)
        assert getattr(found, "output", found) == int(output)


def test_the_table_of_kernels_and_strides_is_true() -> None:
    """Each cell says what layer theory says: even or how uneven, and whether centred."""
    for kernel, *cells in rows("arithmetic.md", "kernel"):
        table = overlap_table([int(kernel)], [2, 3, 4, 8])
        for cell, row in zip(cells, table.to_dict("records"), strict=True):
            uneven = f"{row['max_over_min']:.3g} : 1" if min(row["counts"]) else "gaps"
            words = ["**even**" if row["even"] else uneven] + ["**centred**"] * row["centred"]
            assert cell == ", ".join(words), (kernel, row["stride"])


@pytest.mark.parametrize("topic", TOPICS)
def test_each_topic_is_shown_with_its_picture(topic: str) -> None:
    """The command stands above a picture that has the size of what the command draws."""
    assert re.search(
        rf"^    upbench explain {topic}\b.*\n\n!\[.+\]\(pictures/explain-{topic}\.png\)$",
        read("arithmetic.md"),
        re.MULTILINE,
    )
    inches = picture(topic, example_of(topic)).get_size_inches()
    with Image.open(DOCS / "pictures" / f"explain-{topic}.png") as file:
        assert file.size == pytest.approx(tuple(inches * 72), abs=1)


# ------------------------------------------------------------------ the page on checkerboards


def test_the_overlap_numbers_are_true() -> None:
    """Ratio and cv of each kernel and stride are layer theory's."""
    page = read("checkerboards.md")
    pairs = re.search(r"^\| kernel, stride \| (.*) \|$", page, re.MULTILINE)
    assert pairs
    layers = [overlap(*map(int, pair.split(","))) for pair in pairs[1].split(" | ")]
    ratio, cv = rows("checkerboards.md", "kernel, stride")
    assert ratio[1:] == [f"{layer.max_over_min:.3g}" for layer in layers]
    assert cv[1:] == [f"{layer.cv:.3f}" for layer in layers]


def test_the_metrics_of_the_family_are_all_there(
    upbench: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    """Every metric of the lattice family that the suite has is on the page, and no other."""
    listed = set(upbench("list", "metrics", "--names").stdout.split())
    told = {row[0].strip("`") for row in rows("checkerboards.md", "metric")}
    assert told == listed - {"psnr_db", "ssim", "shift_px"}


def test_the_probe_columns_exist() -> None:
    """Each column that the page explains is one of the table's."""
    from upbench.benchmark.probe.result import COLUMNS

    told = {
        name for row in rows("checkerboards.md", "column") for name in re.findall("`(.+?)`", row[0])
    }
    assert told <= set(COLUMNS)
    assert len(told) >= 12
