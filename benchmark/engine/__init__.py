"""The engine: from a request to stored rows, with every method in a worker process.

Imports the registry and what is below it.  ``plan`` lists the cells, ``supervisor`` runs the worker
processes with their limits, ``cell`` scores what comes back, ``store`` keeps it.  A new executor is
a new file here; it gives its tasks to the same supervisor.
"""
