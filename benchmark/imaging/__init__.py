"""Pixels: image files, colour, resampling, degradation, embedded images, downloads.

Imports ``core``.  ``decode`` is the only reader of image files, ``download`` the only user of the
network, ``resample`` the one separable resampler.  A new file format belongs in ``decode`` and
``headers``, a new way to shrink in ``degrade``.
"""
