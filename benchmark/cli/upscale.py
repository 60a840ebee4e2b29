"""``upbench upscale``: make pictures larger, to look at or to use."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from upbench.benchmark.cli.console import (
    EXIT_FAILED_CELLS,
    cli_errors,
    follow_one,
    open_catalog,
    progress_bar,
    say,
)
from upbench.benchmark.cli.options import Device, Memory, Models, Names, Plugins, named
from upbench.benchmark.core.errors import UsageError

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Method
    from upbench.benchmark.engine.inputs import Found
    from upbench.benchmark.engine.upscaling import Output, Wish
    from upbench.benchmark.engine.workbench import Setup
    from upbench.benchmark.registry.catalog import Catalog


Files = Annotated[
    list[str], typer.Argument(metavar="FILE...", help="Pictures, folders or patterns.")
]
Methods = Annotated[
    Names,
    typer.Option(
        "--method",
        "--methods",
        help="Names or patterns; by default the best one shipped for the scale.",
    ),
]
Factor = Annotated[
    str | None, typer.Option(help="A whole factor, 2 to 16; by default 2, or the --model's own.")
]
Out = Annotated[Path, typer.Option(help="Where the pictures go.")]
Kind = Annotated[str, typer.Option("--format", help="Of the output: png, tiff, jpeg or webp.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite pictures.")]
Sheet = Annotated[
    bool, typer.Option("--sheet", help="Also show crops of each method side by side.")
]
Tile = Annotated[
    int | None, typer.Option(metavar="N", help="Side of a tile; 0 takes a picture whole.")
]
Timeout = Annotated[float, typer.Option(metavar="S", help="Seconds per tile.")]


@cli_errors
def upscale(
    files: Files,
    method: Methods = None,
    model: Models = None,
    scale: Factor = None,
    plugin: Plugins = None,
    out: Out = Path("upbench-upscale"),
    kind: Kind = "",
    force: Force = False,
    sheet: Sheet = False,
    tile: Tile = None,
    timeout: Timeout = 300.0,
    memory: Memory = "",
    device: Device = "cpu",
) -> None:
    """Make pictures larger, to look at or to use."""
    from upbench.benchmark.cli.parsing import check_each_scale, check_seconds, read_size
    from upbench.benchmark.engine.execute import LEAST_MEMORY, default_jobs
    from upbench.benchmark.engine.supervisor import Limits
    from upbench.benchmark.engine.upscaling import Wish

    check_seconds("--timeout", timeout)
    catalog, broken = open_catalog(plugin, model)
    (factor,) = check_each_scale([_own_scale(catalog) if scale is None else scale])
    wish = Wish(
        methods=_methods(catalog, named("--method", method), factor, has_model=bool(model)),
        scale=factor,
        folder=out,
        kind=_kind(kind),
        force=force,
        side=tile,
        crops=sheet,
        sources=catalog.sources,
        limits=Limits(timeout, read_size("--memory", memory, LEAST_MEMORY)),
        threads=default_jobs(),
    )
    _check_offered(wish)
    failed = _make_all(files, wish, device)
    if failed or broken:
        raise typer.Exit(EXIT_FAILED_CELLS)


def _methods(catalog: "Catalog", text: str, scale: int, *, has_model: bool) -> "tuple[Method, ...]":
    """Return the methods that are named, or the best that is shipped."""
    from upbench.benchmark.core.text import split_names
    from upbench.benchmark.engine.upscaling import default_method

    names = split_names(text)
    if not names and not has_model:
        names = (default_method(catalog.methods, scale),)
    return catalog.asked_methods(names)


def _make_all(files: list[str], wish: "Wish", device: str) -> bool:
    """Make all pictures, and list what could not be made; return whether there is any.

    Raises:
        UsageError: There is no picture.
    """
    from dataclasses import replace

    from upbench.benchmark.core.device import choose_device
    from upbench.benchmark.core.files import make_folder
    from upbench.benchmark.engine.inputs import find_pictures
    from upbench.benchmark.engine.runner import make_setup

    pictures, missing = find_pictures(files)
    if not pictures:
        raise UsageError(" ".join(missing))
    make_folder(wish.folder)
    setup = replace(make_setup(), device=choose_device(device))
    failed = [*_make(pictures, wish, setup), *missing]
    if failed:
        say("")
        say(f"{len(failed)} failed:")
        for reason in failed:
            say(f"  {reason}")
    return bool(failed)


def _own_scale(catalog: "Catalog") -> int:
    """Return the scale of the networks in files if they have one alone, else 2."""
    scales = {method.scales for method in catalog.methods.values() if method.origin}
    (own,) = scales if len(scales) == 1 else (None,)
    return own[0] if own and len(own) == 1 else 2


def _kind(text: str) -> str:
    """Return the format of the outputs.

    Raises:
        UsageError: There is no such format.
    """
    from upbench.benchmark.core.errors import UnknownNameError
    from upbench.benchmark.imaging.picture import FORMATS

    kind = {"": "png", "jpg": "jpeg", "tif": "tiff"}.get(text.lower(), text.lower())
    if kind not in FORMATS:
        raise UnknownNameError("format", text, FORMATS)
    return kind


def _check_offered(wish: "Wish") -> None:
    """Refuse a method that does not offer the scale, before any picture is read.

    Raises:
        UsageError: There is such a method.
    """
    from upbench.benchmark.imaging.tiles import Tiling

    if wish.side is not None:
        Tiling(wish.side)
    for method in wish.methods:
        if not method.offers(wish.scale):
            offered = ", ".join(f"x{scale}" for scale in method.scales or ())
            raise UsageError(f"{method.name} does not offer x{wish.scale}, only {offered}.")


def _make(pictures: "list[Found]", wish: "Wish", setup: "Setup") -> list[str]:
    """Make the pictures, say what is written, and return why others are not."""
    from contextlib import closing
    from itertools import groupby

    from upbench.benchmark.engine.upscaling import upscale as enlarged

    failed: list[str] = []
    with (
        progress_bar() as bar,
        closing(enlarged(pictures, wish, setup, follow_one(bar))) as outputs,
    ):
        for found, group in groupby(outputs, key=lambda output: output.picture):
            done = []
            for output in group:
                if output.reason and output.file is None:
                    failed.append(output.reason)
                    continue
                done.append(output)
                if output.file is not None:
                    say(f"wrote {output.file}")
                if output.reason:
                    say(f"{found.file}, {output.method}: {output.reason}")
            failed += _write_sheet(found, wish, done)
    return failed


def _write_sheet(found: "Found", wish: "Wish", outputs: "list[Output]") -> list[str]:
    """Write the comparison sheet of a picture, if it is wanted; return why it is not written."""
    from upbench.benchmark.report.mosaic import write_sheet

    if not wish.crops or not any(output.file for output in outputs):
        return []
    file = wish.folder / f"{found.stem}-x{wish.scale}-sheet.png"
    if file.exists() and not wish.force:
        return [f"{file} is there already; --force overwrites it."]
    write_sheet(file, outputs)
    say(f"wrote {file}")
    return []
