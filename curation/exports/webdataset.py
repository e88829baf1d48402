"""Pairs as WebDataset, see https://github.com/webdataset/webdataset#the-webdataset-format.

``pairs-000000.tar`` and so on; a pair is ``<key>.a.jpg``, ``<key>.b.jpg`` (or ``.png``) and
``<key>.json``, its row in the pairs export.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from typing import Any

from curation.errors import SourceError
from curation.exports.images import Images, Picture
from curation.exports.labelled import records
from curation.exports.table import Table
from curation.exports.trees import Tree

SHARD_PAIRS = 10_000
SHARD_BYTES = 1 << 30
_DECODED = (".jpg", ".png")
"""What WebDataset's own decoder reads; images of other formats come as PNG."""
Member = tuple[str, bytes]


class _Header(tarfile.TarInfo):
    """What stands before a member of so many bytes."""

    def __init__(self, name: str, size: int) -> None:
        super().__init__(name)
        self.size = size


def write_webdataset(tree: Tree, table: Table, images: Images) -> int:
    """Shards of at most `SHARD_PAIRS` pairs or about `SHARD_BYTES`; returns the number of pairs."""
    pairs = _pairs(table, images)
    n_pairs, n_shards = 0, 0
    pair = next(pairs, None)
    while pair is not None:
        with (
            tree.open(f"pairs-{n_shards:06d}.tar") as file,
            tarfile.open(fileobj=file, mode="w|", format=tarfile.GNU_FORMAT) as archive,
        ):
            n_inside, size = 0, 0
            while pair is not None and n_inside < SHARD_PAIRS and size < SHARD_BYTES:
                size += _add(archive, f"{n_pairs:09d}", pair)
                n_pairs, n_inside = n_pairs + 1, n_inside + 1
                pair = next(pairs, None)
        n_shards += 1
    return n_pairs


def _add(archive: tarfile.TarFile, key: str, members: list[Member]) -> int:
    for name, data in members:
        archive.addfile(_Header(f"{key}.{name}", len(data)), io.BytesIO(data))
    return sum(len(data) for _, data in members)


def _pairs(table: Table, images: Images) -> Iterator[list[Member]]:
    """The members of each pair whose images are both there; what is not is told once."""
    pictures: dict[str, Picture | None] = {}

    def image(item_id: str, end: str) -> Member | None:
        if item_id not in pictures:
            pictures[item_id] = images.first(item_id)
        picture = pictures[item_id]
        if picture is None:
            return None
        try:
            data, suffix = picture.content(_DECODED)
        except SourceError as error:
            images.unreadable(picture, error)
            pictures[item_id] = None
            return None
        return f"{end}{'.png' if suffix.lower() == '.png' else '.jpg'}", data

    for row in records(table):
        a, b = image(row["id_a"], "a"), image(row["id_b"], "b")
        if a is None or b is None:
            images.counts["left_out_pairs"] += 1
        else:
            yield [a, b, ("json", _json(row))]


def _json(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, allow_nan=False).encode()
