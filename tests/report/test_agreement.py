"""The agreement matrix: what is known of the libraries comes out, and nothing is made up."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from one_cell import run
from PIL import Image

from upbench.benchmark.core.contract import ATTRIBUTE, Method, method
from upbench.benchmark.engine import runner
from upbench.benchmark.engine.cell import prepare
from upbench.benchmark.engine.manifest import describe_method, write_manifest
from upbench.benchmark.engine.plan import Cell
from upbench.benchmark.engine.store import Store
from upbench.benchmark.imaging.resample import BICUBIC, keys_cubic, resize
from upbench.benchmark.registry.catalog import built_in_protocols, collect
from upbench.benchmark.report.agreement import COLUMNS, REASONS, agreement
from upbench.benchmark.report.agreement.figure import heat_maps
from upbench.benchmark.report.agreement.kernels import FAMILIES, claim, largest_difference
from upbench.benchmark.report.agreement.measure import distances, offsets, spread
from upbench.benchmark.report.agreement.reasons import Found, causes, explain, subject
from upbench.benchmark.report.folder import finish, rebuild

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from upbench.benchmark.engine.plan import Identity

CATALOG = collect()
STANDARD = {item.name: item for item in CATALOG.dataset("standard", 10**9).items()}
LEVEL = 1 / 255
BICUBICS = [
    "bicubic",
    "pillow-bicubic",
    "torch-bicubic-antialias",
    "opencv-cubic",
    "torch-bicubic",
    "torch-bicubic-align-corners",
    "skimage-order3",
    "scipy-zoom-order3",
    "scipy-zoom-grid-order3",
    "mitchell",
    "hermite",
]


def outputs(
    methods: Iterable[Method],
    images: Iterable[str],
    scale: int,
    protocol: str,
    folder: Path,
    *,
    place: tuple[slice, slice] | None = None,
) -> dict[Identity, bytes]:
    """Run methods on standard images, store the results and return the store's crops."""
    with Store(folder) as store:
        for image in images:
            prepared = prepare(STANDARD[image].load(), scale, built_in_protocols()[protocol])
            prepared = prepared if place is None else replace(prepared, crop=place)
            for one in methods:
                cell = Cell(one.name, one.family, "standard", image, scale, protocol, "code", "key")
                done = run(cell, one, one.load(scale), prepared, ())
                assert done.row.status == "ok", done.row.reason
                store.add(done)
        return store.crops()


def compare(
    methods: Iterable[Method], *where: Any, **more: Any
) -> dict[tuple[str, str], dict[Any, Any]]:
    """Return the rows of the matrix by their two methods, in both orders."""
    chosen = [*methods]
    table = agreement(
        outputs(chosen, *where, **more), {one.name: describe_method(one) for one in chosen}
    )
    rows = table.to_dict("records")
    return {
        pair: r
        for r in rows
        for a, b in [(r["method_a"], r["method_b"])]
        for pair in [(a, b), (b, a)]
    }


def built_in(*names: str) -> list[Method]:
    """Return methods of ours."""
    return [CATALOG.methods[name] for name in names]


def a_plugin(name: str, function: Callable[..., Any], **stated: Any) -> Method:
    """Return a plugin's method with the metadata that it states."""
    described: Method = getattr(
        method(name, family="interpolation", **stated)(partial(function)), ATTRIBUTE
    )
    return described


def keys(image: NDArray[np.float32], scale: int, a: float = -0.5) -> NDArray[np.float32]:
    """Enlarge by cubic convolution."""
    return resize(image, scale, keys_cubic(a)).astype(np.float32)


Pairs = dict[tuple[str, str], dict[Any, Any]]


@pytest.fixture(scope="module")
def bicubics(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    """Return the matrix of all bicubics at x3 on three images; two crops touch a border."""
    images = ["camera", "coffee", "text"]
    folder = tmp_path_factory.mktemp("bicubics")
    return compare(built_in(*BICUBICS), images, 3, "y-classic", folder)


# ------------------------------------------------------------------ what is known


def test_pillow_agrees_with_the_canonical_bicubic_inside_the_borders(bicubics: Pairs) -> None:
    """To the last level inside, and more than that only where the image ends."""
    row = bicubics["bicubic", "pillow-bicubic"]
    assert row["max_abs_inside"] <= LEVEL
    assert row["reason"] in {"same", "rounding only", "edge rule"}
    assert bicubics["pillow-bicubic", "torch-bicubic-antialias"]["max_abs"] <= LEVEL
    assert bicubics["bicubic", "torch-bicubic-antialias"]["max_abs_inside"] <= LEVEL


def test_opencv_agrees_with_pytorch(bicubics: Pairs) -> None:
    """OpenCV's cubic is PyTorch's bicubic, to the last level, borders and all."""
    row = bicubics["opencv-cubic", "torch-bicubic"]
    assert row["max_abs"] <= LEVEL
    assert row["reason"] in {"same", "rounding only"}


def test_the_groups_differ_by_more_than_a_hundredth(bicubics: Pairs) -> None:
    """Both values of a, B-splines, the two other cubics and aligned corners: six bicubics."""
    groups = [
        ["bicubic", "pillow-bicubic", "torch-bicubic-antialias"],
        ["opencv-cubic", "torch-bicubic"],
        ["skimage-order3", "scipy-zoom-grid-order3"],
        ["mitchell"],
        ["hermite"],
        ["torch-bicubic-align-corners", "scipy-zoom-order3"],
    ]
    for number, group in enumerate(groups):
        for other in groups[:number]:
            for pair in [(a, b) for a in group for b in other]:
                assert bicubics[pair]["max_abs_inside"] > 0.01, pair


@pytest.mark.parametrize(
    ("a", "b", "reason", "said"),
    [
        ("bicubic", "opencv-cubic", "parameter a", "a = -0.5, opencv-cubic is cubic conv"),
        ("pillow-bicubic", "torch-bicubic", "parameter a", "edge rules (renormalise, replicate)"),
        ("bicubic", "scipy-zoom-grid-order3", "spline prefilter", "a prefiltered cubic B-spline"),
        ("bicubic", "mitchell", "other cubic", "Mitchell and Netravali's cubic"),
        ("mitchell", "hermite", "other cubic", "Hermite's cubic"),
        ("bicubic", "scipy-zoom-order3", "corner alignment", "by up to 1 px at x3"),
        ("torch-bicubic-align-corners", "scipy-zoom-order3", "spline prefilter", "edge rules"),
        ("scipy-zoom-order3", "scipy-zoom-grid-order3", "corner alignment", "a crop of it lies"),
    ],
)
def test_each_class_is_found_and_explained(
    bicubics: Pairs, a: str, b: str, reason: str, said: str
) -> None:
    """The class comes from what the two methods state, and one line says it in words."""
    row = bicubics[a, b]
    assert row["reason"] == reason
    assert said in row["explanation"]
    assert "\n" not in row["explanation"]


def test_the_two_splines_differ_by_clipping_or_at_the_border(bicubics: Pairs) -> None:
    """scikit-image's B-spline is SciPy's, but for the border and the overshoot that it clips."""
    row = bicubics["skimage-order3", "scipy-zoom-grid-order3"]
    assert row["reason"] in {"clipping", "edge rule"}
    assert row["mean_abs"] < LEVEL
    for stated in ("edge", "clip"):
        assert stated in row["explanation"]


def test_edge_rules_are_distinguished_from_kernels(tmp_path: Path) -> None:
    """Where a crop touches a border, Lanczos of 3 lobes shows two edge rules, and agrees inside."""
    methods = built_in("lanczos3", "pillow-lanczos", "opencv-lanczos4")
    found = compare(methods, ["camera"], 2, "y-classic", tmp_path)
    row = found["lanczos3", "pillow-lanczos"]
    assert row["max_abs"] > LEVEL
    assert row["max_abs_inside"] <= LEVEL
    assert row["reason"] == "edge rule"
    assert row["explanation"] == (
        "They agree to 1 level of 255 inside the borders; there lanczos3 mirrors the image with "
        "its edge pixel, pillow-lanczos drops the taps beyond the border."
    )
    assert found["lanczos3", "opencv-lanczos4"]["reason"] == "number of lobes"


def test_bilinear_is_one_kernel_everywhere(tmp_path: Path) -> None:
    """Half-pixel bilinear is the same in every library; the aligned ones agree among themselves."""
    half = ["bilinear", "opencv-linear", "pillow-bilinear", "torch-bilinear", "skimage-order1"]
    half += ["scipy-zoom-grid-order1"]
    aligned = ["torch-bilinear-align-corners", "scipy-zoom-order1"]
    found = compare(built_in(*half, *aligned), ["text"], 2, "y-classic", tmp_path)
    for group in (half, aligned):
        assert max(found[a, b]["max_abs"] for a in group for b in group if a != b) <= LEVEL
    assert {found[a, b]["reason"] for a in half for b in aligned} == {"corner alignment"}


def test_nearest_is_one_rule_but_for_aligned_corners(tmp_path: Path) -> None:
    """Whole factors hide where nearest neighbour samples and what area means; corners do not."""
    names = ["nearest", "area", "opencv-nearest", "torch-nearest", "pillow-box"]
    found = compare(built_in(*names, "scipy-zoom-order0"), ["camera"], 3, "y-classic", tmp_path)
    assert {found[a, b]["reason"] for a in names for b in names if a != b} == {"same"}
    assert "nearest neighbour hides that" in found["nearest", "torch-nearest"]["explanation"]
    assert found["nearest", "scipy-zoom-order0"]["reason"] == "corner alignment"


@pytest.mark.parametrize("scale", [2, 4])
def test_aligned_corners_show_their_shift(tmp_path: Path, scale: int) -> None:
    """The shift is that of the geometry: content at u lies at u (sn - 1) / (n - 1) there."""
    left, top = 8 * scale, 80 * scale
    place = (slice(top, top + 96), slice(left, left + 96))
    methods = built_in("torch-bicubic", "torch-bicubic-align-corners")
    found = compare(methods, ["camera"], scale, "y-classic", tmp_path, place=place)
    row = found["torch-bicubic", "torch-bicubic-align-corners"]
    size = 512 // scale
    expected = [
        u * (size * scale - 1) / (size - 1) - middle
        for middle in (top + 47.5, left + 47.5)
        for u in [(middle + 0.5) / scale - 0.5]
    ]
    assert [row["shift_down_px"], row["shift_right_px"]] == pytest.approx(expected, abs=0.03)
    assert row["shift_right_px"] < -0.25 * (scale - 1)
    assert row["reason"] == "corner alignment"
    assert f"{abs(row['shift_right_px']):.2f} px left" in row["explanation"]


def test_the_shift_is_distinguished_from_the_aligned_one(tmp_path: Path) -> None:
    """In the other order the numbers change their signs, and the sentence stays the same."""
    methods = built_in("torch-bilinear", "torch-bilinear-align-corners")
    crops = outputs(methods, ["camera"], 3, "y-classic", tmp_path)
    stated = {one.name: describe_method(one) for one in methods}
    (one,) = agreement(crops, stated).to_dict("records")
    (other,) = agreement(crops, dict(reversed(stated.items()))).to_dict("records")
    assert one["shift_right_px"] == -other["shift_right_px"] != 0
    sentences = [row["explanation"].partition(" (They")[0] for row in (one, other)]
    assert sentences[0] == sentences[1]


def test_an_8_bit_path_is_named_in_protocols_that_run_it(tmp_path: Path) -> None:
    """The canonical bicubic rounds after each axis under rgb8, Pillow's does not; colour works."""
    methods = built_in("bicubic", "pillow-bicubic")
    inside = (slice(120, 216), slice(120, 216))
    found = compare(methods, ["astronaut"], 2, "rgb8", tmp_path, place=inside)
    row = found["bicubic", "pillow-bicubic"]
    assert row["reason"] == "8-bit path"
    assert 0 < row["mean_abs"] < LEVEL
    assert row["explanation"].startswith("bicubic has 8 bits after each axis, pillow-")


# ------------------------------------------------------------------ methods of plugins


def test_a_misstated_kernel_is_unexplained(tmp_path: Path) -> None:
    """Who says a = -0.5 and computes a = -0.75 is found out, from both sides."""
    stated = {"kernel": "Keys cubic, a = -0.5", "sampling": "half-pixel", "edge": "mirror"}
    liar = a_plugin("liar", partial(keys, a=-0.75), **stated)
    methods = [*built_in("bicubic", "torch-bicubic"), liar]
    found = compare(methods, ["text"], 2, "y-classic", tmp_path)
    row = found["bicubic", "liar"]
    assert row["reason"] == "unexplained"
    assert row["explanation"].endswith("; their metadata state no difference.")
    same = found["torch-bicubic", "liar"]
    assert same["reason"] in {"same", "rounding only"}
    assert "one is misstated, or there is no detail" in same["explanation"]


def test_a_shift_that_nothing_states_is_unexplained(tmp_path: Path) -> None:
    """Another a does not move an image: a stated difference that cannot do it is no excuse."""

    def moved(image: NDArray[np.float32], scale: int) -> NDArray[np.float32]:
        return np.roll(keys(image, scale, -0.75), 1, axis=1)

    stated = {"kernel": "Keys cubic, a = -0.75", "sampling": "half-pixel", "edge": "mirror"}
    methods = [*built_in("bicubic"), a_plugin("moved", moved, **stated)]
    row = compare(methods, ["text"], 2, "y-classic", tmp_path)["bicubic", "moved"]
    assert row["reason"] == "unexplained"
    assert row["shift_right_px"] == pytest.approx(1, abs=0.05)
    assert "a crop of moved lies 0.0" in row["explanation"]
    assert "what their metadata state (parameter a) does not account for it" in row["explanation"]


def test_more_than_a_kernel_can_do_is_unexplained(tmp_path: Path) -> None:
    """A blur goes beyond what the stated parameter can change: the bound is the kernels' own."""

    def blurred(image: NDArray[np.float32], scale: int) -> NDArray[np.float32]:
        return (1.0 - keys(image, scale)).astype(np.float32)

    stated = {"kernel": "Keys cubic, a = -0.6", "sampling": "half-pixel", "edge": "mirror"}
    methods = [*built_in("bicubic"), a_plugin("negative", blurred, **stated)]
    row = compare(methods, ["text"], 2, "y-classic", tmp_path)["bicubic", "negative"]
    assert row["reason"] == "unexplained"


def asymmetric(image: NDArray[np.float32], scale: int) -> NDArray[np.float32]:
    """Sample the triangle at j / s."""
    at = [np.minimum(np.arange(side * scale) / scale, side - 1.001) for side in image.shape[:2]]
    for axis, place in enumerate(at):
        low = place.astype(int)
        part = (place - low).reshape([-1 if n == axis else 1 for n in range(3)])
        image = image.take(low, axis) * (1 - part) + image.take(low + 1, axis) * part
    return image.astype(np.float32)


def test_an_asymmetric_grid_is_named(tmp_path: Path) -> None:
    """Sampling at j / s moves everything up and left by (s - 1) / 2, and is believed for that."""
    stated = {"kernel": "triangle", "sampling": "asymmetric", "edge": "replicate"}
    methods = [*built_in("bilinear"), a_plugin("legacy", asymmetric, **stated)]
    row = compare(methods, ["text"], 3, "y-classic", tmp_path)["bilinear", "legacy"]
    assert row["reason"] == "asymmetric grid"
    assert [row["shift_down_px"], row["shift_right_px"]] == pytest.approx([-1, -1], abs=0.05)


def test_a_rounding_nearest_is_named(tmp_path: Path) -> None:
    """Nearest neighbour at round(j / s) is another rule than the pixel below j's centre."""

    def rounded(image: NDArray[np.float32], scale: int) -> NDArray[np.float32]:
        rows, columns = (np.arange(side * scale) / scale for side in image.shape[:2])
        down = np.minimum(np.floor(rows + 0.5).astype(int), len(image) - 1)
        right = np.minimum(np.floor(columns + 0.5).astype(int), image.shape[1] - 1)
        return image[down][:, right]

    stated = {"kernel": "nearest", "sampling": "asymmetric"}
    methods = [*built_in("nearest"), a_plugin("rounded", rounded, **stated)]
    row = compare(methods, ["text"], 3, "y-classic", tmp_path)["nearest", "rounded"]
    assert row["reason"] == "nearest's rule"


def test_an_unstated_parameter_explains_nothing(tmp_path: Path) -> None:
    """Who says only "bicubic" is compared, and a difference stays unexplained."""
    vague = a_plugin("vague", partial(keys, a=-0.75), kernel="bicubic", sampling="half-pixel")
    found = compare([*built_in("bicubic"), vague], ["text"], 2, "y-classic", tmp_path)
    assert found["bicubic", "vague"]["reason"] == "unexplained"


def test_other_kernels_are_compared_with_nothing() -> None:
    """A learned kernel claims to be nobody's, even where its name begins like another."""
    assert claim("") is None
    assert claim("nearest, then least squares (6s+1) x (6s+1)") is None
    assert claim("Lanczos, 99 lobes") is None
    assert claim("Hamming-windowed sinc, 1 lobe") is None
    kernels = {one.kernel for one in CATALOG.default_methods() if one.family == "interpolation"}
    assert {k for k in kernels if claim(k) is None} == {"Hamming-windowed sinc, 1 lobe"}
    assert {found.family for k in kernels if (found := claim(k))} == set(FAMILIES)
    assert claim(" Catmull-Rom ") == claim("keys cubic, a = -0.5")


# ------------------------------------------------------------------ the parts


def test_the_bound_of_two_kernels_holds_and_is_reached() -> None:
    """The worst image for two kernels differs by the bound; no random one differs by more."""
    a, b = claim("Keys cubic, a = -0.5"), claim("Keys cubic, a = -0.75")
    assert a is not None
    assert b is not None
    bound = largest_difference(a, b)
    assert bound is not None
    # at x2^k the positions come close to the middle between samples, where it is largest
    at = (np.arange(4) - 1.5)[:, None]
    one, other = (kernel.function(at).ravel() for kernel in (BICUBIC, keys_cubic(-0.75)))
    apart = np.outer(one, one) - np.outer(other, other)
    assert np.abs(apart[apart > 0].sum()) == pytest.approx(bound)
    noise = np.random.default_rng(0).random((24, 24)).round()
    differences = resize(noise, 4, BICUBIC) - resize(noise, 4, keys_cubic(-0.75))
    assert 0.3 * bound < np.abs(differences).max() <= bound
    assert largest_difference(a, a) == 0


def test_a_kernel_that_is_not_stated_has_no_bound() -> None:
    """Nothing is known of it, so nothing is claimed."""
    a, b = claim("bicubic"), claim("Keys cubic, a = -0.75")
    assert a is not None
    assert b is not None
    assert largest_difference(a, b) is None


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Return pixels as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_distances_are_levels_over_all_common_crops() -> None:
    """Largest over crops, mean of means; inside leaves 4 input pixels of each side out."""
    black = np.zeros((96, 96), dtype=np.uint8)
    rim, middle = black.copy(), black.copy()
    rim[:, 7], middle[48, 48] = 10, 3
    places = [{"a": png(black), "b": png(rim)}, {"a": png(black), "b": png(middle)}, {"a": b"x"}]
    places[2] = {"a": png(black)}
    found = distances(places, ["a", "b", "c"], 2)
    assert (found.count[0, 1], found.count[0, 0], found.count[0, 2]) == (2, 3, 0)
    assert (found.largest[0, 1], found.largest[1, 0]) == (10, 10)
    assert found.inside[0, 1] == 3
    assert found.mean[0, 1] == pytest.approx((10 / 96 + 3 / 96**2) / 2)


def test_crops_of_another_size_are_left_out() -> None:
    """A folder may hold a crop of another image of that name; it is not compared."""
    crop, other = np.zeros((32, 32), dtype=np.uint8), np.ones((30, 32), dtype=np.uint8)
    places = [{"": png(crop), "a": png(crop), "b": png(crop + 1), "c": png(other)}]
    assert distances(places, ["a", "b", "c"], 2).count[0].tolist() == [1, 1, 0]


def test_shifts_that_cannot_be_measured_are_not_made_up() -> None:
    """Flat, tiny and unreferenced crops have no shift: null, and no error."""
    flat, tiny = np.full((96, 96), 9, dtype=np.uint8), np.zeros((8, 8), dtype=np.uint8)
    for crop in (flat, tiny):
        assert np.isnan(offsets([{"": png(crop), "a": png(crop)}], ["a"], 2)).all()
    assert np.isnan(offsets([{"a": png(flat)}], ["a"], 2)).all()
    stated = {name: {"kernel": "triangle"} for name in "ab"}
    crops = {(m, "d", "i", 2, "y-classic"): png(flat) for m in ("", "a", "b")}
    (row,) = agreement(crops, stated).to_dict("records")
    assert math.isnan(row["shift_down_px"])
    assert row["reason"] == "same"


def test_a_few_places_are_chosen_evenly() -> None:
    """The first and the last are among them, none twice, and fewer are all."""
    places = [{"": bytes([n])} for n in range(10)]
    assert spread(places, 4) == [places[n] for n in (0, 3, 6, 9)]
    assert spread(places[:2], 4) == places[:2]
    assert spread([], 4) == []


def found_between(**changed: Any) -> Found:
    """Return a measurement."""
    plain = Found(crops=1, scale=2, largest=9, mean=0.1, inside=1, down=0.0, right=0.0)
    return replace(plain, **changed)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, "edge rule"),
        ({"inside": 2}, "unexplained"),
        ({"right": 0.5}, "unexplained"),
        ({"down": math.nan, "right": math.nan}, "edge rule"),
        ({"largest": 1}, "rounding only"),
        ({"largest": 0, "inside": 0}, "same"),
    ],
)
def test_an_edge_rule_accounts_for_edges_alone(changed: dict[str, Any], reason: str) -> None:
    """A difference inside the borders, or a shift, is nothing that an edge rule can make."""
    stated = {"kernel": "triangle", "sampling": "half-pixel"}
    a = subject("a", stated | {"edge": "mirror"}, "y-classic")
    b = subject("b", stated | {"edge": "reflect"}, "y-classic")
    assert a is not None
    assert b is not None
    assert causes(a, b, 2) == ["edge rule"]
    assert explain(a, b, found_between(**changed))[0] == reason


@pytest.mark.parametrize(
    ("scale", "changed", "reason"),
    [
        (0.5, {"inside": 60, "largest": 62}, "antialiasing"),
        (0.5, {"inside": 60, "largest": 62, "down": 0.5}, "unexplained"),
        (2, {"inside": 60, "largest": 62}, "unexplained"),
    ],
)
def test_antialiasing_counts_where_images_are_made_smaller(
    scale: float, changed: dict[str, Any], reason: str
) -> None:
    """It leaves an enlargement as it is, and never moves an image."""
    stated = {"kernel": "triangle", "sampling": "half-pixel", "edge": "replicate"}
    a = subject("a", stated | {"antialias": "none"}, "y-classic")
    b = subject("b", stated | {"antialias": "stretch"}, "y-classic")
    assert a is not None
    assert b is not None
    assert causes(a, b, scale) == (["antialiasing"] if scale < 1 else [])
    found, said = explain(a, b, found_between(scale=scale, **changed))
    assert found == reason
    if reason == "antialiasing":
        assert said == "a does not antialias, b widens its kernel to antialias."


def test_corners_cannot_move_more_than_half_of_what_the_scale_adds() -> None:
    """(s - 1) / 2 pixels at the very corner; more is something else."""
    stated = {"kernel": "triangle", "edge": "none"}
    a = subject("a", stated | {"sampling": "half-pixel"}, "y-classic")
    b = subject("b", stated | {"sampling": "align-corners"}, "y-classic")
    assert a is not None
    assert b is not None
    for right, reason in [(0.5, "corner alignment"), (0.7, "unexplained")]:
        found = found_between(right=right, inside=9)
        assert explain(a, b, found)[0] == reason


@pytest.mark.parametrize("metadata", [{}, {"kernel": None}, {"kernel": 3}, {"kernel": "x"}])
def test_metadata_that_say_no_kernel_are_no_subject(metadata: dict[str, Any]) -> None:
    """A manifest of another upbench, or one of unknown origin, is read as far as it can be."""
    assert subject("a", metadata, "y-classic") is None


def test_metadata_that_say_little_are_enough() -> None:
    """What is not stated is unknown, and an unknown protocol runs no 8-bit path."""
    found = subject("a", {"kernel": "triangle", "eight_bit": True}, "of-tomorrow")
    assert found is not None
    assert (found.sampling, found.edge, found.clips, found.eight_bit) == (
        "unknown",
        "unknown",
        False,
        False,
    )


# ------------------------------------------------------------------ folders


def test_a_run_writes_table_and_picture(tmp_path: Path) -> None:
    """From pictures on disk to agreement.csv and its heat map, as the command runs it."""
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("camera", "coffee"):
        pixels = STANDARD[name].load()[:150, :160] * 255
        Image.fromarray(pixels.round().astype(np.uint8).squeeze()).save(photos / f"{name}.png")
    names = "bicubic,pillow-bicubic,opencv-cubic,torch-bicubic,torch-bicubic-align-corners"
    asked = runner.Request(
        methods=names, datasets=f"folder:{photos}", scales="2", executor="serial"
    )
    plan = runner.make_plan(asked)
    with Store(tmp_path / "out") as store:
        for result in runner.results(plan, store, runner.waiting(plan, store)):
            assert result.row.status == "ok"
        finish(plan, store)
    table = pd.read_csv(tmp_path / "out" / "agreement.csv").set_index(["method_a", "method_b"])
    assert [*table.reset_index().columns[:2], *table.columns] == [
        "method_a",
        "method_b",
        *(c for c in COLUMNS if not c.startswith("method")),
    ]
    assert len(table) == 10
    assert (table["crops"] == 2).all()
    assert table.loc[("bicubic", "pillow-bicubic"), "max_abs_inside"] <= 1.01 * LEVEL
    assert table.loc[("opencv-cubic", "torch-bicubic"), "max_abs"] <= 1.01 * LEVEL
    assert table.loc[("bicubic", "opencv-cubic"), "max_abs"] > 0.01
    aligned = table.loc[("torch-bicubic", "torch-bicubic-align-corners")]
    assert np.hypot(aligned["shift_down_px"], aligned["shift_right_px"]) > 0.1
    (picture,) = (tmp_path / "out" / "figures").glob("agreement-*.png")
    with Image.open(picture) as file:
        assert min(file.size) > 200


def test_a_folder_from_before_has_an_empty_table(tmp_path: Path) -> None:
    """Without the methods' metadata nothing is compared, and the report is written all the same."""
    outputs(built_in("nearest", "area"), ["text"], 2, "y-classic", tmp_path)
    for manifest in (None, {"methods": {"nearest": "?"}}):
        if manifest is not None:
            write_manifest(tmp_path, manifest)
        rebuild(tmp_path)
        table = pd.read_csv(tmp_path / "agreement.csv")
        assert list(table.columns) == [*COLUMNS]
        assert table.empty
    assert not [*(tmp_path / "figures").glob("agreement-*")]


def test_nothing_to_compare_is_an_empty_table() -> None:
    """No crops, no methods: the columns, with their types."""
    table = agreement({}, {})
    assert {name: str(kind) for name, kind in table.dtypes.items()} == COLUMNS
    assert table.empty


# ------------------------------------------------------------------ the picture


def table_of(*rows: tuple[str, str, float, str]) -> pd.DataFrame:
    """Return a small agreement table."""
    return pd.DataFrame(
        [
            {
                "kernel": "bicubic",
                "method_a": a,
                "method_b": b,
                "max_abs": levels / 255,
                "max_abs_inside": levels / 255,
                "reason": reason,
            }
            for a, b, levels, reason in rows
        ]
    )


def test_the_picture_tells_levels_and_reasons_and_merges_equals() -> None:
    """Equal methods share a row; the level stands below the diagonal, the sign above."""
    table = table_of(
        ("a", "b", 0, "same"), ("a", "c", 12, "parameter a"), ("b", "c", 12, "parameter a")
    )
    (axes,) = heat_maps(table, "set $x$ x2").axes
    stated = [text.get_text() for text in axes.texts]
    assert "bicubic" in stated
    assert {"a = b  1", "c  2"} <= set(stated) or {"c  1", "a = b  2"} <= set(stated)
    assert stated.count("12") == 1
    assert stated.count("a") == 1
    assert any("a  parameter a" in text and "same" not in text for text in stated)
    assert any(text.startswith(r"set \$x\$ x2: ") for text in stated)


def test_like_methods_are_neighbours_and_long_lists_are_short() -> None:
    """Rows follow likeness, not the alphabet; twenty equal methods are one short label."""
    names = ["a", "b", "c", "d"]
    near = {frozenset("ac"), frozenset("bd")}
    rows = [
        (a, b, 2 if frozenset(a + b) in near else 40, "edge rule")
        for n, a in enumerate(names)
        for b in names[n + 1 :]
    ]
    (axes,) = heat_maps(table_of(*rows), "t").axes
    order = "".join(t.get_text()[0] for t in axes.texts if "  " in t.get_text()[:3])
    assert order in {"acbd", "acdb", "cabd", "cadb", "bdac", "bdca", "dbac", "dbca"}
    many = [f"method-{n:02}" for n in range(20)]
    equal = [(a, b, 0, "same") for n, a in enumerate(many) for b in many[n + 1 :]]
    (axes,) = heat_maps(table_of(*equal), "t").axes
    assert "method-00 = 19 others  1" in [text.get_text() for text in axes.texts]


def test_every_class_has_a_line_and_a_sign() -> None:
    """No class is without its line in the documentation, none shares a sign."""
    page = (Path(__file__).parents[2] / "docs" / "agreement.md").read_text(encoding="utf-8")
    assert all(f"\n| `{name}` | " in page for name in REASONS)
    assert len({*REASONS.values()}) == len(REASONS)
