"""Paths as users type them; what is written whole is tested where it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.files import user_path


def test_the_home_folder_is_put_in_place_of_its_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell would; other paths stay as they are."""
    monkeypatch.setenv("HOME", "/home/me")
    assert user_path("~/pictures") == Path("/home/me/pictures")
    assert user_path("a/~b") == Path("a/~b")


@pytest.mark.parametrize("typed", ["~nobody-here", "~nobody-here/pictures"])
def test_a_home_folder_that_is_none_is_one_sentence(typed: str) -> None:
    """It says what to type where a file of that name is meant."""
    with pytest.raises(UsageError) as caught:
        user_path(typed)
    assert str(caught.value) == (
        f"{typed} begins with ~nobody-here, which is no home folder here; expected a path; where "
        f"the name itself is meant, write ./{typed}."
    )


def test_only_one_place_knows_of_home_folders() -> None:
    """Whoever takes a path from a user takes it by that function, and its sentence with it."""
    root = Path(__file__).parents[2]
    found = [
        str(file.relative_to(root))
        for folder in ("benchmark", "methods", "datasets")
        for file in sorted((root / folder).rglob("*.py"))
        if "expanduser" in file.read_text(encoding="utf-8")
    ]
    assert found == ["benchmark/core/files.py"]
