"""The plugin files of the tests, kept in tests/plugins where the linter reads them too."""

from __future__ import annotations

from pathlib import Path

__all__ = ["plugin_text"]

FOLDER = Path(__file__).parents[1] / "plugins"


def plugin_text(name: str) -> str:
    """Return the code of a plugin, by its file's name without the ending."""
    return (FOLDER / f"{name}.py").read_text(encoding="utf-8")
