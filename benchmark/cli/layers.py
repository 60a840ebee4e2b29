"""``upbench layers``: an upsampling layer in a role: trained, scored, compared."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from upbench.benchmark.cli.console import (
    EXIT_FAILED_CELLS,
    cli_errors,
    follow_one,
    print_table,
    progress_bar,
    say,
)
from upbench.benchmark.cli.options import Names, Plugins, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upbench.benchmark.engine.trainings import StoredTraining


@cli_errors
def layers(
    role: Annotated[
        str,
        typer.Option(
            "--role", metavar="ROLE", help="generate, segment, reconstruct, superresolution."
        ),
    ],
    names: Annotated[
        Names, typer.Option("--layers", metavar="NAMES", help="Comma-separated; all by default.")
    ] = None,
    seeds: Annotated[int, typer.Option(metavar="N", help="Trainings of each.")] = 3,
    first_seed: Annotated[
        int, typer.Option(metavar="N", help="The first one's seed; others follow it.")
    ] = 0,
    steps: Annotated[
        int | None, typer.Option(metavar="N", help="Steps, instead of the role's own.")
    ] = None,
    data: Annotated[
        str,
        typer.Option(metavar="NAME|PATH", help="Training data; the role's own needs no download."),
    ] = "",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    jobs: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Trainings side by side; by default one per core, one on a GPU."
        ),
    ] = None,
    plugin: Plugins = None,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Rows, curves, pictures and weights go here.")
    ] = Path("results/runs/layers"),
) -> None:
    """Train upsampling layers in a role, score them, compare them.  The same command resumes."""
    from upbench.benchmark.core.device import choose_device
    from upbench.benchmark.core.text import split_names
    from upbench.benchmark.engine.execute import default_jobs
    from upbench.benchmark.report.roles import write_roles
    from upbench.benchmark.training.roles.run import RoleRequest, run_roles
    from upbench.benchmark.training.roles.table import role_tables

    chosen = choose_device(device)
    wanted = RoleRequest(
        role,
        split_names(named("--layers", names, like="subpixel-conv")),
        seeds,
        steps,
        data,
        chosen,
        tuple(plugin or ()),
        (default_jobs() if chosen == "cpu" else 1) if jobs is None else jobs,
        first_seed,
    )
    with progress_bar() as bar:
        trained = run_roles(wanted, out, follow_one(bar))
    write_roles(out)
    for table in role_tables(trained):
        print_table(table)
    say(f"Rows and curves are in {out}; pictures and weights are kept of seed 0.")
    if _say_failures(trained):
        raise typer.Exit(EXIT_FAILED_CELLS)


def _say_failures(trained: "Sequence[StoredTraining]") -> bool:
    """List what failed, with its reason; return whether anything did."""
    failed = [one.row for one in trained if one.row["status"] != "ok"]
    for row in failed:
        say(f"  {row['layer']} seed {row['seed']}: {row['status']}: {row['reason']}")
    if failed:
        say(f"{len(failed)} of {len(trained)} trainings failed; the same command tries them again.")
    return bool(failed)
