"""Pixels: files, colour, resampling, degradation."""
