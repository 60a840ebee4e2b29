"""The commands of ``upbench``, one file each or for a family; ``cli`` is the program of them all.

- ``options``: what several commands take.
- ``run``, with ``quality`` and ``speed``: the two lanes, as a person sees them.
- ``catalogue``: ``list`` and ``check``.
- ``report``: tables and figures again.
- ``compare``: two runs, or two methods, image by image.
- ``train``: the learned methods.
- ``instruments``: ``probe`` and ``explain``.
- ``data``: the public datasets.
- ``new_method``: the template.

A command reads options, draws bars and prints; the work is on lower floors.  Heavy imports stand
inside the functions, so that ``--help`` and ``list`` answer at once.
"""
