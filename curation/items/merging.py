"""One item of all the places where it was seen, and what stays of one that was not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from curation.items.records import Record, Stamp
from curation.items.sighting import Sighting
from curation.types import Item


def merged(old: Record | None, sightings: Sequence[Sighting]) -> Record:
    """The record of an item seen at these places; ``old`` is what was known of it."""
    by_path: dict[str, Sighting] = {}
    for sighting in sightings:  # of several at one place the first one counts
        by_path.setdefault(sighting.entry.path, sighting)
    # known paths keep their order, so that an item keeps its name
    known = [path for path in (old.item.paths if old else ()) if path in by_path]
    paths = tuple(dict.fromkeys([*known, *by_path]))
    first = by_path[paths[0]]
    exif = first.exif or {}
    item = Item(
        id=first.id,
        paths=paths,
        width=first.size[0],
        height=first.size[1],
        attributes=merge_attributes(exif, [by_path[path].entry.attributes for path in paths]),
        box=first.entry.box,
    )
    aliases = dict.fromkeys(old.aliases if old else ())
    aliases |= dict.fromkeys(one.alias for one in sightings if one.alias is not None)
    stamps = tuple(by_path[path].stamp for path in paths)
    return Record(item, exif, stamps, old.pixels if old else first.pixels, tuple(aliases))


def is_contradicted(sighting: Sighting, before: Sequence[Sighting]) -> bool:
    """Whether the same was seen at this place before, with other attributes."""
    entry = sighting.entry
    return any(
        one.entry.path == entry.path and one.entry.attributes != entry.attributes for one in before
    )


def places_of(found: Mapping[str, Sequence[Sighting]]) -> dict[str, Stamp]:
    """What lies at every path now."""
    return {
        one.entry.path: one.stamp
        for several in found.values()
        for one in several
        if one.entry.file is not None
    }


def without_taken(old: Record, places: Mapping[str, Stamp]) -> Record:
    """An item that is not there, without the paths at which another file lies by now: an export
    would name that file for it."""
    kept = [
        (path, stamp)
        for path, stamp in zip(old.item.paths, old.stamps, strict=True)
        if places.get(path, stamp) == stamp
    ]
    item = replace(old.item, present=False, paths=tuple(path for path, _ in kept))
    return replace(old, item=item, stamps=tuple(stamp for _, stamp in kept))


def merge_attributes(
    exif: Mapping[str, Any], of_paths: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """One item's attributes: of its first path, over what EXIF says where a column is silent.

    Where paths differ in a column, ``"<column>:all"`` lists the distinct values in path order.
    """
    merged = dict(exif)
    values: dict[str, list[Any]] = {}
    for attributes in of_paths:
        for column, value in attributes.items():
            distinct = values.setdefault(column, [])
            if value is not None and value not in distinct:
                distinct.append(value)
    for column, distinct in values.items():
        if distinct:
            merged[column] = distinct[0]
        else:
            merged.setdefault(column, None)
        if len(distinct) > 1:
            merged[f"{column}:all"] = distinct
    return merged
