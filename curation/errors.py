"""Errors a caller can act on.

Every message says what was expected, what was got and what to do next.

    CurationError
    ├── SourceError       images, manifests, vectors: nothing usable, or not in the expected form
    ├── EncoderError      unknown encoder, weights that do not load or do not fit
    ├── WorkspaceError    a folder that cannot be used as a workspace
    │   ├── WorkspaceBusy     another process holds it
    │   ├── SchemaError       written by a newer version
    │   ├── StorageFull       nothing was written: no room is left
    │   └── StorageBusy       nothing was written: another process is writing to the database
    ├── UnknownName       no strategy, objective, criterion, ... of that name (lists the valid ones)
    ├── DecisionError     a decision that cannot be recorded (unknown item, self-pair, ...)
    ├── ProposalError     a strategy returned something it must not return
    ├── TrainingError     too few decisions, an objective whose needs are absent, a non-finite loss
    ├── Overtaken         newer items have replaced what was asked about; ask again
    ├── BusyError         more at once than can be done; says when to come again
    └── ExportError       nothing to export, or a target that cannot be written
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class CurationError(Exception):
    """Base of all errors that this package raises on purpose."""


class SourceError(CurationError):
    """A source of items is missing, empty or malformed."""


class EncoderError(CurationError):
    """An encoder is unknown, or its weights do not load or do not fit."""


class WorkspaceError(CurationError):
    """A folder cannot be used as a workspace."""


class WorkspaceBusy(WorkspaceError):
    """Another process holds the workspace."""


class SchemaError(WorkspaceError):
    """The workspace was written by a newer version of this package."""


class StorageFull(WorkspaceError):
    """The disk (or a quota) takes nothing more; nothing of what was to be written is there."""


class StorageBusy(WorkspaceError):
    """Another process holds the database's write lock; nothing was recorded, a repeat may be."""


class UnknownName(CurationError):
    """No registered thing has the name asked for.

    ``then`` says what to do where the valid names are too many to list.
    """

    def __init__(self, what: str, got: str, valid: Iterable[str] = (), then: str = "") -> None:
        names = sorted(valid)
        near = difflib.get_close_matches(got, names, n=3)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        told = then or f"Valid: {', '.join(names) or 'none'}."
        super().__init__(f"Unknown {what} {got!r}.{hint} {told}")


class DecisionError(CurationError):
    """A decision cannot be recorded as given."""


class ProposalError(CurationError):
    """A strategy broke its contract; the message names it."""


class TrainingError(CurationError):
    """Training cannot start or did not produce a usable generation."""


class Overtaken(CurationError):
    """Something newer has replaced what was asked about; the same may be asked of that."""


class BusyError(CurationError):
    """More was asked for at once than can be done; ``seconds`` says when to come again."""

    def __init__(self, message: str, seconds: float = 1.0) -> None:
        super().__init__(message)
        self.seconds = seconds


class ExportError(CurationError):
    """An export cannot be written; nothing was left behind."""
