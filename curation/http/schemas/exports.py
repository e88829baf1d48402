"""What is written for training code."""

from __future__ import annotations

from typing import Any

from curation.http.schemas.common import Exported, Name, Scope


class ExportIn(Scope):
    what: Name = "pairs"
    format: Name = "parquet"
    implied: bool = False


class Written(Exported):
    """``manifest`` names the criterion, the generation, the log position and the counts."""

    rows: int
    manifest: dict[str, Any]


class WrittenSession(Exported):
    """A session's archive; ``encoder`` says where to find what lies below its adapter."""

    files: list[str]
    encoder: str
