"""Importing a Python file that is no part of a package."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import PluginImportError

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


def import_file(path: Path) -> ModuleType:
    """Import a file under a name of its own, so that two files of one stem do not collide."""
    tag = hashlib.sha256(str(path).encode()).hexdigest()[:8]
    name = f"upbench_plugin_{path.stem}_{tag}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PluginImportError("Python cannot import it.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))  # what lies beside it can be imported, as by a script
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if isinstance(error, ImportError) and "relative import" in str(error):
            raise PluginImportError(
                "it imports from a package around it, but is a file of its own: write 'import "
                "helper' for a helper.py beside it, instead of 'from . import helper'."
            ) from None
        raise
    return module
