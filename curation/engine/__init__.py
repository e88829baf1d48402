"""Background work of a workspace: intake, projections, training and maps."""

from __future__ import annotations

from curation.engine.engine import Engine

__all__ = ["Engine"]
