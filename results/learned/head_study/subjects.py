"""The networks that are studied: every learned method, scale and seed whose weights are here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from head_study.names import rank
from upbench.benchmark.core.contract import Trainable
from upbench.benchmark.core.errors import MethodError, UsageError
from upbench.benchmark.core.text import describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from upbench.benchmark.core.contract import Image, Method, Upsampler
    from upbench.benchmark.registry.catalog import Catalog

HEADS, LONGER = "cnn-*", "upnet-*"
"""The methods that differ in their head alone, and those that were trained for longer."""
SEEDED, SEEDS = 2, (0, 1, 2)
"""The scale that every head is trained at from several seeds, and these."""
WEIGHTS = Path(__file__).resolve().parents[1] / "weights"
"""Weights of the seeds that no method ships with, and the learning curves of all."""
MOST_SEEDS = 10
"""Weights of more seeds than this are not looked for."""


@dataclass(frozen=True)
class Subject:
    """One network: a learned method at one scale, trained from one seed."""

    method: Method
    scale: int
    seed: int

    @property
    def name(self) -> str:
        """What tables and notes call it."""
        return f"{self.method.name} x{self.scale} seed {self.seed}"

    @property
    def target(self) -> Any:
        """The method's class."""
        return self.method.target

    @property
    def place(self) -> Any:
        """Where its weights lie."""
        return self.target.place(self.scale, self.seed)

    @property
    def curve_file(self) -> Path:
        """Where its learning curve lies: beside its weights, or with the study's."""
        beside: Path = self.place.file.with_suffix(".csv")
        return beside if beside.exists() else WEIGHTS / beside.name

    @property
    def beginning(self) -> Subject | None:
        """The trained network whose trunk its training began with, if it began with one."""
        scale = getattr(self.target, "begins_with", None)
        return None if scale in {None, self.scale} else Subject(self.method, scale, self.seed)

    def untrained(self) -> Upsampler:
        """Return the method with the weights that its training begins with, ready to run."""
        network = self.target.collapsed(self.target.untrained(self.scale, self.seed))

        def trained(_scale: int, _seed: int = 0) -> Any:
            return network

        # as it runs when it is trained, folded and all
        beginner = type(self.target.__name__, (self.target,), {"trained": staticmethod(trained)})
        loaded: Upsampler = beginner(self.scale, seed=self.seed)
        return loaded

    def trained(self) -> Upsampler:
        """Return the method with its weights, ready to run.

        Raises:
            MethodError: The weights are missing, damaged or of another network.
        """
        loaded: Upsampler = self.target(self.scale, seed=self.seed)
        return loaded

    def card(self) -> dict[str, Any]:
        """Return what was written down when it was trained.

        Raises:
            MethodError: The card is missing or damaged.
        """
        file = self.place.card
        try:
            card = json.loads(file.read_text(encoding="utf-8"))
            return {
                "trained_on": " and ".join(card["data"]),
                "training_images": int(card["training_images"]),
                "steps": card["recipe"]["steps"],
                "train_s": card["curve"]["seconds"],
                "device": card["device"],
                "validation_psnr_db": card["curve"]["psnr_db"],
                "weights_sha256": card["sha256"][:16],
            }
        except (OSError, ValueError, KeyError, TypeError):
            raise MethodError(
                f"{file} is no card that upbench wrote; expected JSON with data, recipe, device "
                f"and curve: train again: {self.place.command}"
            ) from None


@dataclass(frozen=True)
class Missing:
    """A network that should be studied and cannot be."""

    name: str
    is_there: bool
    """Whether it has weights at all."""
    reason: str

    @property
    def line(self) -> str:
        """What a published page says of it: no paths of this machine."""
        return f"{self.name}: {'cannot be used' if self.is_there else 'not trained yet'}"


def choose(catalog: Catalog, patterns: Sequence[str]) -> tuple[Method, ...]:
    """Return the trainable methods of these names.

    Raises:
        UsageError: A pattern matches nothing, or nothing that can be trained.
    """
    if not patterns:
        return ()
    chosen = [one for one in catalog.choose_methods(patterns) if isinstance(one.target, Trainable)]
    if not chosen:
        raise UsageError(
            f"{', '.join(patterns)} names no method that is trained; expected learned ones, "
            f"like {HEADS}."
        )
    return tuple(sorted(chosen, key=lambda one: rank(one.name)))


def find(
    heads: Iterable[Method], longer: Iterable[Method], scales: Sequence[int]
) -> tuple[tuple[Subject, ...], tuple[Missing, ...]]:
    """Look for trained networks.

    Args:
        heads: Methods that should have several seeds at x2.
        longer: Methods that should have one seed at every scale.
        scales: Whole factors.

    Returns:
        The networks that can be run, and those that should be and cannot.
    """
    wanted = [*_wanted(heads, scales, SEEDS), *_wanted(longer, scales, SEEDS[:1])]
    found, missing = [], []
    for subject in wanted:
        try:
            subject.trained()
            subject.card()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin boundary
            is_there = subject.place.file.exists()
            missing.append(Missing(subject.name, is_there, describe(error)))
        else:
            found.append(subject)
    return tuple(found), tuple(missing)


def kernel_of(method: Method, scale: int) -> int | None:
    """Return the kernel's side of a head that is a transposed convolution, else None."""
    from torch import nn

    target: Any = method.target
    layer = target.head.build(1, scale)
    sides = [int(m.kernel_size[0]) for m in layer.modules() if isinstance(m, nn.ConvTranspose2d)]
    return sides[0] if sides else None


def upsampler_of(network: Any) -> Upsampler:
    """Return a network as something that enlarges images: ``(h, w, 1) -> (h s, w s, 1)``."""
    from upbench.benchmark.training.scores import enlarge

    network.eval()

    def run(image: Image) -> Image:
        return enlarge(network, image[:, :, 0])[:, :, None]

    return run


def _wanted(
    methods: Iterable[Method], scales: Sequence[int], seeds: Sequence[int]
) -> Iterator[Subject]:
    """Yield what should be there, and other seeds whose weights are."""
    for method in methods:
        for scale in filter(method.offers, scales):
            expected = seeds if scale == SEEDED else seeds[:1]
            for seed in range(MOST_SEEDS):
                subject = Subject(method, scale, seed)
                if seed in expected or subject.place.card.exists():
                    yield subject
