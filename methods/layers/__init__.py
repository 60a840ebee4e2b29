"""Upsampling layers: one layer a file, with its names, sources and initialisations.

Each plugin is a function ``(in_channels, out_channels, scale) -> torch.nn.Module`` under
``@layer``; the modules are in ``_shared/upsampling.py`` and ``_shared/by_content.py``.  Use them
by ``upbench.layers``.
"""
