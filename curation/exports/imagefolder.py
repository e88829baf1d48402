"""Groups as an ``imagefolder`` of Hugging Face's datasets: images and ``metadata.jsonl``.

https://huggingface.co/docs/datasets/image_dataset#imagefolder

All lie in ``train``: the words train, test and validation in any other name would make splits of
them, and leave out the rest.
"""

from __future__ import annotations

import json

from curation.exports.copies import copied
from curation.exports.folders import original
from curation.exports.images import Images
from curation.exports.table import Table
from curation.exports.trees import Tree, put

_FOLDER = "train"


def write_imagefolder(tree: Tree, table: Table, images: Images) -> int:
    """The images, and a line for each; returns their number."""
    lines = []
    for name, one in copied(tree, table, images, lambda _: _FOLDER):
        told = {"file_name": name.removeprefix(f"{_FOLDER}/"), "label": one.label, **original(one)}
        lines.append(json.dumps(told, ensure_ascii=False, allow_nan=False) + "\n")
    put(tree, f"{_FOLDER}/metadata.jsonl", "".join(lines).encode())
    return len(lines)
