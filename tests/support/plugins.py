"""The plugin files of the tests, kept in tests/plugins where the linter reads them too."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parents[1] / "plugins"


def plugin_text(name: str) -> str:
    """Return the code of a plugin, by its file's name without the ending."""
    return (FOLDER / f"{name}.py").read_text(encoding="utf-8")


def plugin_file(folder: Path, name: str) -> Path:
    """Write the code of a plugin into a folder, under its own name, and return the file."""
    file = folder / f"{name}.py"
    file.write_text(plugin_text(name), encoding="utf-8")
    return file
