"""Settings with their defaults: what a workspace is made of, and how each criterion is run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from curation import files
from curation.errors import CurationError, WorkspaceError

DEFAULT_CRITERION = "belongs together"
FIRST_ITEMS = 500
"""Review starts once so many items are embedded."""
NEIGHBOURS = 50
SEED = 0


@dataclass(frozen=True, slots=True)
class WorkspaceSettings:
    """Where the items come from and what embeds them; kept in ``workspace.json``.

    ``embeddings2`` is a file of vectors in a second modality that strategies may compare with,
    ``generator`` the plug-in that makes images of the items, if any. The last four say how to read
    a table: see ``curation.items.source.Reading``.
    """

    source: str | None = None
    embeddings: str | None = None
    embeddings2: str | None = None
    generator: str | None = None
    encoder: str = "builtin"
    file_column: str | None = None
    root: str | None = None
    rewrite: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class CriterionSettings:
    """How one criterion is reviewed and trained; kept in ``criteria.json``.

    ``every_decisions`` new decisions or ``idle_seconds`` without one start a training run;
    ``n_groups`` is the number of predicted groups (None: estimated); ``overlap`` is the number of
    reviewers asked about each pair; ``strategy`` is a strategy id or ``mix``.
    """

    objective: str = "human"
    strategy: str = "mix"
    every_decisions: int = 10
    idle_seconds: float = 20.0
    n_groups: int | None = None
    overlap: int = 1
    blind: bool = False


S = TypeVar("S", WorkspaceSettings, CriterionSettings)

RANGES: dict[str, tuple[float, float]] = {
    "every_decisions": (1, 1_000_000_000),
    "idle_seconds": (1.0, 1e9),
    "n_groups": (1, 10_000),
    "overlap": (1, 1_000),
}
"""Smallest and largest value of each setting that is a number, wherever it comes from."""
_FRACTIONAL = {"idle_seconds"}
_TEXT = {"objective", "strategy", "encoder"}
_TEXT_OR_NONE = {
    "source", "embeddings", "embeddings2", "generator", "file_column", "root", "rewrite",
    "encoding",
}  # fmt: skip


def changed(settings: S, changes: Mapping[str, Any]) -> S:
    """``settings`` with ``changes``; CurationError for an unknown name or a value out of range."""
    known = {field.name for field in fields(settings)}
    for name, value in changes.items():
        if name not in known:
            raise CurationError(f"Unknown setting {name!r}. Valid: {', '.join(sorted(known))}.")
        if not _fits(name, value):
            raise CurationError(f"Expected {_expected(name)} for {name}, got {value!r}.")
    return replace(settings, **changes)


def _fits(name: str, value: Any) -> bool:
    if name in RANGES:
        return _in_range(name, value)
    if name == "blind":
        return isinstance(value, bool)
    return isinstance(value, str) or (value is None and name in _TEXT_OR_NONE)


def _in_range(name: str, value: Any) -> bool:
    if value is None:
        return name == "n_groups"
    kinds = int | float if name in _FRACTIONAL else int
    low, high = RANGES[name]
    # compared, not converted: an integer may be larger than any float
    return isinstance(value, kinds) and not isinstance(value, bool) and low <= value <= high


def _expected(name: str) -> str:
    if name in RANGES:
        kind = "number" if name in _FRACTIONAL else "whole number"
        low, high = RANGES[name]
        return f"a {kind} from {low:g} to {high:,.0f}"
    if name == "blind":
        return "true or false"
    return "text" if name in _TEXT else "text or null"


def read(path: Path, cls: type[S]) -> S:
    """Settings from a JSON file, defaults where it is absent; unknown keys are ignored.

    Raises WorkspaceError where the file is damaged or a value is none that was ever written.
    """
    if not path.exists():
        return cls()
    return _checked(cls, read_json(path), str(path))


def read_criteria(path: Path) -> dict[str, dict[str, Any]]:
    """What ``criteria.json`` says of each criterion, for ``restored``; nothing without file.

    Raises WorkspaceError, naming criterion and setting, as ``read`` does.
    """
    stored = read_json(path) if path.exists() else {}
    for name, values in stored.items():
        if not isinstance(values, dict):
            raise WorkspaceError(_damaged(path, f"{values!r} for the criterion {name!r}"))
        _checked(CriterionSettings, values, f"{path}, criterion {name!r}")
    return stored


def restored(cls: type[S], stored: Mapping[str, Any]) -> S:
    """Settings from what was written of them; keys of a newer version are ignored."""
    known = {field.name for field in fields(cls)}
    return cls(**{name: value for name, value in stored.items() if name in known})


def _checked(cls: type[S], stored: Mapping[str, Any], where: str) -> S:
    found = restored(cls, stored)
    for field in fields(cls):
        value = getattr(found, field.name)
        if not _fits(field.name, value):
            raise WorkspaceError(
                f"Expected {_expected(field.name)} for {field.name} in {where}, got {value!r}; "
                "correct it, or remove that entry to go back to its default."
            )
    return found


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file; WorkspaceError where it is none."""
    try:
        stored = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise WorkspaceError(_damaged(path, str(error))) from error
    if not isinstance(stored, dict):
        raise WorkspaceError(_damaged(path, f"a {type(stored).__name__}"))
    return stored


def _damaged(path: Path, got: str) -> str:
    return (
        f"Expected a JSON object in {path}, got {got}; remove the file to go back to default "
        "settings (decisions are kept elsewhere)."
    )


def write(path: Path, settings: WorkspaceSettings | CriterionSettings) -> None:
    """Write settings as JSON, whole or not at all."""
    files.write_json(path, asdict(settings))
