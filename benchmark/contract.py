"""The contract's first address, kept for the plugins that import it: see ``core.contract``."""

from __future__ import annotations

from upbench.benchmark.core.contract import dataset, layer, method, metric, protocol

__all__ = ["dataset", "layer", "method", "metric", "protocol"]
