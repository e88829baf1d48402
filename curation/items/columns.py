"""Which columns of a table name a file, a folder and a box."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from curation.errors import SourceError

Form = Literal["box", "corners", "centre", "list", "corner list"]

FILES = (
    "file", "file_name", "filename", "file_path", "filepath", "path", "image", "image_path",
    "imagepath", "image_file", "imagefile", "image_filename", "image_name", "imagename", "img",
    "img_path", "img_file", "img_name", "relative_path", "relativepath", "rel_path", "relpath",
    "source_file", "sourcefile", "fileupload", "file_upload", "uri", "photo", "picture", "url",
    "image_url",
)  # fmt: skip
"""Usual names of the column that names the images, the likeliest first."""
_FOLDERS = ("relativepath", "relative_path", "directory", "folder", "dir")
_PARTS: Mapping[Form, tuple[tuple[str, str, str, str], ...]] = {
    "corners": (
        ("xmin", "ymin", "xmax", "ymax"),
        ("x_min", "y_min", "x_max", "y_max"),
        ("x1", "y1", "x2", "y2"),
        ("left", "top", "right", "bottom"),
    ),
    "centre": (
        ("x_center", "y_center", "width", "height"),
        ("xcenter", "ycenter", "width", "height"),
        ("x_center", "y_center", "w", "h"),
        ("cx", "cy", "w", "h"),
    ),
    "box": (
        ("x", "y", "w", "h"),
        ("x", "y", "width", "height"),
        ("left", "top", "width", "height"),
        ("x_min", "y_min", "width", "height"),
        ("xmin", "ymin", "width", "height"),
    ),
}
_PREFIXES = ("", "bbox_", "box_")
_LISTS = ("box", "bbox", "boxes", "bboxes", "bounding_box", "boundingbox")
_CORNER_LISTS = ("bbox_xyxy", "box_xyxy", "xyxy")


@dataclass(frozen=True, slots=True)
class BoxColumns:
    """The columns that hold a row's box, in the order of ``form``: one column with a list (or
    text) of x, y, width, height or of corners, or four with its parts."""

    form: Form
    names: tuple[str, ...]

    def of(self, values: Mapping[str, Any]) -> Any:
        """What a row says of its box; None where it says nothing."""
        if len(self.names) == 1:
            return values.get(self.names[0])
        parts = [values.get(name) for name in self.names]
        return None if all(part is None for part in parts) else parts


def file_column(columns: Sequence[str], wanted: str | None, where: str) -> str:
    """The column that names the images: ``wanted``, else the likeliest of the usual names.

    Raises SourceError where there is none.
    """
    plain = by_plain_name(columns)
    if wanted is not None:
        found = wanted if wanted in columns else plain.get(_plain(wanted))
        if found is None:
            raise SourceError(
                f"{where} has no column {wanted!r}, got the columns {_listed(columns)}. "
                "Name one of these with --file-column."
            )
        return found
    for name in FILES:
        if name in plain:
            return plain[name]
    raise SourceError(
        f"{where} needs a column that names the images (file, filename, path, image, ...), got "
        f"the columns {_listed(columns)}. Name it with --file-column, or rename it to 'file'."
    )


def folder_column(columns: Sequence[str], file: str) -> str | None:
    """The column with the folder of the file, as camera trap programs write it beside the name."""
    plain = by_plain_name(columns)
    return next((plain[n] for n in _FOLDERS if n in plain and plain[n] != file), None)


def path_columns(columns: Sequence[str], file: str) -> list[str]:
    """Further columns of the usual names, which may hold the path of what ``file`` names."""
    plain = by_plain_name(columns)
    return [plain[name] for name in FILES if name in plain and plain[name] != file]


def box_columns(columns: Sequence[str], file: str) -> BoxColumns | None:
    """The columns that say where in the image the item is; None where none does."""
    plain = {name: column for name, column in by_plain_name(columns).items() if column != file}
    for name in _LISTS:
        if name in plain:
            return BoxColumns("list", (plain[name],))
    for name in _CORNER_LISTS:
        if name in plain:
            return BoxColumns("corner list", (plain[name],))
    for form, choices in _PARTS.items():
        for prefix in _PREFIXES:
            for parts in choices:
                names = [prefix + part for part in parts]
                if all(name in plain for name in names):
                    return BoxColumns(form, tuple(plain[name] for name in names))
    return None


def by_plain_name(columns: Sequence[str]) -> dict[str, str]:
    """Columns by their names in lower case, padding gone, and one sign between words."""
    return {_plain(column): column for column in reversed(columns)}


def _plain(name: str) -> str:
    return re.sub(r"[\s\-.]+", "_", name.strip().strip("\ufeff\"'").casefold())


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(columns) or "none"
