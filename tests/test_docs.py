"""The pages under docs cannot lie: their code runs, prints what they say, and tables are true.

A fenced block is ``python``, which runs in this process from the project's root; ``bash``, which
runs in an empty folder that the blocks of a page share; or a file for that folder.  A ``text``
block after it is what it prints.  Comments above a block, which no reader sees, say more:

- ``file: NAME``: this block is that file;
- ``before: COMMANDS``: what runs first;
- ``run instead: COMMANDS``: what runs in its place, the same without a network;
- ``not run: REASON``: only the options of its commands are looked at, or its syntax.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import pytest
from PIL import Image
from running import warm_upbench
from typer.main import get_command

from upbench.benchmark import load
from upbench.benchmark.cli.program import app
from upbench.benchmark.core.row import Row, columns
from upbench.benchmark.registry.catalog import built_in_protocols, collect
from upbench.benchmark.report.reasons import NOTED
from upbench.benchmark.report.summary import summarise
from upbench.benchmark.theory.arithmetic import guide
from upbench.benchmark.theory.explain import TOPICS, example_of, picture
from upbench.benchmark.theory.layers.overlap import overlap, overlap_table
from upbench.benchmark.timing.table import TimingRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.benchmark.core.contract import Metric

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))
SHELL_TEXTS = [*PAGES, "../README.md", "../CONTRIBUTING.md"]
BLOCK = re.compile(
    r"((?:^<!-- (?:file|before|run instead|not run): [^\n]* -->\n)*)"
    r"^```(\S+)[^\n]*\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?",
    re.DOTALL | re.MULTILINE,
)
MARK = re.compile(r"^<!-- ([\w ]+): (.*) -->$", re.MULTILINE)
COMMAND = re.compile(r"(?:^    |`)upbench ([a-z][\w-]*)", re.MULTILINE)
SHOWN = re.compile(r"^ *(upbench [a-z](?:\\\n|[^\n])*)", re.MULTILINE)
INDENTED = re.compile(r"^    .*\n", re.MULTILINE)
NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d+\b")
LONGEST = 600
"""Seconds that the blocks of a page may take."""
BETWEEN = "\x1e"


class Block(NamedTuple):
    """A fenced block of a page."""

    language: str
    code: str
    marks: dict[str, str]
    said: str
    """The text block after it."""


def read(page: str) -> str:
    """Return a page's text."""
    return (DOCS / page).read_text(encoding="utf-8")


def rows(page: str, first: str, section: str = "") -> list[list[str]]:
    """Return the body of the first table after a heading that begins so, cell by cell."""
    lines = read(page).partition(section)[2].splitlines() if section else read(page).splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"| {first} |"))
    body = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        body.append([cell.strip() for cell in line.strip("|").split("|")])
    return body


def same_text(said: str, printed: str, *, exact: bool = False) -> bool:
    """Compare texts to the letter, and numbers with decimals to 1 % or 0.1, or exactly."""
    if exact:
        return said == printed
    if NUMBER.sub("#", said) != NUMBER.sub("#", printed):
        return False
    numbers = ([float(number) for number in NUMBER.findall(text)] for text in (said, printed))
    return all(a == pytest.approx(b, rel=0.01, abs=0.1) for a, b in zip(*numbers, strict=True))


def blocks(page: str) -> list[Block]:
    """Return a page's fenced blocks, in order."""
    return [
        Block(language, code, dict(MARK.findall(marks)), said)
        for marks, language, code, said in BLOCK.findall(read(page))
    ]


def script(page: str) -> str:
    """Return a page's bash blocks as one script that prints a separator after each."""
    parts = []
    for block in blocks(page):
        if block.language == "bash" and "not run" not in block.marks:
            code = block.marks.get("run instead", block.code.rstrip())
            parts.append(f"{block.marks.get('before', ':')}\n{code}\nprintf '{BETWEEN}'\n")
    return "".join(parts)


@pytest.mark.parametrize("page", [page for page in PAGES if "```python" in read(page)])
def test_python_blocks_run_and_print_what_follows(
    page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks run in order, in one namespace, from the root; the text below is what they print.

    On pages that read the published tables it is so to the last digit.
    """
    monkeypatch.chdir(ROOT)
    namespace: dict[str, Any] = {}
    for block in blocks(page):
        if block.language != "python" or "file" in block.marks:
            continue
        code = compile(block.code, page, "exec")
        printed = io.StringIO()
        if "not run" not in block.marks:
            with contextlib.redirect_stdout(printed):
                exec(code, namespace)  # noqa: S102 - our own text
        said, got = block.said, printed.getvalue()
        # what is computed from published tables cannot differ by machine
        assert same_text(said, got, exact='"results/' in read(page)), f"{block.code}\n{got}"


@pytest.mark.parametrize("page", [page for page in SHELL_TEXTS if script(page)])
def test_bash_blocks_run_and_print_what_follows(page: str, tmp_path: Path) -> None:
    """Blocks run in order, in one folder beside the page's files; a text below is the output."""
    for block in blocks(page):
        if name := block.marks.get("file"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(block.code, encoding="utf-8")
    folders = [warm_upbench().parent, Path(sys.executable).parent, os.environ["PATH"]]
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script(page)],
        cwd=tmp_path,
        env=os.environ | {"PATH": os.pathsep.join(map(str, folders))},
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    ran = [b for b in blocks(page) if b.language == "bash" and "not run" not in b.marks]
    printed = done.stdout.split(BETWEEN)[:-1]
    for block, output in zip(ran, printed, strict=True):
        assert not block.said or same_text(block.said, output), f"{block.code}\n{output}"


def test_every_fence_is_a_block_that_was_found() -> None:
    """No code escapes the tests above by the way it is fenced."""
    known = {"python", "bash", "{toctree}", "{eval-rst}", "{include}"}
    for page in PAGES:
        fences = re.findall(r"^ *(?:```|~~~)", read(page), re.MULTILINE)
        assert len(fences) == 2 * sum(1 + bool(block.said) for block in blocks(page)), page
        for block in blocks(page):
            assert block.language in known or "file" in block.marks, (page, block.code)


def parse(line: str) -> None:
    """Let the program read a line of its own, options and all, without running it."""
    words = shlex.split(line, comments=True)
    end = next((n for n, word in enumerate(words) if word in {"|", ">", "&&"}), len(words))
    words = words[1:end]
    command: Any = get_command(app)
    while hasattr(command, "commands"):
        assert words[0] in command.commands, line
        command = command.commands[words.pop(0)]
    command.make_context("upbench", words)


@pytest.mark.parametrize("page", PAGES)
def test_commands_are_understood(page: str) -> None:
    """Every line that a page shows has the options that the program has, also where it is long."""
    shown = INDENTED.findall(read(page))
    shown += [block.code for block in blocks(page) if block.language == "bash"]
    for line in SHOWN.findall("".join(shown)):
        parse(line.replace("\\\n", " "))


def test_a_line_with_a_wrong_option_is_not_understood() -> None:
    """The check of lines finds what it is for."""
    parse("upbench run --scales 2 | head")
    for line in ("upbench run --scale 2", "upbench walk", "upbench data fetch"):
        with pytest.raises(Exception, match=r"such option|walk|[Mm]issing"):
            parse(line)


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
        assert target.startswith("https://") or (DOCS / page).parent.joinpath(target).exists(), (
            target
        )


def test_every_picture_is_shown() -> None:
    """No picture lies in the folder without a page that shows it."""
    shown = {name for page in PAGES for name in re.findall(r"\(pictures/([\w.-]+)\)", read(page))}
    assert shown == {file.name for file in (DOCS / "pictures").glob("*.png")}


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
        rf"^upbench explain {topic}\b.*\n```\n\n!\[.+\]\(pictures/explain-{topic}\.png\)$",
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


def metrics_of(*modules: str) -> dict[str, Metric]:
    """Return the metrics that some files of `benchmark/metrics` define; all for none."""
    found = collect(folders=["upbench.benchmark.metrics"]).metrics
    return {
        name: one for name, one in found.items() if not modules or Path(one.file).stem in modules
    }


def test_the_metrics_of_the_family_are_all_there() -> None:
    """Every metric of the lattice family that the suite has is on the page, and no other."""
    documented = {row[0].strip("`") for row in rows("checkerboards.md", "metric")}
    assert documented == {*metrics_of("checkerboard", "lattice_numbers", "blockiness")}
    assert len(documented) >= 7


def test_the_probe_columns_exist() -> None:
    """Each column that the page explains is one of the table's."""
    from upbench.benchmark.theory.probe.result import COLUMNS

    documented = {
        name for row in rows("checkerboards.md", "column") for name in re.findall("`(.+?)`", row[0])
    }
    assert documented <= {column.key for column in COLUMNS}
    assert len(documented) >= 12


# ------------------------------------------------------------------ the pages that users start with


def names_in(cells: list[str]) -> set[str]:
    """Return what stands in backticks."""
    return {name for cell in cells for name in re.findall("`(.+?)`", cell)}


def test_the_columns_are_documented() -> None:
    """Every column of the rows is on the page, in the tables' order, and no other."""
    documented = [row[0] for row in rows("read-the-tables.md", "column", "## The columns")]
    assert re.findall("`(.+?)`", "".join(documented)) == columns()
    documented = [row[0] for row in rows("read-the-tables.md", "column", "## The lines")]
    run = load(ROOT / "results" / "bench")
    metrics = "psnr_db", "ssim", "checkerboard_db", "shift_px"
    names = {re.sub(r"^M(?=_)", one, name) for name in names_in(documented) for one in metrics}
    found = set(summarise(run[run["method"].isin(["nearest", "bicubic"])]).columns)
    assert names == found | {NOTED}  # which is there where there is something to say
    timed = names_in([row[0] for row in rows("read-the-tables.md", "column", "## Speed")])
    shared = {"method", "family", "scale", "channels", "status", "reason"}
    shared |= {"measured_at", "machine", "code_hash"}
    assert timed == set(TimingRow.__dataclass_fields__) - shared


def test_the_statuses_are_documented() -> None:
    """Every status that a row can have is on the page."""
    documented = names_in([row[0] for row in rows("read-the-tables.md", "status")])
    assert str(Row.__annotations__["status"]) == "Status"
    from upbench.benchmark.core.row import Status

    assert documented == set(Status.__args__)  # type: ignore[attr-defined]


def test_the_proving_numbers_are_those_that_are_measured() -> None:
    """The tables of the page are those that the tests of the protocols hold the code to."""
    measured = runpy.run_path(str(ROOT / "tests" / "protocols" / "test_conventions.py"))
    page = "protocols.md"
    documented = {tuple(row[:2]): row[2:] for row in rows(page, "protocol", "## The numbers")}
    assert documented == {
        (f"`{protocol}`", f"`{name}`"): [f"{psnr:.4f} / {ssim:.5f}" for psnr, ssim in scores]
        for (protocol, name), scores in measured["TABLE"].items()
    }
    assert {row[0]: row[1:] for row in rows(page, "image")} == {
        f"`{image}`": [f"{psnr:.2f} / {ssim:.4f}" for psnr, ssim in scores]
        for image, scores in measured["GOLDEN"].items()
    }


def test_the_protocols_are_all_there() -> None:
    """Each protocol has its line."""
    documented = names_in([row[0] for row in rows("protocols.md", "protocol", "## The protocols")])
    assert documented == set(built_in_protocols())


def test_the_lattice_metrics_have_their_formulas() -> None:
    """Each metric of the family is in the table, with the unit and the direction of the code.

    The page names every other metric too.
    """
    documented = {row[0].strip("`"): tuple(row[-2:]) for row in rows("metrics.md", "metric")}
    assert documented == {
        name: (metric.unit, metric.better)
        for name, metric in metrics_of("checkerboard", "lattice_numbers").items()
    }
    assert [name for name in metrics_of() if f"`{name}`" not in read("metrics.md")] == []


def test_the_datasets_are_counted() -> None:
    """Each dataset is on the page, with as many images as it has."""
    datasets = collect(folders=["upbench.datasets"]).datasets
    documented = {row[0].strip("`"): int(row[1]) for row in rows("add-a-dataset.md", "name")}
    assert documented == {name: len(dataset.items()) for name, dataset in datasets.items()}


def test_the_scores_of_linear_layers_are_the_published_ones() -> None:
    """Each number of the page stands in results/bench/summary.csv."""
    summary = pd.read_csv(ROOT / "results" / "bench" / "summary.csv")
    summary = summary[summary["protocol"] == "y-classic"]
    psnr = summary.pivot_table(index="method", columns="scale", values="psnr_db")
    for method, *scores in rows("learned.md", "method", "What came out"):
        assert scores == [f"{score:.2f}" for score in psnr.loc[method.strip("`")]]


def test_every_head_is_documented() -> None:
    """The table of networks has each head that is trained and shipped, and no other."""
    methods = collect(folders=["upbench.methods"]).methods
    documented = {row[0].strip("`") for row in rows("learned.md", "method", "## Networks")}
    assert documented == {name for name in methods if name.startswith("cnn-")}
