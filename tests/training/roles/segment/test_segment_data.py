"""What segmentation is learned from: CamVid, folders, generated shapes, and what is wrong there."""

from __future__ import annotations

import functools
import hashlib
import os
import struct
import threading
import zlib
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from upbench.benchmark.core.errors import DatasetError, FetchError, UnknownNameError
from upbench.benchmark.imaging.decode import pixels_digest
from upbench.benchmark.imaging.download import Pinned
from upbench.benchmark.training.roles.segment import ROLE, camvid, load
from upbench.benchmark.training.roles.segment.folder import read_labels
from upbench.benchmark.training.roles.segment.shapes import make_shapes

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = os.environ.get("UPBENCH_DATA", "")
needs_camvid = pytest.mark.skipif(
    not (Path(DATA or "/nonexistent") / "CamVid-half").is_dir(),
    reason="UPBENCH_DATA names no folder that holds CamVid-half",
)
FULL, HALF = (360, 480), (180, 240)


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a log."""

    def log_message(self, *args: Any) -> None:
        """Stay silent."""


def save(path: Path, pixels: np.ndarray) -> Path:
    """Write pixels as PNG, with the folders above."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def public(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder laid out as the public one, an image per split, and pin those images."""
    monkeypatch.delenv("UPBENCH_DATA", raising=False)
    monkeypatch.setenv("UPBENCH_CACHE", str(tmp_path / "cache"))
    rng, entries = np.random.default_rng(0), []
    for split in camvid.SPLITS:
        image = rng.integers(0, 256, (*FULL, 3), dtype=np.uint8)
        label = rng.integers(0, 12, FULL, dtype=np.uint8)
        files = [
            save(tmp_path / "site" / "CamVid" / folder / f"{split}1.png", pixels)
            for folder, pixels in ((split, image), (f"{split}annot", label))
        ]
        digests = (pixels_digest(camvid.halved(image)), pixels_digest(label[::2, ::2]))
        entries.append(camvid.Entry(split, f"{split}1", *map(pin, files), *digests))
    monkeypatch.setattr(camvid, "public_files", lambda: tuple(entries))
    return tmp_path / "site"


def pin(file: Path) -> Pinned:
    """Pin a file at an address where nobody answers."""
    data = file.read_bytes()
    path = "/".join(file.parts[-3:])
    return Pinned(f"http://127.0.0.1:9/{path}", hashlib.sha256(data).hexdigest(), len(data))


@pytest.fixture
def served(public: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Serve the public folder where its images are pinned."""
    handler = functools.partial(Quiet, directory=public)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()

        def there(file: Pinned) -> Pinned:
            return replace(file, url=file.url.replace(":9/", f":{server.server_port}/"))

        moved = tuple(
            replace(one, image=there(one.image), label=there(one.label))
            for one in camvid.public_files()
        )
        monkeypatch.setattr(camvid, "public_files", lambda: moved)
        yield
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of one's own: two classes, images of 32 x 48."""
    place = tmp_path / "own"
    for split in camvid.SPLITS:
        for number in range(2):
            save(place / split / f"{number}.png", np.full((32, 48, 3), 40 * number, np.uint8))
            save(place / f"{split}annot" / f"{number}.png", np.full((32, 48), number, np.uint8))
    # with the mark that Windows editors begin a file with
    (place / "classes.txt").write_text("dark\nbright\n", encoding="utf-8-sig")
    return place


# ------------------------------------------------------------------ CamVid


def test_camvid_is_pinned_as_segnet_splits_it() -> None:
    """367, 101 and 233 images with different names, all under one commit."""
    files = camvid.public_files()
    counts = [sum(entry.split == split for entry in files) for split in camvid.SPLITS]
    assert counts == [367, 101, 233]
    assert len({entry.name for entry in files}) == 701
    assert all("/bb68b64e72cb004b3ed927fee0f5624dd8097498/CamVid/" in e.image.url for e in files)
    digests = [(e.image.sha256, e.label.sha256, e.image_half, e.label_half) for e in files]
    assert {len(digest) for row in digests for digest in row} == {64}


@needs_camvid
def test_camvid_is_read_from_the_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every pixel is the pinned one; void and all eleven classes are there."""
    monkeypatch.setenv("UPBENCH_DATA", DATA)
    some = camvid.public_files()[::40]  # reading them all takes seconds
    monkeypatch.setattr(camvid, "public_files", lambda: some)
    scenes = load("camvid")
    splits = (scenes.train, scenes.validation, scenes.test)
    assert sum(len(split.images) for split in splits) == len(some)
    assert all(split.labels.shape[1:] == HALF for split in splits)
    assert set(np.unique(scenes.train.labels)) == set(range(12))
    assert scenes.undefined == {}
    assert scenes.frequencies.argmax() in {1, 3}  # buildings and roads fill the pictures
    assert scenes.frequencies.sum() == pytest.approx(1)


@pytest.mark.usefixtures("served")
def test_camvid_is_downloaded_and_halved() -> None:
    """Without a local folder the pinned files come from the web, once."""
    reports: list[tuple[str, int, int]] = []
    scenes = load("camvid", lambda *report: reports.append(report))
    assert scenes.train.images.shape == (1, *HALF, 3)
    assert reports[-1][1] == reports[-1][2] > 0
    assert load("camvid").digest == scenes.digest


@pytest.mark.parametrize("name", ["CamVid-half", "CamVid", "camvid"])
def test_camvid_is_found_in_either_size(
    public: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A local copy of the public files will do, under any of the names."""
    (public / "CamVid").rename(tmp_path / "site" / name)
    monkeypatch.setenv("UPBENCH_DATA", str(public))
    assert load("camvid").validation.labels.shape == (1, *HALF)


@pytest.mark.usefixtures("public")
def test_no_network_says_what_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the data folder lacks the set and nothing can be downloaded, both are said."""
    (tmp_path / "elsewhere" / "Set5").mkdir(parents=True)
    monkeypatch.setenv("UPBENCH_DATA", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(camvid, "fetch", functools.partial(refuse, "no connection;"))
    with pytest.raises(FetchError, match=r"no connection;.*holds Set5; CamVid was looked for"):
        load("camvid")


def refuse(says: str, *_: object) -> None:
    """Fail as a download does."""
    raise FetchError(says)


def test_halving_rounds_half_up() -> None:
    """The mean of four pixels, 0.5 up, in each channel by itself."""
    pixels = np.array([[[0, 3], [0, 3]], [[1, 3], [1, 4]]], np.uint8)
    assert camvid.halved(pixels).tolist() == [[[1, 3]]]


def test_a_missing_camvid_image_is_one_sentence(
    public: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says which image, which folders are expected, and what to do."""
    monkeypatch.setenv("UPBENCH_DATA", str(public))
    (public / "CamVid" / "valannot" / "val1.png").unlink()
    with pytest.raises(DatasetError, match="valannot has no image val1: expected CamVid as") as e:
        load("camvid")
    assert "move it out of UPBENCH_DATA to have it downloaded" in str(e.value)


def test_another_image_than_camvids_is_refused(
    public: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture of the right name and size with other pixels is found out by its hash."""
    monkeypatch.setenv("UPBENCH_DATA", str(public))
    save(public / "CamVid" / "test" / "test1.png", np.zeros((*FULL, 3), np.uint8))
    with pytest.raises(DatasetError, match="is not CamVid's test1: expected SHA-256"):
        load("camvid")


# ------------------------------------------------------------------ a folder of one's own


def test_a_folder_is_read_with_its_classes(folder: Path) -> None:
    """Names come from classes.txt; numbers beyond them are void."""
    save(folder / "trainannot" / "1.png", np.full((32, 48), 200, np.uint8))
    scenes = load(str(folder))
    assert scenes.name == f"folder:{folder}"  # another of that name is other data
    assert scenes.classes == ("dark", "bright")
    assert scenes.crop == (32, 48)
    assert scenes.train.labels[1].min() == scenes.void == 2
    assert scenes.frequencies.tolist() == [1, 0]


@pytest.mark.parametrize("kind", ["8 bits", "4 bits", "2 bits", "1 bit", "palette"])
def test_label_maps_are_read_as_numbers(tmp_path: Path, kind: str) -> None:
    """However a PNG stores them: a palette's colours and the stretch of few bits do not count."""
    most = {"4 bits": 16, "2 bits": 4, "1 bit": 2}.get(kind, 20)
    numbers = (np.arange(48, dtype=np.uint8) % most).reshape(6, 8)
    image, path = Image.fromarray(numbers), tmp_path / "map.png"
    if kind == "palette":
        image = image.convert("P")
        image.putpalette([(7 * n) % 256 for n in range(3 * 256)])
        image.save(path)
    elif kind == "8 bits":
        image.save(path)
    else:
        write_png(path, numbers, int(kind[0]))
    assert np.array_equal(read_labels(path)[:, :, 0], numbers)


def write_png(path: Path, numbers: np.ndarray, bits: int) -> None:
    """Write grey values of 1, 2 or 4 bits, eight to a row: Pillow writes 8 bits alone."""
    weights = 2 ** (bits * np.arange(8 // bits)[::-1])
    packed = (numbers.reshape(len(numbers), -1, 8 // bits) * weights).sum(axis=2).astype(np.uint8)
    rows = b"".join(b"\0" + row.tobytes() for row in packed)
    head = struct.pack(">IIBBBBB", 8, len(numbers), bits, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    data = b"".join(
        struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part))
        for name, part in chunks
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + data)


def test_a_folder_without_a_list_has_camvids_classes(folder: Path) -> None:
    """So a set in CamVid's format needs nothing else."""
    (folder / "classes.txt").unlink()
    assert load(str(folder)).classes == camvid.CLASSES


def test_the_digest_follows_labels_and_classes(folder: Path) -> None:
    """Rows of changed data are never shown as rows of the old ones."""
    before = load(str(folder)).digest
    (folder / "classes.txt").write_text("dark\nlight\n", encoding="utf-8")
    renamed = load(str(folder)).digest
    save(folder / "testannot" / "0.png", np.ones((32, 48), np.uint8))
    assert len({before, renamed, load(str(folder)).digest}) == 3


def break_nothing_there(folder: Path) -> Path:
    """Name a folder that is not there."""
    return folder.with_name("camvidd")


def break_wrong_folder(folder: Path) -> Path:
    """Lose one of the six folders."""
    (folder / "valannot").rename(folder / "labels")
    return folder


def break_no_label(folder: Path) -> Path:
    """Lose a label map."""
    (folder / "testannot" / "1.png").unlink()
    return folder


def break_label_size(folder: Path) -> Path:
    """Replace a label map by one of another size."""
    save(folder / "trainannot" / "0.png", np.zeros((32, 40), np.uint8))
    return folder


def break_label_colour(folder: Path) -> Path:
    """Replace a label map by a picture for people."""
    save(folder / "trainannot" / "0.png", np.zeros((32, 48, 3), np.uint8))
    return folder


def break_image_size(folder: Path) -> Path:
    """Replace an image and its labels by larger ones."""
    save(folder / "train" / "1.png", np.zeros((48, 48, 3), np.uint8))
    save(folder / "trainannot" / "1.png", np.zeros((48, 48), np.uint8))
    return folder


def break_empty(folder: Path) -> Path:
    """Remove the images of a split."""
    for file in (folder / "val").iterdir():
        file.unlink()
    return folder


def break_small(folder: Path) -> Path:
    """Make the training images smaller than the encoder needs."""
    for number in range(2):
        save(folder / "train" / f"{number}.png", np.zeros((16, 48, 3), np.uint8))
        save(folder / "trainannot" / f"{number}.png", np.zeros((16, 48), np.uint8))
    return folder


def break_all_void(folder: Path) -> Path:
    """Number the classes from 100."""
    for number in range(2):
        labels = np.full((32, 48), 100 + number, np.uint8)
        save(folder / "trainannot" / f"{number}.png", labels)
    return folder


def break_one_class(folder: Path) -> Path:
    """Leave a single class."""
    (folder / "classes.txt").write_text("all\n\n", encoding="utf-8")
    return folder


def break_encoding(folder: Path) -> Path:
    """Write the classes in another encoding."""
    (folder / "classes.txt").write_bytes(b"stra\xdfe\nbaum\n")
    return folder


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (break_nothing_there, "camvidd is not a folder; expected train, trainannot, val, valannot"),
        (break_wrong_folder, "own has no folder valannot; expected train, trainannot, val"),
        (break_no_label, "testannot has no label map for 1.png; expected 1.png there"),
        (break_label_size, "do not fit: expected 48 x 32 px as its image has, got 40 x 32 px"),
        (break_label_colour, "are a colour image; expected one channel that holds the number"),
        (break_image_size, "is of 48 x 48 px; expected 48 x 32 px as 0.png is"),
        (break_empty, "val holds no image; expected at least one"),
        (break_small, "are of 48 x 16 px; expected sides of at least 32 px"),
        (
            break_all_void,
            "has a class: every number is 2 or higher, which is void; expected 0 to 1",
        ),
        (break_one_class, "names 1 classes; expected 2 to 255, one per line"),
        (break_encoding, "cannot be read .*; expected UTF-8 text, a class per line"),
    ],
)
def test_what_is_wrong_with_a_folder_is_one_sentence(folder: Path, spoil: Any, says: str) -> None:
    """What, expected, got, what now."""
    with pytest.raises(DatasetError, match=says):
        load(str(spoil(folder)))


def test_a_misspelt_dataset_gets_a_hint() -> None:
    """A word that is no path is taken for a name."""
    with pytest.raises(UnknownNameError, match="named 'camvit'; did you mean 'camvid'"):
        load("camvit")


# ------------------------------------------------------------------ shapes


def test_shapes_are_the_same_every_time() -> None:
    """The set follows from nothing but its code; splits differ."""
    first, again = make_shapes((2, 1, 1), 32, 32), make_shapes((2, 1, 1), 32, 32)
    assert first.digest == again.digest
    assert not np.array_equal(first.train.images[0], first.test.images[0])
    assert first.digest != make_shapes((3, 1, 1), 32, 32).digest


def test_shapes_hold_every_class_and_void_between_them() -> None:
    """Each texture is to be found, and no two classes touch but across void."""
    scenes = make_shapes((24, 1, 1))
    assert (scenes.frequencies > 0.02).all()
    labels = scenes.train.labels.astype(int)
    for one, other in ((labels[:, 1:], labels[:, :-1]), (labels[:, :, 1:], labels[:, :, :-1])):
        differ = one != other
        assert ((one == scenes.void) | (other == scenes.void))[differ].all()


def test_a_colour_does_not_give_a_class_away() -> None:
    """Mean colours of the classes differ by less than their spread: the texture must be seen."""
    scenes = make_shapes((40, 1, 1), 64, 64)
    image, labels = scenes.train.images.astype(float), scenes.train.labels
    means = [[image[n][labels[n] == c].mean() for n in range(40) if (labels[n] == c).sum() > 50]
             for c in range(1, scenes.void)]  # fmt: skip
    assert np.std([np.mean(mean) for mean in means]) < np.mean([np.std(mean) for mean in means])


def test_small_images_say_which_columns_they_lack() -> None:
    """Lattice energy needs eight cells along a side."""
    undefined = make_shapes((1, 1, 1), 32, 32).undefined
    assert sorted(undefined) == ["lattice_16_db", "lattice_8_db"]
    assert "fewer than 8 cells of 16 px" in undefined["lattice_16_db"]
    assert make_shapes((1, 1, 1)).undefined == {}


def test_the_first_dataset_needs_nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names no data gets the generated set."""
    monkeypatch.delenv("UPBENCH_DATA", raising=False)
    assert next(iter(ROLE.datasets)) == "shapes"
    assert load("shapes").name == "shapes"
