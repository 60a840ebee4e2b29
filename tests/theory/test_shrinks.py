"""What a resize does otherwise where it makes images smaller: stated, compared, ported."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from upbench.benchmark.core.contract import ATTRIBUTE, Method, method
from upbench.benchmark.core.errors import PluginMetadataError
from upbench.benchmark.core.sizes import Ratio
from upbench.benchmark.engine.manifest import describe_method
from upbench.benchmark.registry.catalog import collect
from upbench.benchmark.report.agreement.kernels import claim, largest_difference
from upbench.benchmark.report.agreement.reasons import causes, subject
from upbench.benchmark.theory.port.behaviour import Behaviour, stated, stated_by
from upbench.benchmark.theory.port.call import library_of
from upbench.benchmark.theory.port.compare import compare_methods
from upbench.benchmark.theory.port.identify import identify
from upbench.benchmark.theory.port.recipes import recipes

METHODS = collect().methods
FIELDS: dict[str, Any] = {"family": "interpolation", "any_size": True, "backend": "pillow"}
SHRINKS = {"kernel": "Lanczos, 3 lobes", "sampling": "half-pixel"}


def two_kernels(image: Any, size: Any) -> Any:
    """Repeat pixels to enlarge, and shrink by Pillow's Lanczos."""
    filters = Pillow.Resampling
    chosen = filters.LANCZOS if size[0] < image.shape[0] else filters.NEAREST
    planes = [
        np.asarray(Pillow.fromarray(plane).resize(size[::-1], chosen))
        for plane in np.moveaxis(image, 2, 0)
    ]
    return np.stack(planes, axis=2)


def described(name: str = "mine", **fields: Any) -> Method:
    """Return a plugin's method."""
    given = FIELDS | {"edge": "renormalise", "antialias": "stretch", "sampling": "half-pixel"}
    found: Method = getattr(method(name, **(given | fields))(two_kernels), ATTRIBUTE)
    return found


MINE = described(kernel="nearest", shrinks={"kernel": "Lanczos, 3 lobes"})


def test_a_plugin_states_both_and_each_direction_has_its_recipe() -> None:
    """The command finds both kernels in the metadata, of a user's plugin as of our own."""
    found = compare_methods(MINE, METHODS["pillow-lanczos"])
    kernel = found.properties[0]
    assert (kernel.a, kernel.same) == ("nearest; smaller: lanczos, 3 lobes", False)
    assert found.agrees == {"larger": False, "smaller": True}
    larger, smaller = found.recipes
    assert "Resampling.NEAREST" in larger.code
    assert "Resampling.LANCZOS" in smaller.code


def test_a_recipe_that_is_far_off_is_none() -> None:
    """What a plugin misstates is measured: the distance is said in place of a recipe."""
    wrong = described("wrong", kernel="triangle", shrinks={"kernel": "Lanczos, 3 lobes"})
    larger, smaller = compare_methods(wrong, METHODS["pillow-bilinear"]).recipes
    assert (larger.code, larger.directions) == ("", ("larger",))
    assert "nearest call is up to" in larger.reason
    assert larger.reason.endswith("levels of 255 away at the sizes measured.")
    assert "Resampling.LANCZOS" in smaller.code


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"grid": "half-pixel"}, "shrinks must be a mapping of edge, kernel or sampling, like"),
        ("Lanczos", "shrinks must be a mapping"),
        ({"kernel": ""}, r"shrinks\['kernel'\] must be a word"),
        ({"sampling": "middle"}, r"shrinks\['sampling'\] must be one of half-pixel, align-corners"),
        ({"edge": "none of these"}, r"shrinks\['edge'\] must be one of mirror, reflect"),
    ],
)
def test_what_is_stated_is_checked(wrong: Any, said: str) -> None:
    """As the fields are that it stands for."""
    with pytest.raises(PluginMetadataError, match=said):
        method("m", family="f", any_size=True, shrinks=wrong)
    with pytest.raises(PluginMetadataError, match="it needs any_size=True"):
        method("m", family="f", shrinks={"kernel": "nearest"})


def test_a_manifest_keeps_it_and_a_damaged_one_does_no_harm() -> None:
    """A run's page reads it there."""
    metadata = describe_method(MINE)
    assert metadata["shrinks"] == {"kernel": "Lanczos, 3 lobes"}
    assert stated_by(metadata) == stated(MINE)
    for damaged in (None, "kernel", ["kernel"], {"kernel": None}, {"clips": "yes"}):
        assert stated_by(metadata | {"shrinks": damaged}) == stated(described(kernel="nearest"))


def test_the_agreement_takes_the_kernel_of_the_direction() -> None:
    """Where images are made smaller the method is compared with Lanczos, not with nearest."""
    metadata = describe_method(MINE)
    larger, smaller = (subject("m", metadata, "rgb8", scale) for scale in (2, Ratio(1, 2)))
    assert larger is not None
    assert smaller is not None
    assert (larger.kernel.family, smaller.kernel.family) == ("nearest", "lanczos")
    other = subject("o", describe_method(METHODS["pillow-lanczos"]), "rgb8", Ratio(1, 2))
    assert other is not None
    assert "number of lobes" not in causes(smaller, other, Ratio(1, 2))


KERNELS = {
    "linear": "triangle",
    "cubic": "keys cubic, a = -0.5",
    "mitchell": "mitchell-netravali, b = c = 1/3",
    "lanczos3": "lanczos, 3 lobes",
}


@pytest.mark.parametrize("name", KERNELS)
def test_what_libvips_states_to_shrink_is_what_probing_finds(name: str) -> None:
    """At a half, where no position is rounded: the named kernel on the half-pixel grid."""
    pytest.importorskip("pyvips", reason="pip install 'upbench[vips]'")
    resizer = METHODS[f"vips-{name}"].load_any_size()
    found = identify(lambda x, size: resizer(x[:, :, None], size)[:, :, 0], (48, 60), (24, 30))
    assert found.is_it
    said = stated(METHODS[f"vips-{name}"]).where("smaller")
    assert (
        said.kernel
        == f"{found.behaviour.kernel}, in steps of 1/64"
        == (f"{KERNELS[name]}, in steps of 1/64")
    )
    assert (said.sampling, said.antialias) == (found.behaviour.sampling, "stretch")


def test_weights_that_are_not_normalised_are_a_cause_of_their_own() -> None:
    """SimpleITK's Lanczos is JAX's but for that; the bound knows that a flat area changes."""
    one, other = claim("Lanczos, 5 lobes"), claim("Lanczos, 5 lobes, not normalised")
    assert one is not None
    assert other is not None
    assert one != other
    assert 0.001 < (largest_difference(one, other) or 0) < 0.05
    stated_one, stated_other = (
        subject(name, {"kernel": f"Lanczos, 5 lobes{rest}"}, "rgb8")
        for name, rest in (("a", ""), ("b", ", not normalised"))
    )
    assert stated_one is not None
    assert stated_other is not None
    assert causes(stated_one, stated_other, 2) == ["normalisation"]


def test_only_one_pixel_comes_of_libvips_as_a_plane_too() -> None:
    """Its arrays of one pixel are numbers."""
    pytest.importorskip("pyvips", reason="pip install 'upbench[vips]'")
    from upbench.benchmark.theory.port.recipes import compiled

    for wanted in (Behaviour("triangle", edge="replicate"), stated(METHODS["vips-lanczos3"])):
        (found,) = recipes(wanted, "pyvips") if wanted.shrinks else recipes(wanted, "pyvips")[:1]
        assert np.shape(compiled(found)(np.ones((4, 4), np.float32), (1, 1))) == (1, 1)


def test_a_library_has_its_name() -> None:
    """The page shows it by each method; what is not known is its distribution, or nothing."""
    backends = ("pyvips", "opencv-python-headless", "mine", None)
    found = [library_of({"backend": backend}) for backend in backends]
    assert found == ["libvips", "OpenCV", "mine", ""]
