"""Groups as FiftyOne's FiftyOneImageClassificationDataset: ``data/`` and ``labels.json``.

https://docs.voxel51.com/user_guide/import_datasets.html#fiftyoneimageclassificationdataset
"""

from __future__ import annotations

from typing import Any

from curation.exports.copies import copied
from curation.exports.images import Images
from curation.exports.table import Table
from curation.exports.trees import Tree, put_json


def write_fiftyone(tree: Tree, table: Table, images: Images) -> int:
    """Every image under a name that no other has, even without suffix, as FiftyOne asks; the
    labels' ``attributes`` say how they are known. Returns the number of images."""
    labels: dict[str, dict[str, Any]] = {}
    for name, one in copied(tree, table, images, lambda _: "data"):
        key = name.removeprefix("data/").rpartition(".")[0]
        probability = one.about["probability"]
        sure = {} if probability is None else {"confidence": probability}
        labels[key] = {"label": one.label, **sure, "attributes": one.state}
    put_json(tree, "labels.json", {"labels": labels})
    return len(labels)
