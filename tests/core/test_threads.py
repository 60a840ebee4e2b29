"""How many threads libraries are told to use."""

from __future__ import annotations

import pytest

from upbench.benchmark.core.threads import threads_set


@pytest.mark.parametrize(("value", "number"), [("4", 4), ("4,2", 0), ("", 0), ("all", 0)])
def test_a_list_for_nested_threads_is_no_number(
    value: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenMP takes "4,2": libraries that read no variable then choose themselves."""
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    assert threads_set() == number
