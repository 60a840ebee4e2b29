"""``upbench reconcile``: which conventions give a published number."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from upbench.benchmark.cli.console import (
    cli_errors,
    follow,
    follow_one,
    open_catalog,
    print_table,
    progress_bar,
    say,
    write_text,
)
from upbench.benchmark.cli.options import Device, Models, Names, Plugins, joined, named
from upbench.benchmark.core.errors import DataError, UnknownNameError, UsageError
from upbench.benchmark.core.text import counted, split_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upbench.benchmark.core.contract import Dataset, Method
    from upbench.benchmark.engine.method import MethodService
    from upbench.benchmark.engine.reconcile import Asked
    from upbench.benchmark.engine.supervisor import Limits
    from upbench.benchmark.protocols.conventions.search import Found, Target
    from upbench.benchmark.registry.catalog import Catalog

EXIT_NOTHING_FITS = 1


OneMethod = Annotated[Names, typer.Option(metavar="NAME", help="One method.")]
Datasets = Annotated[Names, typer.Option(help="The test sets; set5 by default.")]
Scales = Annotated[Names, typer.Option(help="Whole factors; 4 by default.")]
Psnr = Annotated[
    str,
    typer.Option(
        metavar="DB,...",
        help="As printed, like 30.14; one for each dataset and scale, - for unknown.",
    ),
]
Ssim = Annotated[
    str, typer.Option(metavar="VALUE,...", help="As printed, like 0.8104; one for each, as --psnr.")
]
Tolerance = Annotated[float, typer.Option(metavar="DB", help="Largest difference that fits.")]
SsimTolerance = Annotated[
    float, typer.Option(metavar="VALUE", help="Largest difference of SSIM that fits.")
]
Shrinkers = Annotated[
    Names, typer.Option(help="Only small images made by these, like matlab,pillow; all by default.")
]
Timeout = Annotated[float, typer.Option(metavar="S", help="Seconds per image.")]
CsvFile = Annotated[
    str, typer.Option(metavar="FILE", help="Write every convention; - is standard output.")
]
JsonFile = Annotated[
    str, typer.Option(metavar="FILE", help="The same as JSON; - is standard output.")
]


@cli_errors
def reconcile(
    methods: OneMethod = None,
    datasets: Datasets = None,
    scales: Scales = None,
    psnr: Psnr = "",
    ssim: Ssim = "",
    tolerance: Tolerance = 0.02,
    ssim_tolerance: SsimTolerance = 0.001,
    shrink: Shrinkers = None,
    model: Models = None,
    plugin: Plugins = None,
    device: Device = "cpu",
    timeout: Timeout = 300.0,
    csv: CsvFile = "",
    json: JsonFile = "",
) -> None:
    """Find the conventions under which a method gives a number; exit code 1 if none does."""
    from upbench.benchmark.engine.reconcile import Asked

    if csv == json == "-":
        raise UsageError("Standard output takes --csv - or --json -, not both.")
    catalog, _ = open_catalog(plugin, model)
    method = _method(catalog, named("--methods", methods), has_model=bool(model))
    sets = _datasets(catalog, joined(datasets, "set5"))
    targets = _targets([*sets], joined(scales, "4"), psnr, ssim)
    _check_scales(method, targets)
    asked = Asked(
        method=method.name,
        service=_service(catalog, method, device),
        own_8bit=method.eight_bit is not None,
        targets=targets,
        datasets=sets,
        shrinkers=_shrinkers(joined(shrink)),
        tolerances=_tolerances(tolerance, ssim_tolerance),
        limits=_limits(timeout),
    )
    _show(method.name, targets, _found(asked), csv, json)


def _found(asked: "Asked") -> "Sequence[Found]":
    """Measure, and return the conventions, the nearest first.

    Raises:
        DataError: None has a value.
    """
    from upbench.benchmark.engine.reconcile import measure_all
    from upbench.benchmark.protocols.conventions.search import search
    from upbench.benchmark.registry.catalog import ensure_available

    with progress_bar() as bar:
        for dataset in asked.datasets.values():
            ensure_available(dataset, follow(bar))
    with progress_bar() as bar:
        tables, notes = measure_all(asked, follow_one(bar))
    for note in notes:
        say(f"Left out: {note}")
    found = search(asked.targets, tables, asked.tolerances)
    if not found:
        raise DataError(
            "No convention has a value on these images: they are too small for a window of SSIM; "
            "give --psnr alone, or larger images."
        )
    return found


def _method(catalog: "Catalog", text: str, *, has_model: bool) -> "Method":
    chosen = catalog.asked_methods(split_names(text)) if text or has_model else ()
    if len(chosen) != 1:
        got = ", ".join(method.name for method in chosen) or "none"
        raise UsageError(
            "'upbench reconcile' takes one method, like --methods bicubic or --model FILE; "
            f"got {got}."
        )
    return chosen[0]


def _datasets(catalog: "Catalog", text: str) -> "dict[str, Dataset]":
    found = {name: catalog.dataset(name) for name in split_names(text)}
    if not found:
        raise UsageError("--datasets is empty; expected a name like set5.")
    return found


def _targets(datasets: "Sequence[str]", scales: str, psnr: str, ssim: str) -> "tuple[Target, ...]":
    """Give each dataset and scale its numbers.

    Raises:
        UsageError: A number is none, there are too few or too many, or all are unknown.
    """
    from upbench.benchmark.engine.plan import check_whole_scales
    from upbench.benchmark.protocols.conventions.search import Target, read_number

    places = [(dataset, scale) for dataset in datasets for scale in check_whole_scales(scales)]
    columns = []
    for option, text in (("--psnr", psnr), ("--ssim", ssim)):
        parts = text.split(",") if text else ["-"] * len(places)
        if len(parts) != len(places):
            listed = ", ".join(f"{dataset} x{scale}" for dataset, scale in places)
            raise UsageError(
                f"{option} takes {counted(len(places), 'number')}, for {listed}, - for one that "
                f"is not known; got {len(parts)}."
            )
        columns.append([read_number(option, part) for part in parts])
    if not any(number for numbers in columns for number in numbers):
        raise UsageError("Give the number to reconcile: --psnr 30.14, --ssim 0.8104, or both.")
    return tuple(Target(*place, *numbers) for place, *numbers in zip(places, *columns, strict=True))


def _check_scales(method: "Method", targets: "Sequence[Target]") -> None:
    for scale in dict.fromkeys(target.scale for target in targets):
        if not method.offers(scale):
            offered = ", ".join(f"x{one}" for one in method.scales or ())
            raise UsageError(f"{method.name} offers {offered}, not x{scale}.")


def _service(catalog: "Catalog", method: "Method", device: str) -> "partial[MethodService]":
    from upbench.benchmark.core.device import choose_device
    from upbench.benchmark.engine.runner import make_setup

    setup = replace(make_setup(), device=choose_device(device))
    origin = method.origin or catalog.sources.get(method.file, method.file)
    return partial(setup.method_service, origin)


def _shrinkers(text: str) -> tuple[str, ...]:
    from upbench.benchmark.protocols.conventions.axes import AXES

    for name in split_names(text):
        if name not in AXES["shrink"]:
            raise UnknownNameError("way of shrinking", name, AXES["shrink"])
    return split_names(text) or tuple(AXES["shrink"])


def _tolerances(decibels: float, ssim: float) -> tuple[float, float]:
    for option, value in (("--tolerance", decibels), ("--ssim-tolerance", ssim)):
        if not 0 < value < float("inf"):
            raise UsageError(f"{option} takes a number above 0; got {value:g}.")
    return decibels, ssim


def _limits(timeout: float) -> "Limits":
    from upbench.benchmark.cli.parsing import check_seconds
    from upbench.benchmark.engine.supervisor import Limits

    return Limits(check_seconds("--timeout", timeout))


def _show(
    method: str, targets: "Sequence[Target]", found: "Sequence[Found]", csv: str, json: str
) -> None:
    """Write what was asked for, print the table, and end with the exit code."""
    from upbench.benchmark.core.csv import to_csv
    from upbench.benchmark.report.reconcile import fits, found_frame, found_json, found_table

    write_text(csv, lambda: to_csv(found_frame(targets, found)))
    write_text(json, lambda: found_json(method, targets, found))
    if "-" not in (csv, json):
        print_table(found_table(method, targets, found))
    if not fits(found):
        raise typer.Exit(EXIT_NOTHING_FITS)
