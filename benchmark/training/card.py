"""What training leaves: the weights, their card and the learning curve, side by side."""

from __future__ import annotations

import json
from dataclasses import asdict
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from upbench.benchmark.training.checkpoint import Point

__all__ = ["keep", "read_curve"]


def keep(file: Path, network: Any, about: Mapping[str, Any], curve: Sequence[Point]) -> Path:
    """Write the weights, then the curve, and the card last: a card speaks of a file that is there.

    Args:
        file: Where the weights go; card and curve beside it, ``.json`` and ``.csv``.
        network: In the form that is shipped.
        about: What the card says.
        curve: The learning curve.

    Raises:
        StoreError: The folder cannot be written.
    """
    import pandas as pd
    from safetensors.torch import save as to_bytes

    from upbench.benchmark.core.files import make_folder, write_atomically

    tensors = {name: value.cpu().contiguous() for name, value in network.state_dict().items()}
    data = to_bytes(tensors)
    card = {**about, "curve": asdict(curve[-1]), "sha256": sha256(data).hexdigest()}
    make_folder(file.parent)
    with write_atomically(file) as unfinished:
        unfinished.write_bytes(data)
    with write_atomically(file.with_suffix(".csv")) as unfinished:
        pd.DataFrame([asdict(point) for point in curve]).to_csv(unfinished, index=False)
    with write_atomically(file.with_suffix(".json")) as unfinished:
        unfinished.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return file


def read_curve(file: Path) -> Any:
    """Return the learning curve beside a weights file: a frame of :class:`Point`'s fields."""
    import pandas as pd

    return pd.read_csv(file.with_suffix(".csv"))
