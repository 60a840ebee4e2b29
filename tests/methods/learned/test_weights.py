"""Weights on disk: read when they are what their card says, refused in one sentence if not."""

from __future__ import annotations

import json
import os
import shutil
import sysconfig
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image
from plugins import plugin_text
from running import run_in
from safetensors.torch import save

from upbench.benchmark import load
from upbench.benchmark.core.contract import Method
from upbench.benchmark.core.errors import MethodError
from upbench.benchmark.core.weights import Place, find, notes, writable
from upbench.benchmark.registry.catalog import collect
from upbench.benchmark.registry.checks import check_method
from upbench.methods._shared.head import Head
from upbench.methods._shared.subpixel import build
from upbench.methods._shared.upsampler import LearnedUpsampler, learned

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

PLUGIN = plugin_text("untrained_head")
COMMAND = "upbench train --methods cnn-test --scales 2 --seed 0"
RESTORE = f"restore both or train again: {COMMAND} --again"


@learned(Head("test", build), source="a test", kernel="3 x 3")
class Stored(LearnedUpsampler):
    """A method whose weights each test puts in a folder of its own."""

    folder: Path

    @classmethod
    def place(cls, scale: int, seed: int = 0) -> Place:
        """Return a place in the test's folder."""
        return Place(cls.folder, cls.name, scale, seed)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Return where a method's weights lie, sound ones with their card."""
    monkeypatch.setattr(Stored, "folder", tmp_path / "weights", raising=False)
    where = Stored.place(2)
    write(where, save(shipped().state_dict()))
    return where


def shipped() -> torch.nn.Module:
    """Return a network in the form that is shipped."""
    return Stored.collapsed(Stored.untrained(2, seed=1))


def write(where: Place, data: bytes) -> None:
    """Write a file and a card that speaks of it."""
    where.folder.mkdir(exist_ok=True)
    where.file.write_bytes(data)
    where.card.write_text(json.dumps({"sha256": sha256(data).hexdigest()}), encoding="utf-8")


def refusal() -> str:
    """Load the method and return the sentence that refuses it."""
    with pytest.raises(MethodError) as refused:
        Stored(2)
    return str(refused.value)


def test_sound_weights_are_read(place: Place) -> None:
    """The network has the weights of the file, and says how many they are."""
    method = Stored(2)
    image = np.random.default_rng(0).random((7, 9, 1), np.float32)
    network: Any = shipped()
    with torch.no_grad():
        low = torch.from_numpy(image[None, None, :, :, 0])
        expected = network.unfolded(low)[0, 0, :, :, None].numpy()

    np.testing.assert_allclose(method(image), expected, atol=1e-5)
    assert method.parameters == sum(weight.numel() for weight in network.parameters()) == 10020


def test_names_hold_method_scale_and_seed() -> None:
    """Seed 0 is the one that runs and is not named."""
    assert Place(Path("w"), "cnn-test", 3, 0).file == Path("w/cnn-test-x3.safetensors")
    assert Place(Path("w"), "cnn-test", 3, 2).card == Path("w/cnn-test-x3-seed2.json")


def test_missing_weights_name_the_command(place: Place) -> None:
    """A scale without weights says which command trains it."""
    with pytest.raises(MethodError) as refused:
        Stored(3)
    assert str(refused.value) == (
        f"cnn-test has no weights for x3, seed 0, in {place.folder}; train them: "
        "upbench train --methods cnn-test --scales 3 --seed 0"
    )


def test_check_fails_for_weights_that_are_not_there(tmp_path: Path) -> None:
    """A stated file that is missing is a failed check, though the method itself loads."""
    plugin = tmp_path / "plugin.py"
    plugin.write_text(
        "from upbench.benchmark.contract import method\n"
        "import numpy as np\n"
        '@method("lazy", family="learned", scales=(2, 3), weights=["w-x2.bin", "w-x3.bin"])\n'
        "def lazy(image, scale):\n"
        "    return image.repeat(scale, 0).repeat(scale, 1)\n",
        encoding="utf-8",
    )
    (tmp_path / "w-x3.bin").write_bytes(b"1")
    found = {
        check.scale: (check.status, check.detail)
        for check in check_method(collect([plugin]).method("lazy"))
        if check.name == "weights"
    }
    assert found == {
        2: ("fail", "states weights that are not there: w-x2.bin; restore or train them"),
        3: ("pass", "the weights that it states are there"),
    }


def test_colour_is_refused(place: Place) -> None:
    """A luma network never returns one channel of three without a word."""
    method = Stored(2)
    with pytest.raises(MethodError) as refused:
        method(np.zeros((8, 8, 3), np.float32))
    assert str(refused.value) == (
        f"{place.method} enlarges luma, expected an image (H, W, 1), got (8, 8, 3); give it the "
        "luma of a colour image, as a run does."
    )


def test_order_in_which_weights_are_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that the user names, then beside the method, then the user's data folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: tmp_path / "data")
    monkeypatch.setenv("UPBENCH_WEIGHTS", str(tmp_path / "named"))
    home = tmp_path / "plugin" / "weights"
    assert find(tmp_path / "plugin", "cnn-test", 2, 0).folder == home
    for folder in (tmp_path / "data" / "weights", home, tmp_path / "named"):
        folder.mkdir(parents=True)
        (folder / "cnn-test-x2.safetensors").touch()
        assert find(tmp_path / "plugin", "cnn-test", 2, 0).folder == folder
    monkeypatch.delenv("UPBENCH_WEIGHTS")
    assert find(tmp_path / "plugin", "cnn-test", 2, 0).folder == home


def test_methods_are_there_with_weights_of_another_folder(tmp_path: Path) -> None:
    """Where $UPBENCH_WEIGHTS has a method's weights it loads those; no method is left out."""
    installed = collect(folders=["upbench.methods"]).method("cnn-carafe")
    for file in (Path(installed.file).parent / "weights").glob("cnn-carafe-x2.*"):
        shutil.copy(file, tmp_path)
    done = run_in(tmp_path, "check", "cnn-carafe", "--scales", "2", UPBENCH_WEIGHTS=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "cnn-carafe-x2.safetensors").write_bytes(b"damaged")
    done = run_in(tmp_path, "check", "cnn-carafe", "--scales", "2", UPBENCH_WEIGHTS=str(tmp_path))
    assert done.returncode == 1


def test_shipped_weights_are_never_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What belongs beside an installed method goes to the user's data folder."""
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: tmp_path)
    installed = collect(folders=["upbench.methods"]).method("cnn-carafe")
    target: Any = installed.target
    assert writable(target.place(2).folder) == tmp_path / "weights"
    assert writable(Path(sysconfig.get_path("purelib"), "other", "weights")) == tmp_path / "weights"
    assert writable(tmp_path / "mine" / "weights") == tmp_path / "mine" / "weights"


def test_a_run_says_which_weights_it_uses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights of the user's are named, used or not; shipped ones alone need no word."""
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: tmp_path)
    shipped_ones = Method("a", "learned", len, weights=("weights/a-x2.safetensors",))
    assert list(notes([shipped_ones])) == []
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "a-x2.safetensors").touch()
    (said,) = notes([shipped_ones])
    assert said == (
        f"a uses the weights that it came with; UPBENCH_WEIGHTS={tmp_path / 'weights'} uses those "
        "that you trained."
    )
    named = replace(shipped_ones, weights=(str(tmp_path / "named" / "a-x2.safetensors"),))
    assert list(notes([named])) == [f"a uses the weights in {tmp_path / 'named'}."]


def test_missing_card(place: Place) -> None:
    """Weights of which nobody says anything are not used."""
    place.card.unlink()
    assert refusal() == (
        f"{place.card} cannot be read (No such file or directory), and weights are used together "
        f"with their card only; {RESTORE}"
    )


def test_missing_file(place: Place) -> None:
    """A card alone is no method."""
    place.file.unlink()
    assert refusal() == (
        f"{place.file} cannot be read (No such file or directory), and weights are used together "
        f"with their card only; {RESTORE}"
    )


@pytest.mark.parametrize("card", [b"", b"{", b"[1]", b"\xff\xfe", b"{}", b'{"sha256": 5}'])
def test_damaged_card(place: Place, card: bytes) -> None:
    """A card that is no JSON, or has no digest, is refused."""
    place.card.write_bytes(card)
    assert refusal() == (
        f"{place.card} is no card that upbench wrote: expected JSON with a sha256; {RESTORE}"
    )


def test_truncated_file(place: Place) -> None:
    """Half a file has another digest than its card; both are named."""
    data = place.file.read_bytes()
    place.file.write_bytes(data[:10_000])
    assert refusal() == (
        f"{place.file} is not the file that its card speaks of: expected SHA-256 "
        f"{sha256(data).hexdigest()}, got {sha256(data[:10_000]).hexdigest()} (10000 bytes); "
        f"{RESTORE}"
    )


def test_one_wrong_bit(place: Place) -> None:
    """A single changed bit is found."""
    data = bytearray(place.file.read_bytes())
    data[-3] ^= 1
    place.file.write_bytes(data)
    assert "is not the file that its card speaks of" in refusal()


@pytest.mark.parametrize("with_card", [True, False], ids=["matching card", "other card"])
def test_pickle_is_never_unpickled(place: Place, tmp_path: Path, *, with_card: bool) -> None:
    """A pickle under the name of a safetensors file is refused, and what is in it does not run."""
    trap = tmp_path / "sprung"

    class Trap:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return os.mkdir, (str(trap),)

    pickled = tmp_path / "weights.pt"
    torch.save({"weight": torch.ones(3), "trap": Trap()}, pickled)
    if with_card:
        write(place, pickled.read_bytes())
        sentence = refusal()
        assert sentence.startswith(f"{place.file} is no safetensors file (")
        assert sentence.endswith(f"and weights are read in no other format; {RESTORE}")
    else:
        place.file.write_bytes(pickled.read_bytes())
        assert "is not the file that its card speaks of" in refusal()
    assert not trap.exists()


def test_truncated_with_a_matching_card(place: Place) -> None:
    """A file whose card was made after the damage is no safetensors file."""
    write(place, place.file.read_bytes()[:10_000])
    assert refusal().startswith(f"{place.file} is no safetensors file (")


def test_wrong_shapes(place: Place) -> None:
    """Weights of another scale's network do not fit; the first tensor that differs is named."""
    other = Stored.collapsed(Stored.untrained(3, seed=1))
    write(place, save(other.state_dict()))
    assert refusal() == (
        f"{place.file} does not fit cnn-test at x2: expected head.0.bias of shape (4,), got (9,) "
        f"(2 of 12 tensors differ); {RESTORE}"
    )


def test_missing_and_foreign_tensors(place: Place) -> None:
    """A tensor that is not there, or that nobody expects, is named."""
    tensors = dict(shipped().state_dict())
    write(place, save({name: value for name, value in tensors.items() if name != "head.0.bias"}))
    assert "expected head.0.bias of shape (4,), got none (1 of 12" in refusal()
    write(place, save(tensors | {"a": torch.ones(2)}))
    assert "expected a of shape none, got (2,) (1 of 12" in refusal()


def test_run_goes_on_without_a_damaged_method(
    tmp_path: Path, upbench: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """The rows of a method with damaged weights say why; the other methods have their scores."""
    (tmp_path / "plugin.py").write_text(PLUGIN, encoding="utf-8")
    where = Place(tmp_path / "weights", "cnn-test", 2, 0)
    write(where, save(shipped().state_dict()))
    where.file.write_bytes(where.file.read_bytes()[:-4])
    (tmp_path / "images").mkdir()
    pixels = np.random.default_rng(0).integers(0, 255, (40, 40), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "images" / "noise.png")
    done = upbench(
        *("run", "--plugin", "plugin.py", "--methods", "cnn-test,bicubic"),
        *("--datasets", f"folder:{tmp_path / 'images'}", "--scales", "2", "--out", "out"),
    )
    rows = load(tmp_path / "out").set_index("method")

    assert done.returncode == 1, done.stderr
    assert dict(rows["status"]) == {"cnn-test": "error", "bicubic": "ok"}
    reason = str(rows.loc["cnn-test", "reason"])
    assert reason.startswith("cnn-test cannot be loaded: ")
    assert "is not the file that its card speaks of" in reason
    assert COMMAND in reason
    assert "Traceback" not in done.stdout + done.stderr
