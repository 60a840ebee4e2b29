"""Pixels: image files, colour, resampling, degradation, embedded images, downloads.

Imports ``core``.  ``decode`` reads image files as the protocols need them, ``picture`` as a picture
that is looked at; nothing else reads any.  ``download`` is the only user of the network,
``resample`` the one separable resampler.  A new file format belongs in ``decode`` and
``headers``, a new way to shrink in ``shrink.SHRINKERS``.
"""
