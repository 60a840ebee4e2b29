"""Training the learned methods: from seeds and images to weights with a card and a curve.

Imports the registry and what is below it.
A method can be trained if its class is :class:`upbench.benchmark.core.contract.Trainable`; it may
also have a ``recipe`` (fields of :class:`Recipe` that differ from the default).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core import weights
from upbench.benchmark.core.environment import library_version, machine
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.files import make_folder
from upbench.benchmark.core.hashing import code_hash, digest_of, module_hash
from upbench.benchmark.imaging.download import cache_folder
from upbench.benchmark.registry.catalog import ensure_available
from upbench.benchmark.training import checkpoint
from upbench.benchmark.training.loop import Learner, learn
from upbench.benchmark.training.material import TEST_SETS, gather
from upbench.benchmark.training.recipe import Recipe, check_recipe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from upbench.benchmark.core.contract import Method, Progress
    from upbench.benchmark.registry.catalog import Catalog
    from upbench.benchmark.training.checkpoint import Point
    from upbench.benchmark.training.material import Material

__all__ = ["Job", "Recipe", "load_material", "recipe_of", "train"]

OF_IMAGES = ("data", "data_sha256", "licences")
"""What a card says of the images that were learned from."""
CODE = ("loop", "material", "patches", "recipe")
"""The modules, beside the network's own, whose code is part of a card."""
RESTRICTED = "research"
"""A word of the licences that allow no more."""
NOTICE = (
    "Weights made from images that may be used for non-commercial research and education only; "
    "whether that binds the weights is not settled: ask before you sell them."
)
UNSETTLED = (
    "Whether the licences of the images bind the weights is not settled: ask before you sell them."
)


@dataclass(frozen=True)
class Job:
    """One network to train."""

    method: Method
    scale: int
    seed: int
    recipe: Recipe
    device: str

    @property
    def name(self) -> str:
        """What the progress bar calls it."""
        return f"{self.method.name} x{self.scale} seed {self.seed}"


def recipe_of(method: Method, steps: int | None = None) -> Recipe:
    """Return a method's own recipe, with another number of steps if that is wanted.

    Raises:
        UsageError: The recipe has a field that there is not, or a value that cannot be.
    """
    own, known = getattr(method.target, "recipe", {}), [field.name for field in fields(Recipe)]
    if not isinstance(own, dict):
        raise UsageError(f"{method.name}: its recipe is a dictionary of fields; got {own!r}.")
    if unknown := ", ".join(sorted(own.keys() - set(known))):
        raise UsageError(
            f"{method.name}: its recipe has {unknown}, which there is not; expected some of "
            f"{', '.join(known)}."
        )
    if steps is not None and steps < 1:
        raise UsageError(f"--steps takes a whole number from 1 up; got {steps}.")
    recipe = replace(Recipe(), **own)
    try:
        check_recipe(recipe)
    except UsageError as error:
        raise UsageError(f"{method.name}: {error}") from None
    return recipe if steps is None else replace(recipe, steps=steps)


def load_material(
    catalog: Catalog,
    data: Sequence[str],
    scale: int,
    recipe: Recipe,
    progress: Progress | None = None,
) -> Material:
    """Read what is trained on, downloading it first if it is not here.

    Args:
        catalog: Where datasets are found.
        data: Names of datasets, or ``folder:PATH``.
        scale: The whole factor s.
        recipe: Its patches, which images must hold, and the sizes that images are learned from at.
        progress: Called with (what, done, total).

    Raises:
        UnknownNameError: There is no such dataset.
        DatasetError: An image belongs to a test set, or too few are left.
        ImageError, FetchError: An image cannot be read or downloaded.
    """
    datasets = [catalog.dataset(name) for name in data]
    for dataset in datasets:
        ensure_available(dataset, progress)
    scored = [catalog.dataset(name) for name in TEST_SETS]
    return gather(datasets, scored, scale, recipe.patch, progress, recipe.sizes)


def train(
    job: Job, material: Material, folder: Path | None = None, progress: Progress | None = None
) -> Path:
    """Train one network and write its weights, its card and its learning curve.

    Args:
        job: What to train.
        material: What it learns from.
        folder: Where the weights go; by default where the method looks for them, but for the
            weights that came with an installed package: theirs go to the user's data folder.
        progress: Called with (what, steps done, steps in all).

    Returns:
        The weights' file.

    Raises:
        StoreError: A folder cannot be written; the last checkpoint is kept.
        MethodError: A loss is no number; or the weights that it begins with are missing.
    """
    target: Any = job.method.target
    place = target.place(job.scale, job.seed)
    file = (folder or weights.writable(place.folder)) / place.file.name
    make_folder(file.parent)  # asked before training, so that none is in vain
    with weights.first_in(file.parent):  # where the weights that others begin with have just gone
        network = target.untrained(job.scale, job.seed)
        beginning = _beginning(job)
    saved = _checkpoint(job, material, network, file.stem)
    learner = Learner(network, material, job.scale, job.seed, job.recipe, job.device)
    curve = learn(learner, job.name, saved, progress)
    shipped = target.collapsed(learner.network.cpu())
    written = _keep(file, shipped, _about(job, material, shipped, beginning), curve)
    checkpoint.forget(saved)
    return written


def _beginning(job: Job) -> dict[str, Any] | None:
    """Return what the card says of the trained weights that the training begins with, if it does.

    A class may have ``begins_with``: the scale whose weights the other scales begin with.
    """
    target: Any = job.method.target
    scale = getattr(target, "begins_with", None)
    if scale in {None, job.scale}:
        return None
    place = target.place(scale, job.seed)
    card = weights.read_card(place)
    return {"weights": place.file.name} | {key: card.get(key) for key in ("sha256", *OF_IMAGES)}


def _keep(file: Path, network: Any, about: dict[str, Any], curve: Sequence[Point]) -> Path:
    """Write a network's weights, their card and their curve."""
    import pandas as pd

    tensors = {n: value.cpu().contiguous().numpy() for n, value in network.state_dict().items()}
    card = {**about, "curve": asdict(curve[-1])}
    return weights.keep(file, tensors, card, pd.DataFrame([asdict(point) for point in curve]))


def _checkpoint(job: Job, material: Material, network: Any, stem: str) -> Path:
    """Return the checkpoint's file, named by all that the trained weights depend on."""
    from safetensors.torch import save

    beginning = {name: value.contiguous() for name, value in network.state_dict().items()}
    code = (code_hash(job.method.file), *_code(network).values())
    parts = [repr(job.recipe), job.device, material.digest, *code]
    key = digest_of([*parts, sha256(save(beginning)).hexdigest()])
    return cache_folder() / "training" / f"{stem}-{key[:16]}.safetensors"


def _code(network: Any) -> dict[str, str]:
    """Return the hashes of the code that makes the weights what they are."""
    return {
        "network": module_hash(type(network).__module__),
        "training": module_hash(*(f"{__name__}.{part}" for part in CODE)),
        "torch": library_version("torch"),
    }


def _about(
    job: Job, material: Material, network: Any, beginning: dict[str, Any] | None
) -> dict[str, Any]:
    """Return what the card says, in the order in which a person asks."""
    licences = dict.fromkeys([*((beginning or {}).get("licences") or ()), *material.licences])
    return {
        "method": job.method.name,
        "scale": job.scale,
        "seed": job.seed,
        "parameters": sum(weight.numel() for weight in network.parameters()),
        "recipe": asdict(job.recipe),
        "data": list(material.datasets),
        "data_sha256": material.digest,
        **({} if beginning is None else {"begun_with": beginning}),
        "training_images": len({pair.name for pair in material.training}),
        "validation_images": [pair.name for pair in material.validation],
        "left_out_as_too_small": list(material.too_small),
        "left_out_as_test_images": list(material.look_alikes),
        "device": job.device,
        "machine": machine(),
        "code": _code(network),
        "licences": [*licences],
        "notice": NOTICE if any(RESTRICTED in one for one in licences) else UNSETTLED,
    }
