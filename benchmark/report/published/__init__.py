"""Published numbers of networks beside a run's own: marked as such, and in no statistic.

``published.csv`` holds them, each with the table that it was read in; ``published.bib`` has the
papers.  ``results/published.csv`` is a link to it.  Imports what ``report`` may.  A new network is
its rows in the one and its entry in the other.
"""
