"""What is refused, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from upbench.benchmark.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable


def refusal_of(call: Callable[[], object]) -> str:
    """Return the sentence with which a call is refused; a call that is not fails the test."""
    with pytest.raises(UsageError) as caught:
        call()
    return str(caught.value)
