"""An image as PyTorch takes it, and back: what the files that call PyTorch share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def as_tensor(
    image: NDArray[Any], call: Callable[[Any], Any], *, channels_last: bool
) -> NDArray[Any]:
    """Call a function of a tensor ``(1, C, H, W)`` on an image ``(H, W, C)``, without gradients.

    Args:
        image: float32 or uint8.
        call: Returns a tensor of the same axes.
        channels_last: Whether channels stay where they lie in memory, or are moved first.
    """
    import numpy as np
    import torch

    # a copy in any case: PyTorch warns of arrays that are read-only
    last = torch.from_numpy(np.array(image, order="C"))[None].permute(0, 3, 1, 2)
    with torch.inference_mode():
        made = call(last if channels_last else last.contiguous())
        output: NDArray[Any] = made[0].permute(1, 2, 0).contiguous().numpy()
        return output
