"""Run the folder: ``python results/layers/layer_study``."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # the package's folder, not its inside

from layer_study.command import main  # noqa: E402 - found by the line above

if __name__ == "__main__":
    sys.exit(main())
