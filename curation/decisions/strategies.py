"""Strategies of decisions that are no answers to a proposed pair."""

from __future__ import annotations

FOLDERS = "folders"
"""Of the decisions that a folder's name made, and nobody's look."""
CHECKED = "check"
"""Of the answers to doubts: somebody has looked again."""
GROUPED = "group"
"""Of the decisions that a gesture on whole groups made."""
