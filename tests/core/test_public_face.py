"""The public face: one import, few names, nothing heavy, and editors that see all of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from plugins import plugin_text

import upbench
from upbench.benchmark import contract, load
from upbench.benchmark.registry.template import TEMPLATE

PLUGIN = plugin_text("typed")


def test_the_names_that_a_plugin_and_a_notebook_need() -> None:
    """The short import and the long ones lead to the same things."""
    for name in ("method", "dataset", "metric", "protocol"):
        assert getattr(upbench, name) is getattr(contract, name)
        assert name in upbench.__all__
    assert upbench.load is load
    assert upbench.__version__
    assert "from upbench import method" in TEMPLATE


def test_the_short_import_is_light() -> None:
    """A plugin file costs no pandas, no torch and no numpy by its import of upbench."""
    heavy = "{'numpy', 'pandas', 'torch'}"
    code = f"import sys; from upbench import protocol; print(*{heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_type_checker_with_no_configuration_sees_a_plugin(tmp_path: Path) -> None:
    """Mypy resolves every import of a plugin file outside of the tree."""
    file = tmp_path / "plugin.py"
    file.write_text(PLUGIN, encoding="utf-8")
    empty = tmp_path / "mypy.ini"
    empty.write_text("[mypy]\n", encoding="utf-8")
    command = ["mypy", "--config-file", str(empty), "--follow-imports", "silent", file.name]
    done = subprocess.run(
        [str(Path(sys.executable).with_name(command[0])), *command[1:]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "Cannot find" not in done.stdout
    assert "def (image: " in done.stdout
    assert 'Revealed type is "pandas.core.frame.DataFrame"' in done.stdout
    assert 'Revealed type is "str"' in done.stdout or '"builtins.str"' in done.stdout
