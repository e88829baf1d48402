"""Formats of other tools: the rows of an export together with their images."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import BinaryIO

from curation.exports.coco import write_coco
from curation.exports.fiftyone import write_fiftyone
from curation.exports.folders import write_folders
from curation.exports.imagefolder import write_imagefolder
from curation.exports.images import Images
from curation.exports.label_studio import write_label_studio
from curation.exports.table import Table
from curation.exports.trees import Tree
from curation.exports.webdataset import write_webdataset

FileWriter = Callable[[BinaryIO, Table, Images], int]
TreeWriter = Callable[[Tree, Table, Images], int]

FILES: Mapping[str, Mapping[str, FileWriter]] = {
    "groups": {"coco": write_coco, "labelstudio": write_label_studio},
}
"""What is one file of JSON, and names the images where they lie, by export and format."""
TREES: Mapping[str, Mapping[str, TreeWriter]] = {
    "pairs": {"webdataset": write_webdataset},
    "groups": {
        "fiftyone": write_fiftyone,
        "folders": write_folders,
        "imagefolder": write_imagefolder,
    },
}
"""What is a folder, or a zip of it, and holds the images."""


def tool_names(what: str) -> tuple[str, ...]:
    """The formats of other tools that an export has."""
    return (*FILES.get(what, ()), *TREES.get(what, ()))
