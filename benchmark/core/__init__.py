"""What every package needs: the contract, errors, text, files, hashes, the table model.

Imports no other package of upbench and no heavy library.  A type or helper that two packages share
belongs here; one that a single package needs belongs there.  A new kind of plugin begins in
``contract``, a new error in ``errors``.
"""
