"""The documentation site: built strictly, complete, and without a word to any server."""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.main import get_command

from upbench.benchmark.cli.program import app

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "srcset"}
"""Elements that make a browser fetch something, and the attribute that says what."""
FOREIGN = re.compile(r"""@import|url\(\s*["']?(?:https?:)?//""")
PUBLIC = (
    *("methods", "datasets", "benchmark.metrics"),
    *("benchmark.theory.arithmetic", "benchmark.theory.layers", "benchmark.theory.probe"),
)
"""Packages of which every module is in the reference."""
BASICS = (
    "core.contract core.errors core.row registry.catalog registry.checks engine.runner engine.store"
    " timing imaging.colour imaging.decode imaging.degrade imaging.download imaging.embedded"
    " imaging.resample protocols.y_classic report report.agreement report.compare report.exports"
    " report.page report.summary statistics statistics.columns theory.explain training"
    " training.recipe"
)
"""Modules of the benchmark that scripts use."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site as `make docs` does; a warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    options = ["-q", "-W", "--keep-going", "-b", "html", "-d", str(folder / "doctrees")]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, str(DOCS), str(folder / "html")],
        cwd=folder,
        env=os.environ | {"PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return folder / "html"


class _Page(HTMLParser):
    """What a page loads, and the identifiers that it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element's identifier and address."""
        found = dict(attrs)
        self.names.add(found.get("id") or "")
        if tag in LOADED and found.get(LOADED[tag]):
            self.loads.append(str(found[LOADED[tag]]))


def read(page: Path) -> _Page:
    """Read a page of the site."""
    return _Page(page.read_text(encoding="utf-8"))


def commands(name: str, command: object) -> Iterator[str]:
    """Yield the full name of each command."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name
        return
    for word, one in inner.items():
        yield from commands(f"{name}-{word}", one)


def modules() -> Iterator[str]:
    """Yield the modules that scripts and plugins use."""
    yield from (f"upbench.benchmark.{name}" for name in BASICS.split())
    for package in (importlib.import_module(f"upbench.{name}") for name in PUBLIC):
        for module in pkgutil.walk_packages(package.__path__, prefix=f"{package.__name__}."):
            if "._" not in module.name:
                yield module.name


def test_every_source_is_a_page(site: Path) -> None:
    """Each Markdown file and the notebook is there, and reached from the contents.

    A page that no table of contents names is a warning of Sphinx's, and so an error.
    """
    sources = {page.relative_to(DOCS).with_suffix("") for page in DOCS.rglob("*.md")}
    sources |= {Path("tutorial"), Path("my-model-notebook")}
    missing = {page for page in sources if not (site / page).with_suffix(".html").is_file()}
    assert missing == set()


def test_nothing_is_loaded_from_a_server(site: Path) -> None:
    """Scripts, styles, pictures and fonts are files of the site: it works from disk, offline."""
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        for address in read(page).loads:
            assert not re.match(r"(?:\w+:)?//", address), (page.name, address)
            file = (page.parent / re.split("[?#]", address)[0]).resolve()
            assert address.startswith("data:") or file.exists(), (page.name, address)
    for style in site.rglob("*.css"):
        assert not FOREIGN.search(style.read_text(encoding="utf-8")), style.name
    assert not list(site.rglob("*.woff*"))


def test_formulas_are_drawn_by_the_browser(site: Path) -> None:
    """Formulas are MathML; none is left in TeX for a script that is not there."""
    page = (site / "metrics.html").read_text(encoding="utf-8")
    assert page.count("<math") >= 20
    assert "<mfrac>" in page
    assert r"\frac" not in page
    assert "$$" not in page


def test_every_command_has_its_section(site: Path) -> None:
    """The page of commands is the program's own help."""
    page = read(site / "commands.html")
    assert set(commands("upbench", get_command(app))) <= page.names
    text = (site / "commands.html").read_text(encoding="utf-8")
    assert "--scheduler" in text
    assert "help of every command" not in text


def test_every_public_module_is_in_the_reference(site: Path) -> None:
    """What a script can import is documented from its docstrings."""
    documented = {name for page in (site / "api").glob("*.html") for name in read(page).names}
    missing = {name for name in modules() if f"module-{name}" not in documented}
    assert missing == set()


def test_attributes_keep_their_sentences(site: Path) -> None:
    """What stands before a colon is a sentence's beginning, and no type."""
    text = (site / "api" / "plugins.html").read_text(encoding="utf-8")
    assert "Who, where, year: the paper or the library" in text


def test_types_link_to_what_is_meant(site: Path) -> None:
    """A class is a link; the built-in `bytes` is none to an attribute that has its name."""
    text = (site / "api" / "plugins.html").read_text(encoding="utf-8")
    link = r'<a class="reference internal" href="#upbench.benchmark.core.contract.{}" title='
    assert re.search(link.format("LocalStatus"), text)
    assert not re.search(link.format("LocalStatus.bytes"), text)


def test_the_notebook_has_its_pictures(site: Path) -> None:
    """The tutorial is shown with the outputs that it was committed with."""
    loads = read(site / "tutorial.html").loads
    assert sum("_images" in address for address in loads) >= 8
