"""Trained networks in the journal: a row, a learning curve and pictures for each."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.hashing import digest_of
from upbench.benchmark.core.text import plain_name
from upbench.benchmark.engine.database import checked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from upbench.benchmark.engine.database import Database

IDENTITY = ("role", "layer", "seed", "data", "steps", "device")
"""The fields of a row that say which training it is of."""


@dataclass(frozen=True)
class StoredTraining:
    """One network that was trained in a role, or why it was not."""

    identity: tuple[Any, ...]
    """What it is: the values of IDENTITY."""
    key: str
    """A hash of all that its numbers depend on."""
    row: Mapping[str, Any]
    curve: tuple[Mapping[str, Any], ...] = ()
    """The learning curve, a point for each milestone."""
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """PNGs by name."""

    @property
    def file_stem(self) -> str:
        """What the names of its weights' and pictures' files begin with.

        Seeds share it: the first one's are kept.
        """
        return file_stem(dict(zip(IDENTITY, self.identity, strict=True)))


def file_stem(row: Mapping[str, Any]) -> str:
    """Return what the names of a training's files begin with, from its row.

    >>> row = {"role": "generate", "layer": "carafe", "data": "mnist", "steps": 9, "device": "cpu"}
    >>> file_stem(row)
    'generate-carafe-mnist-9-steps-cpu'
    """
    data = str(row["data"])
    name = PurePath(data).name
    if name != data:  # a path: its last part, and what tells it from others of that name
        data = f"{name}-{digest_of([data])[:6]}"
    conditions = f"{data}-{row['steps']}-steps-{row['device']}"
    return plain_name(f"{row['role']}-{row['layer']}-{conditions}")


def add(database: Database, training: StoredTraining) -> None:
    """Write one trained network; one of its identity is replaced.

    Raises:
        StoreError: Nothing of it has been written, or a row holds what no table can.
    """
    identity, row = json.dumps(training.identity), json.dumps(checked(training.row))
    curve = json.dumps([checked(point) for point in training.curve])
    with database.writing() as connection:
        connection.execute(
            "INSERT INTO trainings VALUES (?, ?, ?, ?) ON CONFLICT (identity) DO UPDATE "
            "SET key = excluded.key, row = excluded.row, curve = excluded.curve",
            (identity, training.key, row, curve),
        )
        connection.execute("DELETE FROM training_pictures WHERE identity = ?", (identity,))
        connection.executemany(
            "INSERT INTO training_pictures VALUES (?, ?, ?)",
            [(identity, name, png) for name, png in training.pictures.items()],
        )


def read(database: Database, row_of: Callable[[Any], dict[str, Any]]) -> list[StoredTraining]:
    """Return every trained network, in the order in which they were first finished.

    The journal may come from anywhere: ``row_of`` refuses what is no row.

    Raises:
        StoreError, ValueError, TypeError, LookupError: It holds something else.
    """
    pictures: dict[str, dict[str, bytes]] = defaultdict(dict)
    for identity, name, png in database.read("SELECT * FROM training_pictures ORDER BY rowid"):
        pictures[identity][name] = png
    found = []
    for identity, key, row, curve in database.read(
        "SELECT identity, key, row, curve FROM trainings ORDER BY rowid"
    ):
        values, points = row_of(json.loads(row)), [row_of(point) for point in json.loads(curve)]
        named = tuple(values[name] for name in IDENTITY)
        if json.loads(identity) != [*named]:
            raise ValueError("a row's identity is another's")
        found.append(StoredTraining(named, key, values, (*points,), pictures[identity]))
    return found
