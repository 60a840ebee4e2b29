"""The teaching pictures show the right numbers in the right cells, and their files are sound."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from upbench.benchmark.core.errors import StoreError, UnknownNameError, UsageError
from upbench.benchmark.theory.arithmetic.sizes import transposed_size
from upbench.benchmark.theory.explain import (
    TOPICS,
    example_of,
    explain,
    frames,
    picture,
    save,
    strip,
)
from upbench.benchmark.theory.explain.canvas import STYLES, Grid, Scene, draw, words
from upbench.benchmark.theory.explain.example import small_image

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

few = settings(max_examples=25, deadline=None, derandomize=True)
POSITIONS = {
    "conv": 4,
    "transposed-conv": 16,
    "matrix": 4,
    "zero-insertion": 25,
    "overlap": 9,
    "resize-conv": 36,
    "checkerboard": 49,
    "pixel-shuffle": 36,
    "icnr": 36,
    "gradients": 16,
    "generator": 8,
    "segmentation": 36,
}
HUGE = {
    "conv": {"input": 1_000_000, "kernel": 999_995},
    "transposed-conv": {"kernel": 50, "input": 2, "padding": 24},
    "matrix": {"padding": 10**9, "stride": 10**9},
    "segmentation": {"stride": 10**6},
    "checkerboard": {"stride": 10**6, "input": 1},
}
"""Layers of few outputs whose tables would not fit into memory, or on paper."""
STILL = {"overlap", "gradients", "generator", "segmentation"}
"""Topics whose pictures show all their numbers from the first frame on."""


def grids(topic: str, position: int = 0, **layer: int) -> dict[str, Grid]:
    """Return the grids of a topic's picture by their titles."""
    example = example_of(topic, **layer)
    scene = TOPICS[topic].scene(example, position, TOPICS[topic].positions(example))
    return {part.title: part for row in scene.rows for part in row if isinstance(part, Grid)}


def texts(figure: Figure) -> list[str]:
    """Return all that is written in a figure."""
    return [text.get_text() for text in figure.axes[0].texts]


def luminance(colour: str) -> float:
    """Return how bright a colour prints in grey, 0 to 1."""
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


def test_the_worked_example_is_what_the_conv_picture_shows() -> None:
    """The output grid reads 84 84 87 60; the first window is highlighted with the kernel."""
    shown = grids("conv")
    assert shown["output"].text.tolist() == [["84", "84"], ["87", "60"]]
    assert (shown["input"].kinds[:3, :3] == "read").all()
    assert (shown["input"].kinds == "read").sum() == 9
    corners = shown["input"].corners
    assert corners is not None
    assert corners[0].tolist() == ["x1", "x2", "x4", ""]


def test_the_transposed_picture_shows_c_transposed_times_the_input() -> None:
    """Its output is the worked example's, and its stamps add up to the highlighted cell."""
    shown = grids("transposed-conv", position=5)
    assert shown["output"].text[1].tolist() == ["6", "16", "31", "21"]
    stamps = [grid for title, grid in shown.items() if title.endswith("x kernel")]
    assert len(stamps) == 3  # two inputs of the four are 3
    figure = picture("transposed-conv", example_of("transposed-conv"))
    assert "2·1 + 3·1 + 4·2 + 3·1 = 16" in texts(figure)


def test_the_matrix_picture_has_every_element_written() -> None:
    """C is 4 x 16, its transpose 16 x 4, with the same nine cells highlighted."""
    shown = grids("matrix", position=2)
    assert shown["C"].text.shape == (4, 16)
    assert shown["Cᵀ"].text.T.tolist() == shown["C"].text.tolist()
    assert (shown["C"].kinds == "read").sum() == (shown["Cᵀ"].kinds == "read").sum() == 9
    assert shown["y"].text.ravel().tolist() == ["84", "84", "87", "60"]
    assert shown["as image"].text[3].tolist() == ["4", "11", "22", "12"]
    figure = picture("matrix", example_of("matrix"))
    written = [text for text in texts(figure) if text.isdigit()]
    assert len(written) == 64 + 16 + 4 + 64 + 4 + 16 + 16


def test_the_zero_insertion_picture_tells_the_zeros_apart() -> None:
    """Pixels, zeros between them and the padding are cells of three kinds."""
    shown = grids("zero-insertion")
    title = "zeros between: 1, padding: 2"
    kinds, text = shown[title].kinds, shown[title].text
    assert text.shape == (7, 7)
    assert text[2, 2:5].tolist() == ["2", "0", "3"]
    assert kinds[2, 2:5].tolist() == ["read", "zero", "plain"]  # the first window ends here
    assert kinds[6, 6] == "padding"
    assert shown["kernel, turned"].text[0].tolist() == ["4", "2", "1"]


def test_the_overlap_picture_counts_the_kernels() -> None:
    """Kernel 3 at stride 2 counts 1 1 2 1 2 1 2 1 1, and 4 where rows and columns meet."""
    shown = grids("overlap", position=2)
    one, both = shown.values()
    assert one.text[-1].tolist() == list("112121211")
    assert one.text[0, :4].tolist() == ["w0", "w1", "w2", ""]
    assert one.kinds[:2, 2].tolist() == ["read", "read"]
    assert both.text[2, 2] == "4"
    assert both.kinds[2, 2] == "high"


def test_the_resize_picture_marks_the_sources() -> None:
    """The window over the enlarged input is traced to the input pixels it comes from."""
    shown = grids("resize-conv", position=0)
    assert shown["nearest x2, padding 1"].text.shape == (8, 8)
    assert (shown["input"].kinds == "read").sum() == 1
    assert (shown["nearest x2, padding 1"].kinds == "read").sum() == 9


@pytest.mark.parametrize("topic", POSITIONS)
def test_frames_are_the_output_positions(topic: str) -> None:
    """There is one moment for each output, and it shows the outputs so far only."""
    example = example_of(topic)
    chosen = TOPICS[topic]
    assert chosen.positions(example) == POSITIONS[topic]
    first, last = next(frames(topic, example)), list(frames(topic, example))[-1]
    if topic not in STILL:
        assert len(texts(first)) < len(texts(last))


@pytest.mark.parametrize("topic", ["conv", "overlap"])
def test_explain_writes_sound_files_and_sentences(topic: str, tmp_path: Path) -> None:
    """PNG, SVG and GIF can be read; the GIF has one frame for each output position."""
    made = explain(topic, folder=tmp_path / "new")
    names = [f"{topic}.png", f"{topic}.svg", f"{topic}-strip.png", f"{topic}-strip.svg"]
    assert [path.name for path in made.files] == [*names, f"{topic}.gif"]
    for path in made.files:
        if path.suffix == ".svg":
            assert ET.parse(path).getroot().tag.endswith("svg")  # noqa: S314 - our own file
            continue
        with Image.open(path) as image:
            assert min(image.size) > 200
            assert len(image.convert("RGB").getcolors(1 << 24)) > 4
            if path.suffix == ".gif":
                assert image.n_frames == POSITIONS[topic]
    assert all(line.endswith(".") for line in made.lines)


def test_a_figure_is_saved_the_same_every_time(tmp_path: Path) -> None:
    """No date and no random names: the same picture is the same bytes."""
    for name in ("a.svg", "b.svg", "a.png", "b.png"):
        save(picture("conv", example_of("conv")), tmp_path / name)
    for suffix in ("svg", "png"):
        first, second = (tmp_path / f"{name}.{suffix}" for name in "ab")
        assert first.read_bytes() == second.read_bytes()


def lines(topic: str, **layer: int) -> str:
    """Return what a topic says of a layer."""
    return "\n".join(TOPICS[topic].facts(example_of(topic, **layer)))


def test_the_numbers_are_said_in_sentences() -> None:
    """Output size, relationship, multiplications, overlap and offset are all there."""
    assert lines("conv", padding=1) == (
        "Input 4 x 4, kernel 3 x 3, stride 1, padding 1: output 4 x 4.\n"
        "Relationship 3 of the guide (Half (same) padding, unit strides): for odd k and "
        "p = floor(k/2), o = i.\n"
        "Multiplications: 100; with those by the zeros of the padding 144; by the matrix with its "
        "zeros 256."
    )
    assert lines("zero-insertion") == (
        "Input 2 x 2, transposed kernel 3 x 3, stride 2, padding 0: output 5 x 5.\n"
        "Relationship 12 of the guide (No zero padding, non-unit strides, transposed): p' = k - 1, "
        "o' = s(i' - 1) + k.\n"
        "The same by zero insertion: zeros between pixels 1, padding 2, kernel turned by 180 "
        "degrees, stride 1.\n"
        "Multiplications: 36; by zero insertion 225, 6.2 times as many; by the matrix with its "
        "zeros 100.\n"
        "Overlap along an axis, by phase: 2, 1: uneven, in two dimensions 4 to 1, standard "
        "deviation over mean 0.484.\n"
        "Not centred: the output lies 0.5 output px to the bottom and right of the half-pixel "
        "grid."
    )
    even = lines("overlap", kernel=4, padding=1)
    assert "by phase: 2, 2: even." in even
    assert "Centred" in even
    gaps = (
        "uneven, some pixels get none, in two dimensions with standard deviation over mean 1.118."
    )
    assert gaps in lines("overlap", kernel=2, stride=3)
    assert "gets all 9 kernel elements" in lines("resize-conv")
    assert "flat gradient comes back to its input evenly" in lines("gradients")
    nothing = lines("transposed-conv", kernel=1, stride=3, padding=1, size=2)
    assert "Multiplications: 0; by zero insertion 4; by the matrix with its zeros 16." in nothing
    cut = {"kernel": 2, "padding": 2, "size": 3}
    assert "zeros between pixels 1, 1 px cut off either side" in lines("zero-insertion", **cut)
    assert "zeros between: 1, cut off: 1" in grids("zero-insertion", **cut)


def test_a_flat_area_becomes_a_checkerboard_and_stays_flat_when_held() -> None:
    """The picture's levels are the sums of the kernel's elements by phase; 2 x 2 ones even them."""
    shown = grids("checkerboard")
    assert shown["output"].text[2:4, 2:4].tolist() == [["10", "4"], ["4", "1"]]
    assert set(shown["then 2 x 2 ones: flat inside"].text[1:-1, 1:-1].flat) == {"19"}
    said = lines("checkerboard")
    assert "becomes 10, 4, 4, 1, by phase" in said
    assert "the phases are 19, 19, 19, 19: they differ by 0.000" in said
    even = lines("checkerboard", kernel=4, padding=1)
    assert "Cause 1, overlap: 2, 2 along an axis, by phase: even." in even
    assert "a checkerboard" in even


def test_the_causes_of_a_checkerboard_are_told_apart() -> None:
    """The overlap has its own number, the weights' means times their numbers are the levels."""
    said = lines("checkerboard")
    assert "in two dimensions 4 to 1, standard deviation over mean 0.484.\nCause 2" in said
    means = "Cause 2, weights: the mean of a phase's elements is 2.5, 2, 2, 1; times their number, "
    assert f"{means}4, 2, 2, 1, it is the phase's level." in said
    gaps = lines("checkerboard", kernel=2, stride=3, size=1)
    assert "1, 1, 0 along an axis, by phase: uneven, some pixels get none, in two dim" in gaps
    assert "elements is 4, 2, none, 1, 2, none, none, none, none; times" in gaps


@pytest.mark.parametrize("padding", [0, 1, 2])
def test_the_caption_counts_phases_as_the_facts_do(padding: int) -> None:
    """A pixel inside has the level that the list of phases gives to the phase of its caption."""
    example = example_of("checkerboard", padding=padding, size=5)
    scene = TOPICS["checkerboard"].scene(example, 0, 1)
    size = len(grids("checkerboard", padding=padding, size=5)["output"].text)
    levels = lines("checkerboard", padding=padding).partition("becomes ")[2].split(", ")[:4]
    for position in np.ndindex(2, 2):
        down, across = (4 + one for one in position)
        number = down * size + across
        scene = TOPICS["checkerboard"].scene(example, number, size**2)
        phase = down % 2, across % 2
        assert f"Output {number + 1} is in phase {phase};" in scene.caption[0]
        shown = grids("checkerboard", number, padding=padding, size=5)["output"].text
        assert shown[down, across] == levels[2 * phase[0] + phase[1]]


def test_pixel_shuffle_deals_channels_to_phases() -> None:
    """The output is torch's, of the channels that are drawn."""
    shown = grids("pixel-shuffle")
    channels = np.array([shown[f"channel {n}"].text.astype(float) for n in range(4)])
    expected = torch.nn.functional.pixel_shuffle(torch.from_numpy(channels), 2)[0]
    assert shown["output"].text.astype(float).tolist() == expected.tolist()
    assert "a kernel of 6 x 6, whose overlap is even (3, 3)" in lines("pixel-shuffle")


def test_icnr_makes_every_cell_one_level() -> None:
    """A kernel per phase draws on a flat area, one kernel does not."""
    shown = grids("icnr")
    assert set(shown["ICNR: one kernel"].text.flat) == {"19"}
    assert set(shown["a kernel per phase"].text.flat) == {"19", "20", "26"}
    assert "19, 19, 20, 26, by phase" in lines("icnr")


def test_gradients_of_a_strided_convolution_are_torchs() -> None:
    """What comes back to each pixel is autograd's for a kernel of ones; the stride evens it out."""
    shown = grids("gradients")
    for kernel, size in ((3, 9), (4, 10)):
        image = torch.zeros(1, 1, size, size, requires_grad=True)
        torch.nn.functional.conv2d(
            image, torch.ones(1, 1, kernel, kernel), stride=2
        ).sum().backward()
        assert image.grad is not None
        counts = shown[f"back through kernel {kernel}, stride 2"].text.astype(float)
        assert counts.tolist() == image.grad[0, 0].tolist()
    assert "by phase: uneven, in two dimensions 4 to 1" in lines("gradients")
    assert "With kernel 4: 2, 2 along an axis, by phase: even." in lines("gradients")
    assert "With kernel" not in lines("gradients", kernel=4, size=8)


@pytest.mark.parametrize("padding", [0, 1, 2])
def test_gradients_are_told_in_the_order_of_torchs_phases(padding: int) -> None:
    """Padding turns the phases: with 1 the counts begin 1, 2."""
    row = torch.zeros(1, 1, 9, requires_grad=True)
    torch.nn.functional.conv1d(row, torch.ones(1, 1, 3), stride=2, padding=padding).sum().backward()
    assert row.grad is not None
    counts = ", ".join(str(int(one)) for one in row.grad[0, 0, 4:6])
    assert f"Pixels get gradients from {counts} along an axis" in lines(
        "gradients", padding=padding
    )


def test_the_generators_overlap_compounds() -> None:
    """Three stages of kernel 5 have the counts of three transposed convolutions of ones."""
    ones = torch.ones(1, 1, 1, 12)
    for _ in range(3):
        ones = torch.nn.functional.conv_transpose2d(
            ones, torch.ones(1, 1, 1, 5), stride=(1, 2), padding=(0, 2)
        )
    middle = ones[0, 0, 0, 32:40].int().tolist()
    assert grids("generator")["after stage 3: period 8"].text[0].astype(int).tolist() == middle
    assert "4 -> 7 -> 13 -> 25 pixels a side" in lines("generator")
    assert "4 -> 8 -> 16 -> 32" in lines("generator", kernel=4, padding=1)


def test_segmentation_counts_what_a_coarse_map_loses() -> None:
    """Orange cells are those that differ; sizes that do not come back are said."""
    shown = grids("segmentation")
    fine, coarse = shown["classes"].text, shown["from 1/2"].text
    assert ((shown["from 1/2"].kinds == "write") == (fine != coarse)).all()
    accuracy = (fine == coarse).mean()
    assert f"pixel accuracy {accuracy:.3f}" in lines("segmentation")
    assert "6 -> 3 -> 2, the decoder with the same numbers 2 -> 3 -> 5" in lines("segmentation")
    assert "comes back to the size" in lines("segmentation", kernel=4, size=8)


def decoded(size: int, layer: tuple[int, int, int], extra: tuple[int, int]) -> list[int]:
    """Return the sizes that two of torch's transposed convolutions make, with output paddings."""
    kernel, stride, padding = layer
    line = torch.zeros(1, 1, size)
    sizes = [size]
    for one in extra:
        line = torch.nn.functional.conv_transpose1d(
            line, torch.zeros(1, 1, kernel), stride=stride, padding=padding, output_padding=one
        )
        sizes.append(line.shape[2])
    return sizes


@pytest.mark.parametrize(
    ("layer", "smallest", "extra", "other", "crop"),
    [
        ({}, 2, (0, 1), (4, 1), ", to be cropped to 6"),
        ({"size": 8}, 2, (1, 1), (4, 1), ""),
        ({"size": 11, "stride": 3}, 2, (0, 1), (9, 3), ", to be cropped to 11"),
        ({"size": 10, "padding": 0}, 1, (1, 1), None, ""),
    ],
)
def test_segmentation_advises_what_comes_back(
    layer: dict[str, int],
    smallest: int,
    extra: tuple[int, int],
    other: tuple[int, int] | None,
    crop: str,
) -> None:
    """Each way that is named makes torch's sizes; a kernel that comes out smaller is not named."""
    example, said = example_of("segmentation", **layer), lines("segmentation", **layer)
    sizes = decoded(smallest, example.layer, extra)
    made = f"{extra[0]}, then {extra[1]}, the decoder makes {' -> '.join(map(str, sizes))}"
    assert f"is not {example.size}: with output padding {made}" in said
    assert sizes[-1] == example.size
    assert ("with kernel" in said) == (other is not None)
    if other is not None:
        sizes = decoded(smallest, (other[0], example.stride, other[1]), (0, 0))
        way = f"with kernel {other[0]} and padding {other[1]}"
        assert f"{way} it makes {' -> '.join(map(str, sizes))}{crop}." in said


@few
@given(
    topic=st.sampled_from(sorted(POSITIONS)),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 3),
    padding=st.integers(0, 3),
    size=st.integers(1, 4),
)
def test_any_layer_that_exists_can_be_drawn(
    topic: str, kernel: int, stride: int, padding: int, size: int
) -> None:
    """Every picture and strip is drawn for any small layer, or it is refused in a sentence."""
    try:
        example = example_of(topic, kernel=kernel, stride=stride, padding=padding, size=size)
        figure = picture(topic, example)
        films = strip(topic, example)
    except UsageError as error:
        assert str(error).endswith(".")  # noqa: PT017 - a refusal is one of two right answers
        return
    width, height = films.get_size_inches()
    assert max(*figure.get_size_inches(), width) < 30
    assert height > 0


def test_no_text_overlaps_another() -> None:
    """In every picture, titles, captions and numbers keep clear of each other."""
    for topic in POSITIONS:
        figure = picture(topic, example_of(topic))
        figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in figure.axes[0].texts if text.get_text()]
        edges = np.array([box.extents for box in boxes])
        left, bottom, right, top = edges.T
        across = np.minimum.outer(right, right) - np.maximum.outer(left, left)
        along = np.minimum.outer(top, top) - np.maximum.outer(bottom, bottom)
        together = (across > 1) & (along > 1) & ~np.eye(len(edges), dtype=bool)
        assert not together.any(), topic
        assert edges.min() >= 0, topic
        assert (right.max(), top.max()) <= tuple(figure.bbox.extents[2:]), topic


def test_no_text_is_tiny() -> None:
    """Nothing is printed in less than 5.5 points, the numbers themselves in 9 at least."""
    for topic in POSITIONS:
        sizes = [text.get_fontsize() for text in picture(topic, example_of(topic)).axes[0].texts]
        assert min(sizes) >= 5.5
        assert np.median(sizes) >= 9


def test_the_kinds_of_cells_print_differently_in_grey() -> None:
    """What is read, written, padded and left is distinguished by brightness or line width."""
    looks = [
        (luminance(STYLES[kind].fill), STYLES[kind].width)
        for kind in ("read", "write", "padding", "low", "middle", "high")
    ]
    for number, (bright, width) in enumerate(looks):
        for other, thick in looks[number + 1 :]:
            assert abs(bright - other) > 0.05 or width != thick


def test_numbers_are_written_shortly() -> None:
    """Whole numbers have no point, NaN is an empty cell."""
    assert words([[1.0, 0.25, np.nan, -12.0]]).tolist() == [["1", "0.25", "", "-12"]]


def test_the_example_numbers_are_always_the_same() -> None:
    """Sizes 2 and 4 are the worked example's, others repeatable whole numbers."""
    assert small_image(2).tolist() == [[2, 3], [4, 3]]
    assert (small_image(5) == small_image(5)).all()
    assert (small_image(5) == small_image(5).round()).all()


def test_impossible_topics_and_layers_are_refused(tmp_path: Path) -> None:
    """The message is one sentence that says what to do."""
    with pytest.raises(UnknownNameError, match=r"no topic named 'convv'; did you mean 'conv'"):
        explain("convv", folder=tmp_path)
    with pytest.raises(UsageError, match=r"The kernel must be a whole number, 1 or more; got 0\."):
        explain("overlap", folder=tmp_path, kernel=0)
    with pytest.raises(UsageError, match=r"The stride must be a whole number.*got -1\."):
        explain("resize-conv", folder=tmp_path, stride=-1)
    with pytest.raises(UsageError, match=r"No output is left: a padding of 4 cuts off all"):
        explain("zero-insertion", folder=tmp_path, padding=4)
    with pytest.raises(UsageError, match=r"400 positions, more than the 144"):
        explain("conv", folder=tmp_path, kernel=1, size=20)
    with pytest.raises(UsageError, match=r"A table of 49 cells on a side cannot be read"):
        explain("matrix", folder=tmp_path / "new", size=7)
    assert not list(tmp_path.iterdir())
    for topic, layer in HUGE.items():
        what, number = next(iter(layer.items()))
        with pytest.raises(
            UsageError, match=rf"The {what} must be at most 48, .* got {number}: ch"
        ):
            example_of(topic, **{"size" if one == "input" else one: layer[one] for one in layer})
    with pytest.raises(UsageError, match=r"The position must be from 0 to 3; got 4\."):
        picture("conv", example_of("conv"), 4)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file in the folder's place is a sentence, not a traceback."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(StoreError, match=r"The pictures cannot be written to .*taken"):
        explain("conv", folder=tmp_path / "taken")


def test_a_grid_wider_than_its_cells_keeps_space_for_its_title() -> None:
    """A long title over one cell widens the picture instead of running into its neighbour."""
    narrow = draw(Scene(((Grid.of("x", [[1]]), Grid.of("x", [[1]])),)))
    long = "a title of very many letters, many more than cells"
    wide = draw(Scene(((Grid.of(long, [[1]]), Grid.of(long, [[1]])),)))
    assert wide.get_size_inches()[0] > narrow.get_size_inches()[0]


def test_the_transposed_size_is_the_number_of_columns_drawn() -> None:
    """The overlap picture is as wide as the layer's output."""
    one, both = grids("overlap", kernel=5, stride=3, padding=1, size=3).values()
    assert one.text.shape[1] == both.text.shape[0] == transposed_size(3, 5, 3, 1)
