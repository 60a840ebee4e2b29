"""A network in a file as a method: one adapter for each format, and what they share.

Imports ``core`` and ``imaging``.  ``network`` chooses the adapter by what the file holds, ``trial``
finds out by small calls what the network takes and gives, ``conventions`` keeps that, ``model``
runs it on images.  A new format is a new file with an ``open_...`` function.
``upbench.benchmark.registry.models`` reads ``--model`` and makes methods of it.
"""
