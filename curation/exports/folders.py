"""Groups as one folder each, below a folder for how they are known: ``decided``, ``auto`` and
``predicted``, so that code which takes folders for classes takes no guess for an answer."""

from __future__ import annotations

import csv
import io

from curation.exports.copies import copied
from curation.exports.images import Images
from curation.exports.labelled import DECIDED, Labelled
from curation.exports.names import FreeNames
from curation.exports.table import Table
from curation.exports.trees import Tree, put

_COLUMNS = ("group", "name", "source", "probability", "item", "original_file", "original_box")


def write_folders(tree: Tree, table: Table, images: Images) -> int:
    """The images, and ``metadata.csv`` with a row for each; returns their number."""
    names, folders = FreeNames(), dict[str, str]()

    def folder(one: Labelled) -> str:
        group = one.about["group"]
        if group not in folders:
            folders[group] = names.take(one.label, group)
        state = "decided" if one.source in DECIDED else one.source
        return f"{state}/{folders[group]}"

    told = io.StringIO(newline="")
    rows = csv.DictWriter(told, ("file_name", *_COLUMNS))
    rows.writeheader()
    n_rows = 0
    for name, one in copied(tree, table, images, folder):
        rows.writerow({"file_name": name, **original(one)})
        n_rows += 1
    put(tree, "metadata.csv", told.getvalue().encode())
    return n_rows


def original(one: Labelled) -> dict[str, object]:
    """All columns that are said of a copy; of a crop ``original_box`` is what was cut."""
    state = one.state
    state["original_file"] = state.pop("file")
    state["original_box"] = state.pop("box", None)
    return {name: state.get(name) for name in _COLUMNS}
