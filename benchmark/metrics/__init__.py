"""The metrics, one file each: how an output is scored against its reference.

Imports ``core`` and ``imaging``.  A metric states its heading, unit, number format, range and
direction where it is defined; columns, tables and statistics follow from that.  What several share
is in files that begin with an underscore.  A new metric is a new file here, or a plugin.
"""
