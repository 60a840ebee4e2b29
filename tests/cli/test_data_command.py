"""What is said of datasets before they are used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PIL import Image

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path


def test_a_run_says_once_what_a_folder_did_not_take(
    upbench: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """The notes stand before the run, and in the manifest."""
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.radial_gradient("L").save(folder / "a.png")
    (folder / "b.gif").write_bytes(b"GIF89a")
    arguments = ("--methods", "bicubic", "--datasets", "folder:photos", "--scales", "2")
    done = upbench("run", *arguments, "--out", "out")
    said = "".join((done.stdout + done.stderr).split())
    assert done.returncode == 0, done.stderr
    assert said.count("folder:photos:1filenottaken:1.gif") == 1
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    (note,) = manifest["datasets"]["folder:photos"]["notes"]
    assert note.startswith("1 file not taken: 1 .gif")


def test_the_list_says_where_sets_were_looked_for_in_vain(
    upbench: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """A variable that names the wrong folder is not passed over in silence."""
    (tmp_path / "Pictures").mkdir()
    environment = {"UPBENCH_DATA": str(tmp_path), "UPBENCH_CACHE": str(tmp_path / "cache")}
    done = upbench("data", "list", **environment)
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 0, done.stderr
    assert "which holds Pictures; expected Set5 in it" in said


def test_an_audit_names_what_it_finds(
    upbench: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """A folder with an enlarged picture: its row says so, and the last line counts."""
    (tmp_path / "photos").mkdir()
    small = Image.effect_noise((80, 80), 60)
    small.resize((160, 160), Image.Resampling.NEAREST).save(tmp_path / "photos" / "a.png")
    done = upbench("data", "audit", "folder:photos", UPBENCH_DATA="", UPBENCH_CACHE=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "folder:photos a" in done.stdout
    assert "It was enlarged by repeated pixels, 2 x 2." in done.stdout
    assert "1 image of 1 with findings." in done.stdout
    assert "Not compared with bsd200: 0 of its 200 images are here" in done.stderr
    assert upbench("data", "audit", "folder:photos", "--strict").returncode == 3


def test_an_audit_says_what_could_not_be_read(
    upbench: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """A damaged file is a row with its reason, and the exit code is 1; a wrong name is 2."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_bytes(b"no picture")
    done = upbench("data", "audit", "folder:photos", "--against", "none")
    assert done.returncode == 1
    assert "a.png" in done.stdout
    assert "Not compared" not in done.stderr
    assert upbench("data", "audit", "set55").returncode == 2


def test_a_set_of_a_plugin_file_is_audited(
    upbench: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """Its images are read by its code; a file that cannot be imported is named."""
    code = """import numpy as np
from upbench import ImageItem, dataset

@dataset("blocks", source="made here", licence="none")
def blocks():
    noise = np.random.default_rng(0).random((80, 80, 1), np.float32)
    return [ImageItem("a", "1", lambda: noise.repeat(2, 0).repeat(2, 1))]
"""
    (tmp_path / "blocks.py").write_text(code)
    (tmp_path / "ends.py").write_text("raise SystemExit(3)")
    chosen = ("blocks", "--against", "none", "--plugin")
    done = upbench("data", "audit", *chosen, "blocks.py")
    assert done.returncode == 0, done.stderr
    assert "It was enlarged by repeated pixels, 2 x 2." in done.stdout
    failed = upbench("data", "audit", *chosen, "ends.py")
    assert failed.returncode == 2
    assert "plugin left out: " in failed.stderr
    assert "There is no dataset named 'blocks'" in failed.stderr


PLUGIN = """import numpy as np
from upbench import ImageItem, dataset

def item(name, load):
    return ImageItem(name, name, load)

@dataset("mixed", source="made here", licence="none")
def mixed():
    grey = np.random.default_rng(0).random((200, 200, 1), np.float32)
    flat = grey[..., 0]
    return [item("bad", lambda: 1 / 0), item("flat", lambda: flat), item("good", lambda: grey)]

@dataset("mute", source="made here", licence="none", notes=lambda: 1 / 0)
def mute():
    return [item("a", lambda: None)]

@dataset("lost", source="made here", licence="none", status=lambda: 1 / 0)
def lost():
    return [item("a", lambda: None)]

@dataset("none", source="made here", licence="none")
def none():
    return 1 / 0
"""


@pytest.mark.parametrize(
    ("name", "code", "sentences"),
    [
        ("mixed", 1, ["mixed bad", "ZeroDivisionError: division by zero", "has shape (200, 200)"]),
        ("mute", 2, ["mute cannot say its notes: ZeroDivisionError: division by zero"]),
        ("lost", 2, ["lost cannot say what is on this machine: ZeroDivisionError"]),
        ("none", 2, ["none cannot list its images: ZeroDivisionError: division by zero"]),
    ],
)
def test_a_mistake_of_a_plugin_is_one_sentence(
    upbench: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
    name: str,
    code: int,
    sentences: list[str],
) -> None:
    """In an image's row where it is the image's, and the others are measured."""
    (tmp_path / "plugin.py").write_text(PLUGIN)
    done = upbench("data", "audit", name, "--against", "none", "--plugin", "plugin.py")
    said = " ".join((done.stdout + done.stderr).split())
    assert (done.returncode, "Traceback" in said) == (code, False), said
    for sentence in sentences:
        assert sentence in said
    if name == "mixed":
        assert "2 images of 3 with findings." in said
        listed = upbench("data", "list", name, "--plugin", "plugin.py")
        said = " ".join(listed.stdout.split())
        assert said.endswith("bad made here flat made here good made here")


def test_a_set_that_cannot_say_where_it_is_hides_no_other(
    upbench: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """Nor does a plugin that cannot be imported: each is a sentence beside the list."""
    (tmp_path / "plugin.py").write_text(PLUGIN)
    (tmp_path / "torn.py").write_text("1 / 0")
    done = upbench("data", "list", "--plugin", "plugin.py", "--plugin", "torn.py")
    said = " ".join(done.stderr.split())
    assert (done.returncode, "Traceback" in said) == (0, False), said
    assert "bsd200-test" in done.stdout
    assert "upbench: lost: ZeroDivisionError: division by zero" in said
    assert "torn.py cannot be imported: ZeroDivisionError" in said


def test_a_set_of_a_plugin_file_is_fetched(
    upbench: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """By its own function; what that raises is one sentence."""
    (tmp_path / "plugin.py").write_text("""from pathlib import Path
from upbench import dataset

def store(progress):
    Path("here").mkdir()
    return Path("here")

@dataset("stored", source="made here", licence="none", fetch=store)
def stored():
    return []

@dataset("gone", source="made here", licence="none", fetch=lambda progress: 1 / 0)
def gone():
    return []
""")
    done = upbench("data", "fetch", "stored", "--plugin", "plugin.py")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "stored: here")
    failed = upbench("data", "fetch", "gone", "--plugin", "plugin.py")
    assert failed.returncode == 2
    assert "gone cannot be downloaded: ZeroDivisionError" in failed.stderr


def test_the_listing_of_a_set_says_what_its_images_are(
    upbench: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    """Source, licence, JPEG history and processing; what a set shares with others."""
    done = upbench("data", "list", "standard")
    assert "U.S. Navy; public domain" in done.stdout
    assert "JPEG: quality about 90; processing: halved" in done.stdout
    done = upbench("data", "list", "set5")
    assert "a crop of set14's monarch" in done.stdout
    assert "woman is bsd200's 302003 at 0.72 of its size" in done.stderr
