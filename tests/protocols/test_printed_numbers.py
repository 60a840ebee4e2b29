"""Numbers as papers print them, for ``upbench reconcile``."""

from __future__ import annotations

import pytest

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.protocols.conventions.search import Number, read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("30.14", Number(30.14, 2)),
        ("30", Number(30.0, 0)),
        ("30.", Number(30.0, 0)),
        (".8682", Number(0.8682, 4)),
        ("0.8682", Number(0.8682, 4)),
        (" -1.50 ", Number(-1.5, 2)),
        ("-", None),
    ],
)
def test_a_number_is_read_with_its_digits(text: str, number: Number | None) -> None:
    """With or without a digit before the point, or one behind it."""
    assert read_number("--ssim", text) == number


@pytest.mark.parametrize("text", ["", ".", "thirty", "nan", "1e3", "30,14"])
@pytest.mark.parametrize(("option", "like"), [("--psnr", "30.14"), ("--ssim", "0.8104")])
def test_what_is_no_number_gets_an_example(option: str, like: str, text: str) -> None:
    """An SSIM where an SSIM is expected."""
    with pytest.raises(UsageError, match=f"^{option} takes numbers .*, like {like}, or - for"):
        read_number(option, text)
