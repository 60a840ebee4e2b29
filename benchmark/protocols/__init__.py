"""The protocols, one file each: how colour, quantisation and border are treated, under one name.

A protocol is four steps (reference, degrade, finish, score) and a signature; rows of different
protocols are never averaged or ranked together.  What several share is in ``_steps``.
Imports ``core`` and ``imaging``.  A new protocol is a new file here, or a plugin.
"""
