"""The public sets: pinned, read from a local folder, or downloaded from a local server."""

from __future__ import annotations

import functools
import hashlib
import os
import pickle
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.core.errors import FetchError, ImageError, UnknownNameError
from upbench.benchmark.imaging.decode import pixels_digest
from upbench.datasets import public
from upbench.datasets._local import same_image
from upbench.datasets.public import NAMES, fetch_all, list_images, load_image, local_status, notes

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = os.environ.get("UPBENCH_DATA", "")
SIZES = {
    "set5": 5,
    "set14": 14,
    "bsd100": 100,
    "urban100": 100,
    "t91": 91,
    "bsd200": 200,
    "bsd200-test": 200,
}

needs_data = pytest.mark.skipif(
    not (Path(DATA or "/nonexistent") / "Set14").is_dir(),
    reason="UPBENCH_DATA names no folder that holds Set5 and Set14",
)


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a log."""

    def log_message(self, *args: Any) -> None:
        """Stay silent."""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve a Set5 of two small images, one PNG and one JPEG, and pin exactly those."""
    monkeypatch.delenv("UPBENCH_DATA", raising=False)
    monkeypatch.setenv("UPBENCH_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "site"
    folder.mkdir()
    files = {name: pin(folder / name, seed) for seed, name in enumerate(("b.png", "a.jpg"))}
    table = {"Set5": {"base_url": "http://127.0.0.1:9/", "files": files}}
    monkeypatch.setattr(public, "_table", lambda: table)
    handler = functools.partial(Quiet, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def pin(path: Path, seed: int) -> dict[str, Any]:
    """Write a small random image and return its entry of sources.json."""
    pixels = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    with Image.open(path) as image:
        decoded = pixels_digest(np.asarray(image))
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    return {"sha256": digest, "bytes": len(data), "pixels_sha256": decoded}


@pytest.fixture
def own(site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy the served images into a folder of UPBENCH_DATA."""
    folder = tmp_path / "data" / "Set5"
    folder.mkdir(parents=True)
    for file in (tmp_path / "site").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    monkeypatch.setenv("UPBENCH_DATA", str(folder.parent))
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_each_set_is_listed_without_a_download(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A set's items are complete, in order and unique, with nothing on this machine."""
    monkeypatch.setenv("UPBENCH_CACHE", str(tmp_path / "none"))
    described = getattr(getattr(public, name.replace("-", "_")), ATTRIBUTE)
    items = described.items()
    assert described.name == name
    assert described.source
    assert described.licence
    assert len(items) == SIZES[name]
    assert [item.name for item in items] == sorted({item.name for item in items})
    assert all(len(item.digest) == 64 for item in items)
    assert not (tmp_path / "none").exists()


def test_urban100_is_the_full_size_folder() -> None:
    """No half-size image of the x2 folder is used."""
    assert all(item.name.endswith("_SRF_4_HR") for item in list_images("urban100"))


def test_training_sets_share_no_image_with_test_sets() -> None:
    """T91, BSD200 and BSDS500's test part are disjoint from every test set by their pixels."""
    train = {item.digest for name in NAMES[4:] for item in list_images(name)}
    test = {item.digest for name in NAMES[:4] for item in list_images(name)}
    assert not train & test


def test_first_use_downloads_into_the_cache(site: str, tmp_path: Path) -> None:
    """An image that is not here is fetched when it is loaded, also after a process border."""
    items = pickle.loads(pickle.dumps(list_images("set5", base_url=site)))  # noqa: S301
    assert [item.name for item in items] == ["a", "b"]
    assert local_status("set5").present == 0
    assert items[1].load().shape == (12, 16, 3)
    assert (tmp_path / "cache" / "datasets" / "Set5" / "b.png").is_file()
    assert local_status("set5").present == 1


def test_fetch_all_reports_the_whole_set(site: str, tmp_path: Path) -> None:
    """Every file arrives, and progress counts the set's bytes to the end."""
    seen: list[tuple[str, int, int]] = []
    folder = fetch_all("set5", lambda *step: seen.append(step), base_url=site)
    status = local_status("set5")
    assert (status.present, status.total, status.place) == (2, 2, str(folder))
    assert seen[-1] == ("set5", status.bytes, status.bytes)
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    (tmp_path / "site" / "b.png").unlink()
    assert fetch_all("set5", base_url=site) == folder


def test_a_vanished_file_is_a_fetch_error(site: str, tmp_path: Path) -> None:
    """A 404 names the address and the other way to the images."""
    (tmp_path / "site" / "b.png").unlink()
    with pytest.raises(FetchError, match=r"b\.png is not available.*UPBENCH_DATA"):
        load_image("set5", "b", base_url=site)


def test_an_own_folder_is_read_instead(own: Path, tmp_path: Path) -> None:
    """With UPBENCH_DATA nothing is downloaded, and any lossless format will do."""
    Image.open(own / "b.png").save(own / "b.bmp")
    (own / "b.png").unlink()
    for item in list_images("set5"):
        assert item.load().shape == (12, 16, 3)
    assert fetch_all("set5") == own
    assert local_status("set5").present == 2
    assert not (tmp_path / "cache").exists()


def test_a_jpeg_can_be_kept_as_its_decoded_pixels(own: Path) -> None:
    """A lossless copy of a JPEG original is the same image, and wins over a stray JPEG."""
    Image.open(own / "a.jpg").save(own / "a.png")
    (own / "a.jpg").write_bytes(b"stray")
    assert load_image("set5", "a").shape == (12, 16, 3)


@pytest.mark.parametrize("name", ["a.jpg", "b.png"])
def test_other_pixels_are_refused(own: Path, name: str) -> None:
    """A file of the right name that holds another image is named with both hashes."""
    Image.new("RGB", (16, 12)).save(own / name)
    with pytest.raises(ImageError, match=rf"{name} is not the published image: expected SHA-256"):
        load_image("set5", name[0])
    with pytest.raises(ImageError, match="is not the published image"):
        fetch_all("set5")


def test_a_missing_own_file_is_named(own: Path) -> None:
    """A hole in an own folder is not filled from the network."""
    (own / "b.png").unlink()
    assert local_status("set5").present == 1
    with pytest.raises(ImageError, match=r"Set5 has no image b: expected b\.png"):
        load_image("set5", "b")


@pytest.mark.parametrize("folder", ["set5", "SET_5", "Set5/HR", "Set5/image_SRF_2/original"])
@pytest.mark.parametrize("suffix", ["", "_GT", "_SRF_2_HR"])
def test_an_own_image_is_found_by_its_pixels(
    own: Path, tmp_path: Path, folder: str, suffix: str
) -> None:
    """The folder's case, a folder in it and another file name do not matter."""
    for file in list(own.iterdir()):
        with Image.open(file) as image:
            image.save(tmp_path / f"{file.stem}.png")
        file.unlink()
    place = own.parent / folder
    own.rmdir()
    place.mkdir(parents=True)
    for stem in ("a", "b"):
        (tmp_path / f"{stem}.png").rename(place / f"{stem.upper()}{suffix}.png")
    Image.new("RGB", (16, 12)).save(place / "lr.png")
    assert local_status("set5").present == 2
    assert load_image("set5", "b").shape == (12, 16, 3)
    assert fetch_all("set5").is_relative_to(own.parent)
    assert notes("set5") == []
    assert not (tmp_path / "cache").exists()


def test_a_turned_tiff_is_found_by_its_pixels(tmp_path: Path) -> None:
    """The size that is compared first is that of the pixels as stored."""
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = np.arange(20 * 30, dtype=np.uint8).reshape(20, 30)
    Image.fromarray(pixels).save(tmp_path / "other.tif", exif=exif)
    found = same_image(tmp_path, "a", pixels_digest(pixels), (30, 20))
    assert found == tmp_path / "other.tif"


def test_the_variable_may_name_the_set_itself(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """UPBENCH_DATA=.../Set5 is as good as its parent."""
    monkeypatch.setenv("UPBENCH_DATA", str(own))
    assert fetch_all("set5") == own


def test_small_copies_beside_the_images_do_not_count(own: Path) -> None:
    """A file of the right name in LR/ is not taken for the image; the one of its pixels is."""
    (own / "HR").mkdir()
    (own / "b.png").rename(own / "HR" / "b.png")
    Image.new("RGB", (8, 6)).save(own / "b.png")
    assert load_image("set5", "b").shape == (12, 16, 3)


def test_every_missing_own_image_is_named(own: Path) -> None:
    """One sentence names all that a folder lacks, and why it was looked at."""
    for file in list(own.iterdir()):
        file.unlink()
    with pytest.raises(ImageError, match=r"Set5 has no image a, b: .*UPBENCH_DATA"):
        fetch_all("set5")


def test_a_folder_without_the_set_is_said_before_a_download(
    site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where UPBENCH_DATA was looked at in vain, a note says what is there and what will be done."""
    (tmp_path / "data" / "Set14").mkdir(parents=True)
    assert notes("set5") == [], "nothing was looked at"
    monkeypatch.setenv("UPBENCH_DATA", str(tmp_path / "data"))
    (note,) = notes("set5")
    assert f"UPBENCH_DATA is {tmp_path / 'data'}, which holds Set14; expected Set5 in it" in note
    assert "2 of 2 images will be downloaded" in note
    monkeypatch.setenv("UPBENCH_DATA", str(tmp_path / "none"))
    assert "which is not a folder" in notes("set5")[0]
    fetch_all("set5", base_url=site)
    assert notes("set5") == [], "all of it is here"


def test_misspelt_names_get_a_hint(site: str) -> None:
    """The sentence names what there is."""
    with pytest.raises(UnknownNameError, match="did you mean 'set5'"):
        local_status("set-5")
    with pytest.raises(UnknownNameError, match="no set5 image named 'c'"):
        load_image("set5", "c")


@needs_data
@pytest.mark.parametrize("name", ["set5", "set14"])
def test_the_real_sets_are_intact(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every image of the local Set5 and Set14 has the pinned pixels."""
    monkeypatch.setenv("UPBENCH_DATA", DATA)
    for item in list_images(name):
        eight_bit = np.rint(item.load() * 255).astype(np.uint8)
        assert pixels_digest(eight_bit) == item.digest


@needs_data
def test_set14_has_its_known_oddities(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bridge is single-channel, man is grey as RGB, face is cut from Set5's head."""
    monkeypatch.setenv("UPBENCH_DATA", DATA)
    assert load_image("set14", "bridge").shape == (512, 512, 1)
    man = load_image("set14", "man")
    assert (man == man[..., :1]).all()
    head = load_image("set5", "head_GT")
    np.testing.assert_array_equal(load_image("set14", "face"), head[2:-2, 2:-2])
