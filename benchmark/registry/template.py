"""The plugin that ``upbench new-method`` writes: it works as it is, and says where to go on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = '''"""An upsampling method for upbench."""

import numpy as np

from upbench import method


@method("{name}", family="interpolation", source="who, where, year", sampling="half-pixel")
def upsample(image: np.ndarray, scale: int) -> np.ndarray:
    """Make float32 (H, W, C) in [0, 1] (H * scale, W * scale, C): C is 1 (grey) or 3 (RGB)."""
    # your idea goes here; the protocol clips what it returns to [0, 1]
    return image.repeat(scale, axis=0).repeat(scale, axis=1)
'''


def write_method(file: Path) -> str:
    """Write a working plugin and return its method's name, made of the file's.

    Raises:
        UsageError: The file exists, its name does not end in .py, or it cannot be written.
    """
    if file.suffix != ".py":
        raise UsageError(f"{file}: expected a name that ends in .py, like my_upsampler.py.")
    name = re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-") or "my-upsampler"
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(TEMPLATE.format(name=name))
    except FileExistsError:
        raise UsageError(f"{file} exists already; choose another name or remove it.") from None
    except OSError as error:
        raise UsageError(f"Cannot write {file} ({error.strerror}); choose another place.") from None
    return name
