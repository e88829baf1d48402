"""Settings with their defaults: what a workspace is made of, and how each criterion is run."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from curation.errors import CurationError

DEFAULT_CRITERION = "belongs together"
FIRST_ITEMS = 500
"""Review starts once so many items are embedded."""
NEIGHBOURS = 50
SEED = 0


@dataclass(frozen=True, slots=True)
class WorkspaceSettings:
    """Where the items come from and what embeds them; kept in ``workspace.json``."""

    source: str | None = None
    embeddings: str | None = None
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
        least = _LEAST.get(name)
        if least is not None and value is not None and not _at_least(value, least):
            raise CurationError(f"Expected a number of at least {least} for {name}, got {value!r}.")
    return replace(settings, **changes)


def _at_least(value: Any, least: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= least


def read(path: Path, cls: type[S]) -> S:
    """Settings from a JSON file, defaults where it is absent; unknown keys are ignored."""
    if not path.exists():
        return cls()
    stored = json.loads(path.read_text("utf-8"))
    known = {field.name for field in fields(cls)}
    return cls(**{name: value for name, value in stored.items() if name in known})


def write(path: Path, settings: WorkspaceSettings | CriterionSettings) -> None:
    """Write settings as JSON, whole or not at all."""
    write_json(path, asdict(settings))


def write_json(path: Path, value: Any) -> None:
    """Write JSON to a temporary file, sync it and rename it over ``path``."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(value, file, indent=2, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
