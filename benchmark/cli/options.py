"""Options that several commands take, and what holds for the options of all."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.text import split_names

if TYPE_CHECKING:
    from collections.abc import Sequence


LISTS = {"against", "formats", "methods", "metrics", "scales", "sizes", "threads", "to"}
"""Options of one value that is a list."""


class Command(TyperCommand):
    """A command that refuses an option given twice, of which it would use the last alone."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments; an option that takes one value may stand once, no path is empty."""
        values, _, given = self.make_parser(ctx).parse_args(args=list(args))
        for option, times in Counter(given).items():
            is_option = option.param_type_name == "option"
            name = option.opts[0] if is_option else option.metavar
            is_path = option.type.name in {"path", "directory"}
            value = values.get(option.name or "")
            if (value == "" and is_path) or (option.nargs == -1 and "" in (value or ())):
                is_folder = value == "" and name != "FILE"
                expected = "a folder, like '.' for this one" if is_folder else "a name"
                ctx.fail(f"{name} is empty; expected {expected}.")
            if times > 1 and not getattr(option, "multiple", True):
                hint = ", a list with commas" if option.name in LISTS else ""
                ctx.fail(f"{name} is given {times} times; expected once{hint}.")
        return super().parse_args(ctx, args)


def joined(values: "Sequence[str] | None", default: str = "") -> str:
    """Join the lists of names that a repeated option gives: ``--methods a,b --methods c``."""
    return ",".join(values) if values else default


def named(option: str, values: "Sequence[str] | None", like: str = "bicubic") -> str:
    """Join such lists where no list at all means a default, which an empty one does not.

    Raises:
        UsageError: There is a list, without a name in it: a variable of a script that is not set.
    """
    if values and not split_names(joined(values)):
        raise UsageError(f"{option} is empty; expected a name like {like}, or no {option} at all.")
    return joined(values)


TRAINING_SETS = "t91,bsd200"
"""What is trained on by default: 291 images that no test set holds."""

Names = list[str] | None
"""A list of names, comma-separated; the option may be repeated."""

Device = Annotated[str, typer.Option(help="Where learned methods run: cpu, cuda or auto.")]

Memory = Annotated[
    str, typer.Option(metavar="SIZE", help="Per worker, like 4G; the machine's by default.")
]

Plugins = Annotated[
    list[str] | None,
    typer.Option("--plugin", metavar="FILE", help="A Python file with plugins; repeatable."),
]
"""``--plugin``, of every command that takes methods by name."""

Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        metavar="FILE[,OPTION=VALUE]",
        help="A network: .onnx, .pt, .pt2, .pth, .safetensors, .param or FILE.py:CLASS.",
    ),
]
"""``--model``, beside every ``--methods``."""
