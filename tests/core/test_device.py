"""The device that learned methods run on: what is asked for, or one sentence."""

from __future__ import annotations

import pytest

from upbench.benchmark.core.device import choose_device, exact_convolutions
from upbench.benchmark.core.errors import UsageError


@pytest.mark.parametrize("here", [True, False])
def test_auto_is_the_gpu_where_there_is_one(monkeypatch: pytest.MonkeyPatch, here: bool) -> None:  # noqa: FBT001
    """Without a GPU, auto is the CPU."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: here)
    assert choose_device("auto") == ("cuda" if here else "cpu")
    assert choose_device("cpu") == "cpu"


def test_a_missing_gpu_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for a GPU that is not there gets what to ask for instead."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(UsageError, match=r"finds no GPU here; choose --device cpu\.$"):
        choose_device("cuda")


def test_another_name_is_refused() -> None:
    """A device that upbench does not know is named."""
    with pytest.raises(UsageError, match=r"takes auto, cpu or cuda; got tpu\.$"):
        choose_device("tpu")


def test_convolutions_are_exact_for_a_while() -> None:
    """A GPU's rounding to 10 bits is off inside, and as it was afterwards."""
    import torch

    before = torch.backends.cudnn.allow_tf32
    with exact_convolutions():
        assert not torch.backends.cudnn.allow_tf32
    assert torch.backends.cudnn.allow_tf32 == before
