"""The black-box probe: what any method does to flat fields, tones, an impulse and an edge.

- ``stimuli``: the small test images.
- ``probed``: a method as the probe calls it, through the plugin boundary.
- ``phases``: what becomes of flat fields and slow tones, phase by phase.
- ``impulse``: impulse response, polyphase components, linearity and shift invariance.
- ``gradient``: what goes back through a method that PyTorch can differentiate.
- ``edge``: what becomes of a slanted edge: its width, overshoot and MTF50.
- ``result``: everything about one method at one scale, and the ranked table.
- ``run``: probing one method or many, and writing the table.

Whatever feeds a method raises MethodError where the method fails on an image, in one sentence.
"""
