"""The live state of one criterion, and its one owner."""

from __future__ import annotations

from curation.criterion.criterion import Criterion

__all__ = ["Criterion"]
