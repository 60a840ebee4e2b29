"""What the files of interpolations share: a function to a size becomes a method of any size."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.contract import method
from upbench.benchmark.core.sizes import asked_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Image, Scale, Size
    from upbench.benchmark.core.upsampler import Sampling

    Resize = Callable[[Image, Size | Scale], Image]
    """The method: takes a size or a scale."""
    ToSize = Callable[[NDArray[Any], Size], NDArray[Any]]
    """What a library is asked for: ``(H, W, C)`` to ``(*size, C)``, float32 or uint8 as it is."""


def interpolation(
    name: str, *, sampling: Sampling = "half-pixel", library_8bit: bool = False, **stated: Any
) -> Callable[[ToSize], Resize]:
    """Describe a function of ``(H, W, C)`` and a size as an interpolation of any size.

    Args:
        name: The method's name.
        sampling: Where output samples lie; as in all common image resizes by default.
        library_8bit: Whether it takes uint8 as well, in the library's own 8-bit arithmetic.
        stated: The other metadata, as :func:`method` takes them.

    Returns:
        A decorator; what it makes takes a scale as well.
    """

    def described(run: ToSize) -> Resize:
        @wraps(run)
        def resize(image: NDArray[Any], size: Size | Scale) -> NDArray[Any]:
            return run(image, asked_size(image.shape, size))

        describe = method(
            name,
            family="interpolation",
            sampling=sampling,
            parameters=0,
            any_size=True,
            library_8bit=resize if library_8bit else None,
            **stated,
        )
        return describe(resize)

    return described
