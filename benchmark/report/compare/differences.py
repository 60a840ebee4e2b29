"""What else differs between two runs: versions, machine, the code of methods, the request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from upbench.benchmark.report.compare.comparison import Comparison
    from upbench.benchmark.report.compare.pairs import Side

__all__ = ["describe_sides", "differences"]

NAMED = 8
"""How many methods are named in one sentence."""


def describe_sides(comparison: Comparison) -> Iterator[str]:
    """Yield who is compared, a sentence's part each: "A is results/bench, written ..."."""
    a, b = comparison.a, comparison.b
    if comparison.of_methods:
        yield f"{b.name} against {a.name}, both of {_run(a)}"
    else:
        yield f"A is {_run(a)}"
        yield f"B is {_run(b)}"


def _run(side: Side) -> str:
    manifest = side.run.manifest
    version = _by_name(manifest, "versions").get("upbench", "of an unknown version")
    return (
        f"{side.run.folder}, written {manifest.get('written_at', 'some day')} by upbench {version}"
    )


def differences(comparison: Comparison) -> Iterator[str]:
    """Yield what differs between two runs beside their numbers, a sentence's part each."""
    if comparison.of_methods:
        return
    a, b = comparison.a.run.manifest, comparison.b.run.manifest
    if a.get("machine") != b.get("machine"):
        yield f"machine: {a.get('machine')} -> {b.get('machine')}"
    old, new = _by_name(a, "versions"), _by_name(b, "versions")
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield f"{name}: {old.get(name, 'none')} -> {new.get(name, 'none')}"
    changed = _changed_code(comparison)
    if changed:
        more = f" and {len(changed) - NAMED} more" if len(changed) > NAMED else ""
        named = ", ".join(changed[:NAMED])
        yield f"code of {counted(len(changed), 'method')}: {named}{more}"


def _changed_code(comparison: Comparison) -> list[str]:
    """Return the methods of both runs that are not of the same code."""
    old, new = (
        side.rows[["method", "code_hash"]].dropna().drop_duplicates()
        for side in (comparison.a, comparison.b)
    )
    both = set(old["method"]) & set(new["method"])
    unlike = set(old.itertuples(index=False)) ^ set(new.itertuples(index=False))
    return sorted(both & {method for method, _ in unlike})


def _by_name(manifest: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    found = manifest.get(part)
    return found if isinstance(found, dict) else {}
