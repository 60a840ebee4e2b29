"""The contract's first address, kept for the plugins that import it: see ``core.contract``."""

from __future__ import annotations

from upbench.benchmark.core.contract import dataset, method, metric, protocol

__all__ = ["dataset", "method", "metric", "protocol"]
