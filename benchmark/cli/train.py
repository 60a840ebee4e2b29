"""``upbench train``: train the networks, and fit the linear layers now instead of on first use."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from upbench.benchmark.cli.console import cli_errors, follow, follow_one, progress_bar, say
from upbench.benchmark.cli.options import TRAINING_SETS, Plugins, named
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.text import plugin_errors, split_names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from upbench.benchmark.core.contract import Method
    from upbench.benchmark.core.weights import Place
    from upbench.benchmark.registry.catalog import Catalog
    from upbench.benchmark.training import Job


@cli_errors
def train(
    methods: Annotated[
        str, typer.Option("--methods", "--head", help="Names or patterns; all learned ones.")
    ] = "*",
    scales: Annotated[str, typer.Option("--scales", "--scale", help="Whole factors.")] = "2,3,4",
    seed: Annotated[
        int, typer.Option(help="Networks: of the initial weights and the patches.")
    ] = 0,
    steps: Annotated[
        int | None, typer.Option(metavar="N", help="Networks: steps, instead of the method's own.")
    ] = None,
    device: Annotated[str, typer.Option(help="Networks: auto, cpu or cuda.")] = "auto",
    data: Annotated[str, typer.Option(help="Networks: datasets, or folder:PATH.")] = TRAINING_SETS,
    out: Annotated[
        Path | None,
        typer.Option(help="Networks: folder of the weights, instead of the usual one."),
    ] = None,
    again: Annotated[
        bool,
        typer.Option(
            "--again", help="Networks: train again what has weights; shipped ones are kept."
        ),
    ] = False,
    plugin: Plugins = None,
) -> None:
    """Train the learned methods that have no weights yet.  The same command resumes."""
    from upbench.benchmark.core.contract import Fittable, Trainable
    from upbench.benchmark.core.device import choose_device
    from upbench.benchmark.engine.discover import discover, with_code
    from upbench.benchmark.engine.plan import check_whole_scales

    catalog = discover(plugin or ())
    names = split_names(named("--methods", [methods], like="cnn-carafe"))
    sets = split_names(named("--data", [data], like="t91"))
    chosen = [with_code(catalog, one) for one in _choose(catalog, names)]
    wanted = check_whole_scales(scales)
    layers = [method for method in chosen if isinstance(method.target, Fittable)]
    networks = [method for method in chosen if isinstance(method.target, Trainable)]
    if not layers and not networks:
        raise UsageError(f"--methods {methods} names no method that is trained; nothing to do.")
    _check_offered([*layers, *networks], wanted, scales)
    if seed not in range(1 << 63):
        raise UsageError(f"--seed takes a whole number from 0 up, below 2^63; got {seed}.")
    _fit(layers, wanted)
    if networks:
        jobs = _jobs(networks, wanted, seed, steps, choose_device(device))
        waiting = [job for job in jobs if again or not _is_trained(job, out)]
        if kept := len(jobs) - len(waiting):
            say(f"{kept} of {len(jobs)} networks have their weights; --again trains them again.")
        _train(catalog, waiting, sets, out)


def _choose(catalog: "Catalog", names: tuple[str, ...]) -> "list[Method]":
    """Return the methods of some names or patterns; a head's name stands for its method."""
    known = catalog.methods
    full = [name if name in known else _with_head(known, name) for name in names]
    return list(catalog.choose_methods(full))


def _check_offered(methods: "list[Method]", scales: tuple[int, ...], text: str) -> None:
    """Refuse scales of which none is offered."""
    if not any(method.offers(scale) for method in methods for scale in scales):
        offered = ", ".join(f"x{scale}" for scale in methods[0].scales or ())
        raise UsageError(f"--scales {text}: {methods[0].name} is made for {offered}.")


def _with_head(known: "dict[str, Method]", name: str) -> str:
    return f"cnn-{name}" if f"cnn-{name}" in known else name


def _fit(layers: "list[Method]", scales: tuple[int, ...]) -> None:
    """Fit the linear layers; their weights are kept in the cache folder."""
    for method in layers:
        for scale in filter(method.offers, scales):
            target: Any = method.target
            what = f"{method.name} x{scale}"
            with plugin_errors(what), progress_bar() as bar:
                weights = target.fit(scale, progress=follow(bar))
            say(f"{what}: {weights}")


def _jobs(
    networks: "list[Method]", scales: tuple[int, ...], seed: int, steps: int | None, device: str
) -> "list[Job]":
    """Return the networks to train, x2 first: the training of other scales may begin with it."""
    from upbench.benchmark.training import Job, recipe_of

    return [
        Job(method, scale, seed, recipe_of(method, steps), device)
        for scale in sorted(scales)
        for method in networks
        if method.offers(scale)
    ]


def _is_trained(job: "Job", out: Path | None) -> bool:
    target: Any = job.method.target
    with plugin_errors(job.name):
        place: Place = target.place(job.scale, job.seed)
    return all(((out or one.parent) / one.name).is_file() for one in (place.card, place.file))


def _train(catalog: "Catalog", jobs: "list[Job]", data: tuple[str, ...], out: Path | None) -> None:
    from upbench.benchmark.training import load_material
    from upbench.benchmark.training import train as train_one

    for group in _by_material(jobs):
        scale, recipe = group[0].scale, group[0].recipe
        with progress_bar() as bar:
            material = load_material(catalog, data, scale, recipe, follow(bar))
        if material.too_small:
            say(f"x{scale}: {len(material.too_small)} images hold no patch and are left out.")
        for job in group:
            with plugin_errors(job.name), progress_bar() as bar:
                weights = train_one(job, material, out, follow_one(bar))
            say(f"{job.name}: {weights}")
            _say_unused(job, weights)


def _say_unused(job: "Job", weights: Path) -> None:
    """Say how weights are used that are not those which a run takes."""
    from upbench.benchmark.core.weights import VARIABLE

    target: Any = job.method.target
    used: Path = target.place(job.scale, job.seed).file
    if used != weights:
        others = f"A run uses {used}; " if used.exists() else "A run does not look there; "
        say(f"{others}{VARIABLE}={weights.parent} makes it use the new weights.")


def _by_material(jobs: "list[Job]") -> "Iterable[list[Job]]":
    """Group jobs that learn from the same pairs, which are made once."""
    groups: dict[tuple[object, ...], list[Job]] = {}
    for job in jobs:
        groups.setdefault((job.scale, job.recipe.patch, tuple(job.recipe.sizes)), []).append(job)
    return groups.values()
