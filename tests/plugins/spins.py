"""A method that never returns on images of 20 rows."""

from upbench import method


@method("second-spins", family="test")
def second_spins(image, scale):
    while image.shape[0] == 20:
        pass
    return image.repeat(scale, axis=0).repeat(scale, axis=1)
