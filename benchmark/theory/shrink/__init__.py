"""Making images smaller: who antialiases, who agrees, how fast.

- ``measure``: aliasing and kept detail on a zone plate, the difference to MATLAB's, the time.
- ``result``: the table of all methods at all sizes.
- ``figure``: one zone plate made smaller by each library's default.
"""
