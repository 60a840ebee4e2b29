"""What the learned plugins share; the files beside this folder are plugins, one method each.

- ``linear_layer``, ``least_squares``: one linear layer at its optimum (``linear-*``).
- ``upsampler``: a trained network as a method (``cnn-*``, ``upnet-*``).
- ``head``, ``subpixel``, ``transposed``, ``modules``: the upsampling layer of a network.
- ``network``: trunk, head and bicubic residual.  ``folding``, ``forms``, ``inference``: running it.
"""
