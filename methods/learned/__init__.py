"""Learned upsamplers: one small trunk, one kind of upsampling layer ("head") per file.

Everything but the head is the same for all of them (``_shared/network.py``), so what differs
between two rows of a table is the head.  A head is one file: its definition, its initialisation,
its source.  Trained weights lie beside it in ``weights/``, each with its card; ``upbench train``
makes them.

A head of your own needs what this module offers: :class:`Head`, :class:`LearnedUpsampler` and
:func:`learned`.
"""

from upbench.methods._shared.head import Head
from upbench.methods._shared.upsampler import LearnedUpsampler, learned

__all__ = ["Head", "LearnedUpsampler", "learned"]
