"""The calls of each library, each with what it does: the groups of ``calls.toml``, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.theory.port.behaviour import Behaviour
from upbench.benchmark.theory.port.call import STATED, Call

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CAVEATS: Mapping[str, str] = STATED["caveats"]
"""Where calls do not do what is said of them."""


def _calls(group: Mapping[str, Any]) -> Iterator[Call]:
    for *options, kernel, sampling, edge, antialias in group["calls"]:
        smaller = group.get("smaller", {}).get(options[0])
        shrinks = (("kernel", smaller), ("sampling", "half-pixel")) if smaller else ()
        has_caveat = "caveat" in group and group["caveat_of"] in options[0]
        yield Call(
            group["library"],
            Behaviour(kernel, sampling, edge, antialias, shrinks=shrinks),
            group["code"].format(*options),
            tuple(group["modules"]),
            group.get("setup", ""),
            CAVEATS[group["caveat"]] if has_caveat else "",
        )


CALLS: tuple[Call, ...] = tuple(one for group in STATED["groups"] for one in _calls(group))
"""Every call, the plainest of a library first."""
