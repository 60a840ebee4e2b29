"""The report: tables, pictures and the page from stored rows and crops.  It never runs a method.

- ``columns``, ``summary``, ``tables``: rows -> one line per method -> tables for people.
- ``render``: the one table model as Markdown, LaTeX, terminal text and JSON.
- ``figures``, ``drawings``, ``mosaic``: pictures, in the one style of ``style``.
- ``agreement``, ``compare``: how far apart methods, and runs, are.
- ``page``: ``report.html``; a section of it is one folder in ``page/sections``.
- ``folder``, ``exports``, ``timing``: what is written into a run's folder.

It may import every layer below it; the commands import it.
"""
