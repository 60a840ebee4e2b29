"""The conventions that published numbers were computed under, and what each makes of an output.

Pure arithmetic: ``axes`` names the choices, ``pixels`` carries them out on images, ``measure``
takes the errors of all borders and windows in one pass, ``search`` finds those that give a number,
``codes`` says whose code makes which choice.  Imports ``core`` and ``imaging``.
A new choice is a new value in ``conventions.toml`` and one branch where it is carried out.
"""
