"""Interactive curation of positive and negative pairs for visual contrastive learning."""

from __future__ import annotations

__version__ = "0.1.0"
