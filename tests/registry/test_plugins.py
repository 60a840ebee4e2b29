"""Where methods come from: our folder, installed packages, and files."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import upbench.methods
from upbench.benchmark import load
from upbench.benchmark.core.distributions import distribution_of
from upbench.benchmark.core.errors import (
    DuplicateNameError,
    UnknownNameError,
    UpbenchError,
    UsageError,
)
from upbench.benchmark.registry.catalog import Catalog, built_in_protocols, collect, own

if TYPE_CHECKING:
    from collections.abc import Iterator

UPBENCH = Path(sys.executable).with_name("upbench")


def source(name: str, family: str = "test") -> str:
    """Return the source of a plugin with one method."""
    return (
        "from upbench.benchmark.core.contract import method\n\n\n"
        f'@method("{name}", family="{family}")\n'
        "def enlarge(image, scale):\n"
        "    return image.repeat(scale, axis=0).repeat(scale, axis=1)\n"
    )


def install(site: Path, module: str, code: str, *entry_points: str) -> None:
    """Lay a package out as an installer does: the module, and its metadata beside it."""
    (site / f"{module}.py").write_text(code, encoding="utf-8")
    info = site / f"{module}-1.0.dist-info"
    info.mkdir(parents=True)
    metadata = f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    lines = "\n".join(("[upbench.methods]", *entry_points))
    (info / "entry_points.txt").write_text(f"{lines}\n", encoding="utf-8")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a folder from which this process imports packages, and forget them afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    before = set(sys.modules)
    monkeypatch.syspath_prepend(folder)
    yield folder
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def methods_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a folder that counts as a part of methods/."""
    folder = tmp_path / "more"
    folder.mkdir()
    before = set(sys.modules)
    monkeypatch.setattr(upbench.methods, "__path__", [*upbench.methods.__path__, str(folder)])
    importlib.invalidate_caches()
    yield folder
    for name in set(sys.modules) - before:
        del sys.modules[name]
        upbench.methods.__dict__.pop(name.rpartition(".")[2], None)


def messages(catalog: Catalog) -> list[str]:
    """Return what the catalog says of plugins that cannot be used."""
    return [str(problem.error) for problem in catalog.problems]


def test_installed_packages_offer_methods_and_a_broken_one_stops_nobody(tmp_path: Path) -> None:
    """A package is found by its metadata alone; its method runs, also in worker processes."""
    site = tmp_path / "site"
    site.mkdir()
    install(site, "good_upsamplers", source("from-a-package"), "good = good_upsamplers")
    install(site, "bad_upsamplers", "1 / 0\n", "bad = bad_upsamplers")
    (tmp_path / "photos").mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photos" / "a.png")
    command = ["run", "--methods", "from-a-package,nearest", "--scales", "2"]
    done = subprocess.run(
        [str(UPBENCH), *command, "--datasets", "folder:photos", "--jobs", "2", "--out", "out"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0
    assert (
        "upbench: plugin left out: entry point 'bad' cannot be imported: ZeroDivisionError: "
        "division by zero (at bad_upsamplers.py:1); the other methods still run.\n"
    ) in done.stderr
    rows = load(tmp_path / "out").set_index("method")
    assert rows.loc["from-a-package"].psnr_db == rows.loc["nearest"].psnr_db


def test_entry_point_may_name_a_module_or_a_function(site: Path) -> None:
    """Both forms lead to the same method, which then is no conflict with itself."""
    install(site, "two_forms", source("two-forms"), "a = two_forms", "b = two_forms:enlarge")
    catalog = collect(folders=())
    assert catalog.problems == ()
    assert catalog.methods["two-forms"].file == str(site / "two_forms.py")


@pytest.mark.parametrize(
    ("entry_point", "sentence"),
    [
        ("x = odd_one:VALUE", "entry point 'x': odd_one:VALUE is neither a module nor a function"),
        ("x = odd_one:gone", "entry point 'x' cannot be imported: AttributeError: "),
        ("x = nowhere_at_all", "entry point 'x' cannot be imported: ModuleNotFoundError: "),
    ],
)
def test_broken_entry_point_is_named(entry_point: str, sentence: str, site: Path) -> None:
    """What the entry point leads to is said in one sentence."""
    install(site, "odd_one", "VALUE = 3\n", entry_point)
    (line,) = messages(collect(folders=()))
    assert line.startswith(sentence)


def test_package_cannot_take_a_name_of_ours(site: Path) -> None:
    """Ours is used, as nobody asked for the other; a notice says so, and the rest is there."""
    both = source("bicubic") + source("own-name").replace("enlarge", "other")
    install(site, "taker", both, "taker = taker")
    install(site, "again", "from upbench.methods.canonical import bicubic\n", "x = again:bicubic")
    catalog = collect(folders=("upbench.methods",))
    (line,) = messages(catalog)
    assert line.startswith(f"entry point 'taker': the method 'bicubic' in {site / 'taker.py'} has ")
    assert "one that comes with upbench, which is used; expected another name." in line
    assert Path(catalog.method("bicubic").file).name == "canonical.py"
    assert not any(problem.asked_for for problem in catalog.problems)
    assert "own-name" in catalog.methods


def test_of_two_equals_of_one_name_neither_is_used(site: Path) -> None:
    """Two packages, or ours and a file that was asked for."""
    for module in ("first", "second"):
        install(site, module, source("theirs"), f"{module} = {module}")
    file = site.parent / "mine.py"
    file.write_text(source("bicubic"), encoding="utf-8")
    catalog = collect([file], folders=("upbench.methods",))
    for name in ("theirs", "bicubic"):
        with pytest.raises(DuplicateNameError, match=f"Two methods are named '{name}'"):
            catalog.method(name)


def test_a_limit_that_was_passed_is_one_sentence(site: Path) -> None:
    """The reason's own full stop does not stand before the rest."""
    install(site, "slow", "", "slow = slow")

    def read(_source: str) -> list[Any]:
        raise UpbenchError("No result within 60 s; the worker was killed.")

    (line,) = messages(collect(folders=(), read=read))
    assert line == (
        "entry point 'slow' cannot be imported: No result within 60 s; the worker was killed; "
        "the other methods still run."
    )


def test_an_entry_point_that_is_no_reference_costs_itself(site: Path, tmp_path: Path) -> None:
    """It is one sentence, and a plugin file beside it still has its key."""
    install(site, "odd_one", "", "bad = 1 2 3")
    (line,) = messages(collect(folders=()))
    assert line == (
        "entry point 'bad': '1 2 3' names nothing in Python; expected a module or module:function."
    )
    assert distribution_of(tmp_path / "mine.py") == ""


def test_what_a_plugin_states_need_not_be_hashable(tmp_path: Path) -> None:
    """An instance of a plain dataclass has no hash, and is called like a function."""
    code = (
        "from dataclasses import dataclass\n\n\n"
        "@dataclass\n"
        "class Path8:\n"
        "    order: int = 1\n\n"
        "    def __call__(self, image, scale):\n"
        "        return image.repeat(scale, axis=0).repeat(scale, axis=1)\n\n\n"
    )
    stated = source("mine").replace('"test"', '"test", eight_bit=Path8()')
    (tmp_path / "mine.py").write_text(code + stated + "alias = enlarge\n", encoding="utf-8")
    catalog = collect([tmp_path / "mine.py"], folders=())
    assert catalog.problems == ()
    assert catalog.method("mine").eight_bit is not None


def test_file_dropped_into_the_folder_is_all_it_takes(methods_folder: Path) -> None:
    """The next command has its method; files with an underscore are helpers."""
    (methods_folder / "dropped.py").write_text(source("dropped"), encoding="utf-8")
    (methods_folder / "_helper.py").write_text(source("helper"), encoding="utf-8")
    (methods_folder / "family").mkdir()
    (methods_folder / "family" / "__init__.py").write_text(source("of-a-package"), encoding="utf-8")
    (methods_folder / "family" / "member.py").write_text(source("member"), encoding="utf-8")
    catalog = collect(folders=("upbench.methods",))
    assert catalog.problems == ()
    assert {"dropped", "of-a-package", "member", "bicubic"} <= set(catalog.methods)
    assert "helper" not in catalog.methods
    assert catalog.methods["dropped"].file == str(methods_folder / "dropped.py")


def test_broken_file_in_the_folder_stops_nobody(methods_folder: Path) -> None:
    """A file and a package that cannot be imported are named; the built-in methods are there."""
    (methods_folder / "broken.py").write_text("def f(:\n", encoding="utf-8")
    (methods_folder / "family").mkdir()
    (methods_folder / "family" / "__init__.py").write_text("1 / 0\n", encoding="utf-8")
    catalog = collect(folders=("upbench.methods",))
    broken, family = messages(catalog)
    assert broken.startswith("upbench.methods.broken cannot be imported: SyntaxError: invalid")
    assert family.startswith("upbench.methods.family cannot be imported: ZeroDivisionError: ")
    assert "bicubic" in catalog.methods


def test_methods_of_one_file_count_when_it_describes_them_itself(tmp_path: Path) -> None:
    """An imported method is not the file's own; a partial is, and knows its file."""
    file = tmp_path / "mixed.py"
    file.write_text(
        "from functools import partial\n"
        "from upbench.benchmark.core.contract import method\n"
        "from upbench.methods.canonical import bicubic\n\n\n"
        "def enlarge(image, scale, order):\n"
        "    return image.repeat(scale, axis=0).repeat(scale, axis=1)\n\n\n"
        "first = method('first', family='test')(partial(enlarge, order=1))\n"
        "alias = first\n",
        encoding="utf-8",
    )
    catalog = collect([file], folders=("upbench.methods",))
    assert catalog.problems == ()
    assert catalog.methods["first"].file == str(file)
    assert "bicubic" in catalog.methods


def test_two_plugin_files_of_one_stem_do_not_collide(tmp_path: Path) -> None:
    """Each is a module of its own, whatever its file is called."""
    files = []
    for folder in ("one", "two"):
        file = tmp_path / folder / "same.py"
        file.parent.mkdir()
        file.write_text(source(f"from-{folder}"), encoding="utf-8")
        files.append(file)
    catalog = collect(files, folders=())
    assert catalog.problems == ()
    assert set(catalog.methods) == {"from-one", "from-two"}


def test_names_and_patterns_choose_methods(tmp_path: Path) -> None:
    """A pattern takes all that match, each once and in the order asked for."""
    for name in ("mine-a", "mine-b", "other"):
        (tmp_path / f"{name}.py").write_text(source(name), encoding="utf-8")
    catalog = collect(sorted(tmp_path.iterdir()), folders=())
    chosen = catalog.choose_methods(["other", "mine-*", "mine-a"])
    assert [method.name for method in chosen] == ["other", "mine-a", "mine-b"]
    with pytest.raises(UnknownNameError, match=r"no method named 'nope-\*'"):
        catalog.choose_methods(["nope-*"])


def test_an_exclamation_mark_takes_methods_away(tmp_path: Path) -> None:
    """``*,!cnn-*`` is all but those; alone it takes away from all; nothing left is said."""
    for name in ("mine-a", "mine-b", "other"):
        (tmp_path / f"{name}.py").write_text(source(name), encoding="utf-8")
    catalog = collect(sorted(tmp_path.iterdir()), folders=())

    def chosen(*patterns: str) -> list[str]:
        return [method.name for method in catalog.choose_methods(patterns)]

    assert chosen("*", "!mine-*") == chosen("!mine-*") == ["other"]
    assert chosen("!mine-a", "mine-*") == ["mine-b"]
    with pytest.raises(UsageError, match=r"--methods mine-a,!mine-\* leaves no method"):
        chosen("mine-a", "!mine-*")
    with pytest.raises(UnknownNameError, match=r"no method named 'minne-a'; did you mean"):
        chosen("*", "!minne-a")


def test_what_comes_with_upbench_is_read_without_other_plugins(site: Path) -> None:
    """A report looks up our metrics and protocols; an installed package is not imported for it."""
    install(site, "intruder", "raise SystemExit(9)\n", "one = intruder")
    own.cache_clear()
    found = own()
    assert "intruder" not in sys.modules
    assert "bicubic" in found.methods
    assert "psnr_db" in found.metrics
    assert "y-classic" in built_in_protocols()
    assert found.problems == ()


@pytest.mark.parametrize(
    "name",
    [
        *("psnr_db", "psnr_db_low", "ssim_rank_high", "gmsd_max", "checkerboard_above_1db"),
        *("images", "set_aside", "method"),
    ],
)
def test_no_metric_takes_the_column_of_another(name: str, tmp_path: Path) -> None:
    """Ours stay; a name of the statistics' own made every later table a traceback."""
    (tmp_path / "taken.py").write_text(
        f"from upbench import metric\n@metric({name!r})\ndef taken(*_): return 1.0\n",
        encoding="utf-8",
    )
    catalog = collect([tmp_path / "taken.py"], folders=("upbench.benchmark.metrics",))
    (problem,) = catalog.problems
    assert f"the metric {name!r} has the name of a column that every table has" in str(
        problem.error
    )
    assert {"psnr_db", "ssim", "gmsd"} <= set(catalog.metrics)


def test_one_metric_of_a_plugin_takes_no_column_of_the_other(tmp_path: Path) -> None:
    """Whichever comes first; names that only look like that are free."""
    code = "from upbench import metric\n" + "".join(
        f"@metric({name!r})\ndef {name}(*_): return 1.0\n" for name in ("mine_low", "mine")
    )
    (tmp_path / "two.py").write_text(code, encoding="utf-8")
    (tmp_path / "free.py").write_text(code.split("@metric('mine')")[0], encoding="utf-8")
    catalog = collect([tmp_path / "two.py"], folders=())
    assert "the metric 'mine' has the name of a column" in str(catalog.problems[0].error)
    assert "mine_low" in collect([tmp_path / "free.py"], folders=()).metrics


def test_a_file_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``--plugin=~/mine.py``: the shell leaves the sign as it is behind an equals sign."""
    (tmp_path / "mine.py").write_text(source("of-home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "of-home" in collect(["~/mine.py"], folders=()).methods


def test_a_function_around_a_method_is_the_method_where_it_hides_it(tmp_path: Path) -> None:
    """A decorator above ours counts; a second name for a wrapped copy is no second method."""
    file = tmp_path / "wrapped.py"
    wrapped = (
        "from functools import wraps\n\n\n"
        "def ten(function):\n"
        "    return wraps(function)(lambda image, scale: 10)\n\n\n"
    )
    own = source("hidden").replace("@method(", "@ten\n@method(")
    file.write_text(f"{wrapped}{own}", encoding="utf-8")
    assert collect([file]).methods["hidden"].target(np.ones((1, 1, 1)), 2) == 10
    file.write_text(f"{wrapped}{source('seen')}\n\nother = ten(enlarge)\n", encoding="utf-8")
    again = collect([file])
    assert again.problems == collect().problems
    assert again.methods["seen"].target(np.ones((1, 1, 1)), 2).shape == (2, 2, 1)
