"""Labelled images copied into a tree of files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from curation.errors import SourceError
from curation.exports.images import Images
from curation.exports.labelled import Labelled, labelled
from curation.exports.names import FreeNames
from curation.exports.table import Table
from curation.exports.trees import Tree, put_picture

_ID = 10  # digits of an item's id that make a name its own


def copied(
    tree: Tree, table: Table, images: Images, folder: Callable[[Labelled], str]
) -> Iterator[tuple[str, Labelled]]:
    """Put every image into the folder that is said for it, under its own name where that is free.

    The names in the tree, with what is there; an image that cannot be read is told.
    """
    names: defaultdict[str, FreeNames] = defaultdict(FreeNames)
    for one in labelled(table, images):
        place = folder(one)
        wanted = PurePosixPath(one.picture.path.replace("\\", "/")).stem
        stem = names[place].take(wanted, one.picture.item.id[:_ID])
        try:
            yield put_picture(tree, f"{place}/{stem}", one.picture, images.counts), one
        except SourceError as error:
            images.unreadable(one.picture, error)
