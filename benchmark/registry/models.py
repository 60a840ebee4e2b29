"""``--model FILE[,OPTION=VALUE...]``: a network in a file as a method of the catalog.

The options that are not given are found out by small calls of the network, once, and become part
of the method's *origin*: a text by which another process makes the same method without a call.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.contract import Method
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.registry.importing import ORIGIN
from upbench.benchmark.registry.model_options import read_model
from upbench.methods._models.conventions import Conventions
from upbench.methods._models.network import FORMATS, Place, format_of, open_network

if TYPE_CHECKING:
    from collections.abc import Iterable

    from upbench.benchmark.registry.catalog import Catalog
    from upbench.benchmark.registry.model_options import Wanted


@dataclass(frozen=True)
class _Resolved:
    """All that another process needs to make the method."""

    name: str
    place: Place
    conventions: Conventions
    scale: int | None
    parameters: int | None
    macs_per_px: float | None
    licence: str
    notes: tuple[str, ...]


def model_method(text: str) -> Method:
    """Return the method that a ``--model`` or an origin speaks of, with its code in this process.

    Raises:
        UsageError: The file cannot be used, in one sentence.
    """
    if text.startswith(ORIGIN + "{"):
        return _method(_from_origin(text))
    wanted = read_model(text.removeprefix(ORIGIN))
    try:
        return _method(_examined(wanted))
    except UsageError as error:
        raise UsageError(f"--model {Path(wanted.place.file).name}: {error}") from None


def network_method(module: Any, name: str, **stated: Any) -> Method:
    """Return a ``torch.nn.Module`` in memory as a method; it is called in evaluation mode.

    What is known of it is stated by the fields of Conventions.

    Raises:
        UsageError: It does not enlarge images.
    """
    from upbench.methods._models.model import Model
    from upbench.methods._models.module import network_of
    from upbench.methods._models.trial import examine

    network = network_of(module)
    trial = examine(network, stated)
    enlarges = None if trial.conventions.is_enlarged_first else trial.conventions.scale
    known = _Resolved(
        name=name,
        place=Place(""),
        conventions=trial.conventions,
        scale=enlarges,
        parameters=network.parameters,
        macs_per_px=trial.macs_per_px,
        licence="",
        notes=trial.notes,
    )
    about = {"held": network, "conventions": trial.conventions, "macs_per_px": trial.macs_per_px}
    return Method(
        name=name,
        family="in-memory",
        target=type("Model", (Model,), about),
        source=type(module).__name__,
        scales=None if enlarges is None else (enlarges,),
        backend="torch",
        sampling="learned",
        colour="luma" if trial.conventions.channels == 1 else "rgb",
        parameters=network.parameters,
        remarks=(_line(known), *trial.notes),
    )


def with_models(catalog: Catalog, models: Iterable[Method]) -> Catalog:
    """Return a catalog that has these methods too.

    Raises:
        UsageError: There is a method of that name already.
    """
    methods = dict(catalog.methods)
    for one in models:
        if one.name in methods:
            raise UsageError(
                f"--model {Path(one.weights[0]).name}: there is a method named {one.name!r} "
                "already; give it another name: name=NAME."
            )
        methods[one.name] = one
    return replace(catalog, methods=methods)


def _examined(wanted: Wanted) -> _Resolved:
    """Open a network and find out what is not stated."""
    from upbench.methods._models.trial import examine

    network = open_network(wanted.place)
    trial = examine(network, dict(wanted.stated))
    own = trial.conventions.scale
    if wanted.place.scale not in {None, own} and not trial.conventions.is_enlarged_first:
        raise UsageError(
            f"it enlarges x{own}, but scale={wanted.place.scale} is stated; leave it out."
        )
    return _Resolved(
        name=wanted.name,
        place=wanted.place,
        conventions=trial.conventions,
        scale=wanted.place.scale if trial.conventions.is_enlarged_first else own,
        parameters=network.parameters,
        macs_per_px=trial.macs_per_px,
        licence=wanted.licence or network.declared.licence,
        notes=trial.notes,
    )


def _method(known: _Resolved) -> Method:
    """Make the method of a network that is known."""
    from upbench.methods._models import model

    kind = format_of(known.place)
    what, distribution = FORMATS[kind]
    about = {
        "place": known.place,
        "conventions": known.conventions,
        "macs_per_px": known.macs_per_px,
        "__doc__": f"The network in {Path(known.place.file).name}.",
        "__module__": __name__,
    }
    return Method(
        name=known.name,
        family="model",
        target=type("Model", (model.Model,), about),
        source=f"{what} file {Path(known.place.file).name}",
        scales=None if known.scale is None else (known.scale,),
        backend=distribution,
        sampling="learned",
        colour="luma" if known.conventions.channels == 1 else "rgb",
        parameters=known.parameters,
        weights=known.place.files,
        file=str(Path(model.__file__).with_name(f"{kind}.py")),
        origin=ORIGIN + json.dumps(asdict(known)),
        settings=json.dumps(
            {
                "class": known.place.target,
                "scale": known.place.scale,
                "conventions": asdict(known.conventions),
            }
        ),
        licence=known.licence,
        remarks=(_line(known), *known.notes),
    )


def _line(known: _Resolved) -> str:
    """Say in one line what was found out."""
    line = str(known.conventions)
    if known.conventions.is_enlarged_first and known.scale is not None:
        line = line.replace("any scale", f"x{known.scale}", 1)
    count = "" if known.parameters is None else f", {known.parameters:,} parameters"
    macs = "" if known.macs_per_px is None else f", {known.macs_per_px:,.0f} MACs per px"
    return f"{line}{count}{macs}"


def _from_origin(text: str) -> _Resolved:
    values = json.loads(text.removeprefix(ORIGIN))
    conventions = values["conventions"]
    if conventions["tile"]:
        conventions["tile"] = tuple(conventions["tile"])
    values["notes"] = tuple(values["notes"])
    return _Resolved(
        **values | {"place": Place(**values["place"]), "conventions": Conventions(**conventions)}
    )
