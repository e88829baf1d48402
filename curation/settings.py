"""Settings with their defaults: what a workspace is made of, and how each criterion is run."""

from __future__ import annotations

import json
import math
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
    ``generator`` the plug-in that makes images of the items, if any.
    """

    source: str | None = None
    embeddings: str | None = None
    embeddings2: str | None = None
    generator: str | None = None
    encoder: str = "builtin"


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

_LEAST = {"every_decisions": 1, "idle_seconds": 1.0, "n_groups": 1, "overlap": 1}


def changed(settings: S, changes: Mapping[str, Any]) -> S:
    """``settings`` with ``changes``; CurationError for an unknown name or a value out of range."""
    known = {field.name for field in fields(settings)}
    for name, value in changes.items():
        if name not in known:
            raise CurationError(f"Unknown setting {name!r}. Valid: {', '.join(sorted(known))}.")
        if name in _LEAST and not _at_least(name, value):
            kind = "number" if name == "idle_seconds" else "whole number"
            raise CurationError(
                f"Expected a {kind} of at least {_LEAST[name]} for {name}, got {value!r}."
            )
        if name == "blind" and not isinstance(value, bool):
            raise CurationError(f"Expected true or false for {name}, got {value!r}.")
    return replace(settings, **changes)


def _at_least(name: str, value: Any) -> bool:
    if value is None:
        return name == "n_groups"
    kinds = int | float if name == "idle_seconds" else int
    fits = isinstance(value, kinds) and not isinstance(value, bool)
    return fits and math.isfinite(value) and value >= _LEAST[name]


def read(path: Path, cls: type[S]) -> S:
    """Settings from a JSON file, defaults where it is absent; unknown keys are ignored.

    Raises WorkspaceError where the file is damaged.
    """
    return restored(cls, read_json(path)) if path.exists() else cls()


def restored(cls: type[S], stored: Mapping[str, Any]) -> S:
    """Settings from what was written of them; keys of a newer version are ignored."""
    known = {field.name for field in fields(cls)}
    return cls(**{name: value for name, value in stored.items() if name in known})


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
