"""Approved decisions as files for training code.

`export` writes one file and its manifest, whole or not at all. What reads them back and needs torch
is imported from its own module: `curation.exports.dataset` has `PairDataset` and `indices_tuple`.
"""

from __future__ import annotations

from curation.exports.adapter import load_adapter
from curation.exports.data import ExportData, ExportResult, Predicted
from curation.exports.entry import export, format_names, what_names
from curation.exports.support import chain_lengths

__all__ = [
    "ExportData",
    "ExportResult",
    "Predicted",
    "chain_lengths",
    "export",
    "format_names",
    "load_adapter",
    "what_names",
]
