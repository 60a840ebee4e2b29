"""A protocol of one's own: one file, from --plugin or an installed package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from plugins import plugin_file, plugin_text
from stored_runs import run_into

from upbench.benchmark.core.contract import protocol
from upbench.benchmark.core.errors import PluginMetadataError
from upbench.benchmark.engine.runner import Request, make_plan
from upbench.benchmark.registry.catalog import ENTRY_POINTS, collect

if TYPE_CHECKING:
    from pathlib import Path

AREA = plugin_text("area_grey")


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """Return a file with a protocol."""
    return plugin_file(tmp_path, "area_grey")


def keys(plugin: Path) -> set[str]:
    """Return the keys of a plan under the plugin's protocol."""
    request = Request("nearest", "probes", "2", protocols="area-grey", plugins=(str(plugin),))
    return {cell.key for cell in make_plan(request).cells}


def test_a_plugins_protocol_runs_beside_ours(plugin: Path, tmp_path: Path) -> None:
    """It is collected like a method, scores every cell and has rows of its own."""
    request = Request(
        "nearest", "probes", "2", protocols="y-classic,area-grey", plugins=(str(plugin),)
    )
    planned = make_plan(request)
    assert [one.name for one in planned.protocols] == ["y-classic", "area-grey"]
    rows = run_into(tmp_path / "run", planned).set_index(["protocol", "image"])
    assert set(rows["status"]) == {"ok"}
    # block means of a constant, enlarged by repetition, are the constant
    assert rows.loc[("area-grey", "constant"), "psnr_db"] == float("inf")
    ours, own = (rows.loc[name, "psnr_db"] for name in ("y-classic", "area-grey"))
    assert (ours["zone-plate"], own["zone-plate"]) != (own["zone-plate"], ours["zone-plate"])


def test_a_protocols_code_is_in_the_key(plugin: Path) -> None:
    """An edit of a step makes other cells, though the signature is the same."""
    before = keys(plugin)
    plugin.write_text(AREA.replace("np.clip(output, 0, 1)", "output"), encoding="utf-8")
    assert keys(plugin).isdisjoint(before)


@pytest.mark.parametrize("group", ENTRY_POINTS)
def test_packages_offer_protocols_in_any_group(
    group: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the four groups takes plugins of every kind."""
    module = f"area_of_{group.rpartition('.')[2]}"
    (tmp_path / f"{module}.py").write_text(AREA, encoding="utf-8")
    info = tmp_path / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n", encoding="utf-8"
    )
    (info / "entry_points.txt").write_text(f"[{group}]\nany = {module}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    catalog = collect(folders=())
    assert catalog.problems == ()
    assert set(catalog.protocols) == {"area-grey"}


def test_a_missing_step_is_named() -> None:
    """The sentence says what a protocol is and which step is not there."""

    class Half:
        """Has one step."""

        def reference(self, image: Any, scale: int) -> Any:
            """Return nothing."""

    with pytest.raises(PluginMetadataError) as caught:
        protocol("half", signature="half|v1")(Half)
    assert str(caught.value) == (
        "half: a protocol is a class with the steps reference, degrade, finish and score; "
        "'degrade' is missing."
    )


def test_a_protocol_needs_a_signature() -> None:
    """Its rows could not be distinguished from those of another version."""
    with pytest.raises(PluginMetadataError, match=r"^p: signature must be a word, got ''\.$"):
        protocol("p", signature="")


def test_protocols_of_one_name_exclude_each_other(plugin: Path) -> None:
    """As methods do; the message names both files."""
    plugin.write_text(AREA.replace("area-grey", "rgb8"), encoding="utf-8")
    (problem,) = collect([plugin]).problems
    assert str(problem.error).startswith("Two protocols are named 'rgb8', in ")
