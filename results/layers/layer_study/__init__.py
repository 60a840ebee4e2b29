"""The study of layers as it is published: the super-resolution role at x2, x3 and x4.

``python results/layers/layer_study DIR...`` publishes what ``upbench layers`` trained, one folder
for each scale and way of beginning.  ``results/layers`` has the published study.

- ``study``: the trainings by layer, seed and image, and which layers differ significantly.
- ``page``: five sentences that follow from the numbers, and a table for each scale.
- ``picture``: each seed's mean PSNR, and the learning curves.
- ``command``: which folders, and what is written: all of it or nothing.
"""
