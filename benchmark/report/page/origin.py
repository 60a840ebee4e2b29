"""Where a run's numbers come from: its manifest, read tolerantly.

A report is also asked for where a run was killed, where its folder was copied in part, or where
another version wrote the manifest.  Whatever is missing or has another form than expected is
left out of the page.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

UNKNOWN = (
    "The folder has no manifest.json that can be read: the run did not come to its end, or the "
    "file was not copied. The command, the versions and the checksums of the images are not known."
)


@dataclass(frozen=True)
class DatasetOrigin:
    """One dataset as the manifest describes it."""

    name: str
    source: str
    licence: str
    sha256: Mapping[str, str]
    """By image: SHA-256 of its file, or of the pixels of a generated one."""
    caveats: tuple[str, ...] = ()
    """Sentences that belong beside its numbers."""


@dataclass(frozen=True)
class Origin:
    """What the manifest says, as far as it can be read."""

    written_at: str = ""
    machine: str = ""
    command: str = ""
    """The command that was given, ready to be pasted."""
    request: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    protocols: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, str] = field(default_factory=dict)
    datasets: tuple[DatasetOrigin, ...] = ()
    methods: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By method: what it states of itself (kernel, sampling ...)."""
    not_installed: tuple[str, ...] = ()
    """Sentences on the libraries that a run of all methods had not, with what adds each."""
    problem: str = ""
    """Why nothing is known; "" where something is."""


def describe_origin(manifest: Mapping[str, Any]) -> Origin:
    """Return what a manifest says, at worst nothing, as text."""
    command = manifest.get("command")
    return Origin(
        written_at=_text(manifest.get("written_at")),
        machine=_text(manifest.get("machine")),
        command=shlex.join(map(str, command)) if isinstance(command, list) else "",
        request=_table(manifest.get("request")),
        versions=_texts(manifest.get("versions")),
        protocols=_texts(manifest.get("protocols")),
        metrics={
            name: _text(_table(one).get("signature"))
            for name, one in _table(manifest.get("metrics")).items()
        },
        datasets=tuple(
            _dataset(name, _table(one)) for name, one in _table(manifest.get("datasets")).items()
        ),
        methods={name: _texts(one) for name, one in _table(manifest.get("methods")).items()},
        not_installed=_sentences(manifest.get("not_installed")),
        problem="" if manifest.get("written_at") else UNKNOWN,
    )


def _dataset(name: str, found: dict[str, Any]) -> DatasetOrigin:
    return DatasetOrigin(
        name,
        _text(found.get("source")),
        _text(found.get("licence")),
        _texts(found.get("sha256")),
        _sentences(found.get("caveats")),
    )


def _sentences(value: Any) -> tuple[str, ...]:
    return tuple(map(_text, value)) if isinstance(value, list) else ()


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> dict[str, str]:
    return {key: _text(one) for key, one in _table(value).items()}
