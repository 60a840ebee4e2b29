"""The images that ship inside scikit-image's wheel: what each is, and which side it is on.

One table splits them once and for all: ``standard`` images are what methods are measured on,
``train`` images are what learned methods may be fitted on, the others are for neither.  Images
that show the same thing carry the same group, and a group is on one side.

scikit-image itself is never imported: its files are found where it is installed, and each is
compared with its SHA-256 before it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from upbench.benchmark.core.errors import DatasetError, ImageError, UnknownNameError
from upbench.benchmark.imaging.decode import read_image

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Image

__all__ = ["EMBEDDED", "EmbeddedImage", "Side", "embedded_path", "read_embedded", "side"]

Side: TypeAlias = Literal["standard", "train", "unused"]


@dataclass(frozen=True)
class EmbeddedImage:
    """One image file of scikit-image's wheel."""

    file: str
    """Its file name in the package's data folder."""
    side: Side
    """What it may be used for."""
    why: str
    """Why it was chosen, or why not."""
    digest: str
    """SHA-256 of the file."""
    source: str
    """Who made it, and its licence, as scikit-image states them."""
    group: str = ""
    """Images of one group show the same thing; empty for an image on its own."""

    @property
    def name(self) -> str:
        """The file name without its suffix."""
        return Path(self.file).stem


EMBEDDED = (
    EmbeddedImage(
        "astronaut.png",
        "standard",
        "a portrait: skin, hair, fabric and fine stitching in colour; known from many papers",
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        "NASA; public domain",
    ),
    EmbeddedImage(
        "brick.png",
        "standard",
        "a near-periodic texture: straight mortar lines show aliasing and checkerboards at once",
        "7966caf324f6ba843118d98f7a07746d22f6a343430add0233eca5f6eaaa8fcf",
        "CC0Textures; CC0",
    ),
    EmbeddedImage(
        "camera.png",
        "standard",
        "the grey classic: a sharp silhouette before a smooth sky and noisy grass",
        "b0793d2adda0fa6ae899c03989482bff9a42d3d5690fc7e3648f2795d730c23a",
        "Lav Varshney; CC0",
    ),
    EmbeddedImage(
        "chelsea.png",
        "standard",
        "fur and whiskers: thin lines in every direction, out-of-focus parts; odd width",
        "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
        "Stefan van der Walt; CC0",
    ),
    EmbeddedImage(
        "coffee.png",
        "standard",
        "ellipses of smooth porcelain before wood grain: saturated colour and clean curved edges",
        "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
        "Rachel Michetti, Pikolo Espresso Bar; CC0",
    ),
    EmbeddedImage(
        "coins.png",
        "standard",
        "an old museum photograph: reliefs with soft shading, film grain; odd height",
        "f8d773fc9cfa6f4d8e5942dc34d0a0788fcaed2a4fefbbed0aef5398d7ef4cba",
        "Brooklyn Museum; no known copyright restrictions",
    ),
    EmbeddedImage(
        "grass.png",
        "standard",
        "a dense texture without structure, the hardest of the set: detail that cannot come back",
        "b6b6022426b38936c43a4ac09635cd78af074e90f42ffa8227ac8b7452d39f89",
        "DeviantArt, linolafett; CC0",
    ),
    EmbeddedImage(
        "ihc.png",
        "standard",
        "a stained tissue under the microscope: coloured detail whose chroma carries information",
        "f8dd1aa387ddd1f49d8ad13b50921b237df8e9b262606d258770687b0ef93cef",
        "Center for Microscopy and Molecular Imaging; no known copyright restrictions",
    ),
    EmbeddedImage(
        "moon.png",
        "standard",
        "low contrast and smooth: an easy image, on which small ringing is what differs",
        "78739619d11f7eb9c165bb5d2efd4772cee557812ec847532dbb1d92ef71f577",
        "NASA; public domain",
    ),
    EmbeddedImage(
        "page.png",
        "standard",
        "a scanned printed page under uneven light: small type, dark on bright; odd height",
        "341a6f0a61557662b02734a9b6e56ec33a915b2c41886b97509dedf2a43b47a3",
        "scikit-image; its BSD-3-Clause licence",
    ),
    EmbeddedImage(
        "rocket.jpg",
        "standard",
        "towers of fine lattice before a dusk sky, clipped lights; the one JPEG original",
        "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
        "SpaceX; public domain",
    ),
    EmbeddedImage(
        "text.png",
        "standard",
        "handwritten formulas on ruled paper: slanted pen strokes, soft focus; low contrast",
        "bd84aa3a6e3c9887850d45d606c96b2e59433fbef50338570b63c319e668e6d1",
        "Wikipedia, Corner.png; public domain",
    ),
    EmbeddedImage(
        "motorcycle_left.png",
        "train",
        "a cluttered workshop: the richest mixture of edges, textures and colours to learn from",
        "db18e9c4157617403c3537a6ba355dfeafe9a7eabb6b9b94cb33f6525dd49179",
        "Middlebury 2014 stereo benchmark",
        group="motorcycle",
    ),
    EmbeddedImage(
        "motorcycle_right.png",
        "train",
        "the same scene from a little to the right: sub-pixel shifts of the same edges",
        "5fc913ae870e42a4b662314bc904d1786bcad8e2f0b9b67dba5a229406357797",
        "Middlebury 2014 stereo benchmark",
        group="motorcycle",
    ),
    EmbeddedImage(
        "gravel.png",
        "train",
        "a texture of broken stones, sharp edges in every direction",
        "c48615b451bf1e606fbd72c0aa9f8cc0f068ab7111ef7d93bb9b0f2586440c12",
        "CC0Textures; CC0",
    ),
    EmbeddedImage(
        "hubble_deep_field.jpg",
        "train",
        "points and small discs on black in every colour",
        "3a19c5dd8a927a9334bb1229a6d63711b1c0c767fb27e2286e7c84a3e2c2f5f4",
        "NASA, Hubble eXtreme Deep Field; public domain",
    ),
    EmbeddedImage(
        "retina.jpg",
        "train",
        "two megapixels of smooth shading with thin branching vessels",
        "38a07f36f27f095e818aea7b96d34202c05176d30253c66733f2e00379e9e0e6",
        "Mikael Häggström; CC0",
        group="retina",
    ),
    EmbeddedImage(
        "clock_motion.png",
        "train",
        "motion blur along one direction: what detail looks like when it is already lost",
        "f029226b28b642e80113d86622e9b215ee067a0966feaf5e60604a1e05733955",
        "Stefan van der Walt; public domain",
    ),
    EmbeddedImage(
        "cell.png",
        "train",
        "a phase image of one cell: smooth interference rings and faint banding",
        "8d23a7fb81f7cc877cd09f330357fc7f595651306e84e17252f6e0a1b3f61515",
        "Paul Müller and others, Optics Express 26(8), 2018; CC0",
    ),
    EmbeddedImage(
        "microaneurysms.png",
        "unused",
        "102 x 102 pixels, too small after the border shave; a retina like a training image",
        "a1e1be59aa447f8ce082f7fa809997ab369a2b137cb6c4202abc647c7ccf6456",
        "Andreas Maier; CC0",
        group="retina",
    ),
    EmbeddedImage(
        "chessboard_GRAY.png",
        "unused",
        "synthetic: the probes hold better defined patterns",
        "3e51870774515af4d07d820bd8827364c70839bf9b573c746e485095e893df90",
        "scikit-image; its BSD-3-Clause licence",
        group="chessboard",
    ),
    EmbeddedImage(
        "chessboard_RGB.png",
        "unused",
        "synthetic: the probes hold better defined patterns",
        "1ac01eff2d4e50f4eda55a2ddecdc28a6576623a58d7a7ef84513c5cc19a0331",
        "scikit-image; its BSD-3-Clause licence",
        group="chessboard",
    ),
    EmbeddedImage(
        "color.png",
        "unused",
        "synthetic: a drawn colour wheel",
        "7d2df993de2b4fa2a78e04e5df8050f49a9c511aa75e59ab3bd56ac9c98aef7e",
        "scikit-image; its BSD-3-Clause licence",
    ),
    EmbeddedImage(
        "horse.png",
        "unused",
        "a binary silhouette with transparency, not a photograph",
        "c7fb60789fe394c485f842291ea3b21e50d140f39d6dcb5fb9917cc178225455",
        "openclipart, Andreas Preuss; CC0",
    ),
    EmbeddedImage(
        "logo.png",
        "unused",
        "a drawn logo with transparency, not a photograph",
        "f2c57fe8af089f08b5ba523d95573c26e62904ac5967f4c8851b27d033690168",
        "scikit-image; its BSD-3-Clause licence",
    ),
    EmbeddedImage(
        "phantom.png",
        "unused",
        "synthetic: the Shepp-Logan phantom, a few flat ellipses",
        "552ff698167aa402cceb17981130607a228a0a0aa7c519299eaa4d5f301ba36c",
        "L. A. Shepp and B. F. Logan, IEEE Trans. Nuclear Science 21(3), 1974",
    ),
    EmbeddedImage(
        "multipage.tif",
        "unused",
        "a reader's test file of 10 x 15 pixels in several frames",
        "4da0ad0d3df4807a9847247d1b5e565b50d46481f643afb5c37c14802c78130f",
        "scikit-image; its BSD-3-Clause licence",
    ),
    EmbeddedImage(
        "multipage_rgb.tif",
        "unused",
        "a reader's test file of a few pixels in several frames",
        "1d23b844fd38dce0e2d06f30432817cdb85e52070d8f5460a2ba58aebf34a0de",
        "scikit-image; its BSD-3-Clause licence",
    ),
    EmbeddedImage(
        "no_time_for_that_tiny.gif",
        "unused",
        "a reader's test file: an animation of 14 x 25 pixels",
        "20abe94ba9e45f18de416c5fbef8d1f57a499600be40f9a200fae246010eefce",
        "scikit-image; its BSD-3-Clause licence",
    ),
)
"""Every image file of the wheel, in a fixed order.  (Its face crops, lfw_subset.npy, have 25 x 25
pixels; motorcycle_disp.npz is a disparity map.)"""


def side(which: Side) -> tuple[EmbeddedImage, ...]:
    """Return the images of one side, in the table's order."""
    return tuple(image for image in EMBEDDED if image.side == which)


def embedded_path(image: EmbeddedImage) -> Path:
    """Find the image in the installed scikit-image and compare its checksum.

    Raises:
        DatasetError: scikit-image is not installed.
        ImageError: Its file is missing or is another one than the table's.
    """
    path = _data_folder() / image.file
    try:
        digest = sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ImageError(_other_version(image, str(error.strerror))) from None
    if digest != image.digest:
        raise ImageError(_other_version(image, f"SHA-256 {digest}"))
    return path


def read_embedded(name: str) -> Image:
    """Read one embedded image by name: float32 (H, W, 1 or 3) in [0, 1].

    Raises:
        UnknownNameError: No embedded image has this name.
        DatasetError: scikit-image is not installed.
        ImageError: Its file is missing, is another one than the table's, or is unreadable.
    """
    by_name = {image.name: image for image in EMBEDDED}
    if name not in by_name:
        raise UnknownNameError("embedded image", name, by_name)
    return read_image(embedded_path(by_name[name]))


def _data_folder() -> Path:
    spec = find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        raise DatasetError(
            "The embedded images come from scikit-image's wheel, which is not installed here; "
            "install it with: pip install scikit-image"
        )
    return Path(spec.submodule_search_locations[0]) / "data"


def _other_version(image: EmbeddedImage, got: str) -> str:
    return (
        f"{image.file} of the installed scikit-image is not the known one: expected SHA-256 "
        f"{image.digest}, got {got}; install the version that constraints.txt pins."
    )
