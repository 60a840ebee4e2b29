"""The command line: one file for each command or family, and what they share.

A command reads its options, calls the packages below, prints, and ends with its exit code.  It may
import everything, but heavy modules inside its function, so that ``--help`` answers at once.
``program`` puts the commands together, ``options`` and ``parsing`` read what is typed, ``console``
prints.  A new command is a new file and a line in ``program``.
"""
