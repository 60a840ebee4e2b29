"""Keras' UpSampling2D against TensorFlow's resize."""

from __future__ import annotations

import numpy as np
import pytest
from claims import methods_of, need
from random_images import noise

from upbench.methods import keras_upsampling, tensorflow_image

METHODS = methods_of(keras_upsampling)


@pytest.fixture(autouse=True)
def _installed() -> None:
    need("tensorflow")
    need("keras")


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("scale", [2, 3])
def test_is_tensorflows_resize(name: str, scale: int) -> None:
    """The layer gives the pixels of ``tf.image.resize`` of the same name."""
    image = noise(17, 12, 3)
    other = methods_of(tensorflow_image)[name.replace("keras-", "tf-")]
    np.testing.assert_allclose(
        METHODS[name][1](image, scale), other[1](image, scale), rtol=0, atol=1e-6
    )
    assert METHODS[name][0].kernel == other[0].kernel
