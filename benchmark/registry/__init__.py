"""The catalog of plugins, the checks of their contract, a template to start from.

Imports everything below it.  ``catalog`` is the only importer of plugins: of the three folders, of
``--plugin`` files and of installed packages.  A new rule of the contract is a new check in
``checks``.
"""
