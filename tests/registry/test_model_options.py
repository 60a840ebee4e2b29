"""``--model`` as it is typed."""

from __future__ import annotations

import pytest

from upbench.benchmark.core.errors import UpbenchError
from upbench.benchmark.registry.model_options import read_model


def test_options_are_read_in_their_units() -> None:
    """Each becomes what the network's conventions take."""
    wanted = read_model("a/Net_v2.onnx,scale=x3,colour=rgb,range=255,tile=64x96,residual=yes")
    assert (wanted.name, wanted.place.scale) == ("net-v2", 3)
    assert dict(wanted.stated) == {
        "colour": "rgb",
        "given": "255",
        "returned": "255",
        "residual": True,
        "tile": (64, 96),
    }


def test_a_class_of_a_python_file_has_its_weights_beside() -> None:
    """Both files are found from anywhere, and the class gives the name."""
    wanted = read_model("nets.py:VDSR,weights=vdsr.pth,name=mine")
    assert wanted.place.target == "VDSR"
    assert [file.rpartition("/")[2] for file in wanted.place.files] == ["nets.py", "vdsr.pth"]
    assert wanted.place.file.startswith("/")
    assert wanted.name == "mine"


def test_a_comma_in_a_file_name_is_escaped() -> None:
    """As in ``folder:PATH``."""
    assert read_model(r"a\,b.onnx").place.file.endswith("a,b.onnx")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "--model : expected a file first"),
        ("name=a", "expected a file first, like network.onnx,name=mine"),
        ("a.onnx,scal=2", "there is no option 'scal=2'; did you mean scale=?"),
        ("a.onnx,zzz", "there is no option 'zzz'; it takes name, scale, colour"),
        ("a.onnx,scale=1.5", "scale= takes a whole factor from 2 to 16; got '1.5'"),
        ("a.onnx,scale=99", "scale= takes a whole factor from 2 to 16; got '99'"),
        ("a.onnx,colour=yuv", "colour= takes luma or rgb; got 'yuv'"),
        ("a.onnx,range=100", "range= takes 1, 255 or -1..1"),
        ("a.onnx,tile=0x8", "tile= takes the input's size, like 224x224 (height first)"),
        ("a.onnx,name=A B", "A method's name must be lower-case letters and digits"),
        ("net.py", "name the class that is the network: net.py:CLASS"),
        ("a.onnx,scale=2,scale=4", "a.onnx,scale=2,scale=4: scale= is given twice; expected once."),
        ("a.onnx,range=1,range=255", "range= is given twice; expected once."),
        ("a.pt,weights=b.pth", "a.pt holds its weights itself; weights= goes with FILE.py:CLASS"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(text: str, problem: str) -> None:
    """What, expected, got, what now."""
    with pytest.raises(UpbenchError) as caught:
        read_model(text)
    assert problem in str(caught.value)
