"""The study of the learned methods: what an upsampling head costs, and what training makes of it.

``python results/learned/head_study`` (or ``make study``) writes ``results/learned``.

- ``subjects``: the networks that are studied, what their cards say, and which are missing.
- ``names``: their order, and what theory says of each.
- ``scores``: each before and after training, on the test sets, and on flat fields.
- ``initialisation``: many random seeds of every head, untrained.
- ``curves``: along training, and the step from which on no checkerboard shows.
- ``speed``: the folded form against the layer as it is defined, in turns.
- ``table``: all of it as tables.
- ``early_claims``, ``claims``: what the tables support and what not, in sentences made of numbers.
- ``figures``, ``crops``: the pictures.
- ``wording``, ``markdown``, ``page``: numbers in words, heads.md, README.md.
- ``run``: all of these in their order.
"""
