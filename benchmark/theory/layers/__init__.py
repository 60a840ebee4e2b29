"""Layer theory: what an upsampling layer's shape and weights do to a flat area, without running it.

- ``overlap``: how unevenly the kernels of transposed convolutions overlap, and where they write.
- ``periodic``: the layers' steps, computed on one cell of a periodic image.
- ``response``: the DC gain of every output phase, its ripple, ICNR; by how much a layer moves the
  picture.
- ``torch_modules``: the same for torch modules given as objects.
"""
