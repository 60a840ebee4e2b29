"""Theory: convolution arithmetic, upsampling layers, the black-box probe, teaching pictures.

Imports ``core``, ``imaging`` and ``metrics``.  ``arithmetic`` counts and computes, ``layers`` says
what weights do to a flat area, ``probe`` measures any method, ``explain`` draws.  Every number
equals PyTorch's; the tests check it.  A new topic of ``upbench explain`` is an entry in
``explain/topics.py`` and its scene.
"""
