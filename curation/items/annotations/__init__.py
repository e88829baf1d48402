"""Annotation files of other tools: one module a format, one call for all."""

from curation.items.annotations.read import SUFFIXES, read_annotations

__all__ = ["SUFFIXES", "read_annotations"]
