"""One transposed convolution, computed in five ways, and what each costs.

``python results/forms/form_study --out DIR`` measures them; ``results/forms`` has a run.

- ``layer``: the layer that all forms compute, its weights, and what counting predicts.
- ``kinds``: the five forms, each made ready apart from being applied.
- ``row``: a case, and the columns of a row.
- ``measure``: all forms of one case, in turns: time, memory, and their ratios.
- ``table``: the rows as CSV and as Markdown, with how time and memory grow.
- ``figure``: the rows as one picture.
- ``run``: which cases, and what is written.
"""
