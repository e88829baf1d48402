"""CVAT for images 1.1, see https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/.

``annotations.xml``, with the images in ``images/`` beside it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

from curation.errors import SourceError
from curation.items.annotations.common import Json, boxed, is_named, with_attributes, with_image
from curation.items.entry import Report
from curation.items.manifest import Named
from curation.items.tables.read import Row

IMAGES = "images"
"""The folder of the images, beside the annotations."""
_OF_IMAGE = ("id", "name", "width", "height")
_GEOMETRY = (
    "label", "xtl", "ytl", "xbr", "ybr", "points", "rotation", "z_order", "cx", "cy", "rx", "ry",
    "rle", "left", "top", "width", "height",
)  # fmt: skip
_EXPECTED = "Expected annotations.xml of a task exported as 'CVAT for images 1.1'."
Numbers = tuple[float, float, float, float]


def read_xml(path: Path) -> ElementTree.Element:
    """The root of an XML file; raises SourceError where there is none, or not of CVAT."""
    try:
        root = ElementTree.parse(path, ElementTree.XMLParser(target=_Tree())).getroot()
    except (OSError, ValueError, LookupError, ElementTree.ParseError) as error:
        raise SourceError(f"{path} cannot be read as XML ({error}). {_EXPECTED}") from error
    if root is None or root.tag != "annotations":
        got = "nothing" if root is None else f"<{root.tag}>"
        raise SourceError(f"{path} is no annotation file that is known, got {got}. {_EXPECTED}")
    if root.find("image") is None and root.find("track") is not None:
        raise SourceError(f"{path} holds the tracks of a video, which are not read. {_EXPECTED}")
    return root


class _Tree(ElementTree.TreeBuilder):
    """Takes no document type: entities of strangers may name files, or grow without bound."""

    def doctype(self, name: str, *_: str | None) -> None:
        raise ValueError(f"it declares a document type: {name}")


def cvat(root: ElementTree.Element, table: str, folder: Path, report: Report) -> Iterator[Named]:
    """An item for each box of each image, the whole image where it has none.

    The class of a box is ``category``, the tags of the image are ``label``; an attribute that is
    called so is ``category_attribute`` or ``label_attribute``. Any other shape with an area is read
    as the box around it, which is told as are those that are left out.
    """
    told: Counter[str] = Counter()
    for number, image in enumerate(root.iter("image"), start=1):
        name = image.get("name", "")
        if not is_named(name, f"{table} image {number}", report):
            continue
        about, below = _about(image), _folder(folder, image.get("subset"))
        row, n_boxes = Row(number, {}), 0
        for shape in image:
            if shape.tag in ("tag", "attribute"):
                continue
            box = _box(shape, told)
            if box is None:
                continue
            n_boxes += 1
            said = with_image(_said(shape), about)
            for one in boxed(row, name, said, box, table, report):
                yield replace(one, folder=below)
        if not n_boxes:
            yield Named(row, name, about, folder=below)
    for what, count in told.items():
        report.note(table, f"{count:,} {what}")


def _about(image: ElementTree.Element) -> Json:
    """What is said of an image as a whole; an attribute that several of its tags have is a list of
    what each says, as the tags themselves are."""
    tags = image.findall("tag")
    about: Json = {name: text for name, text in image.attrib.items() if name not in _OF_IMAGE}
    labels = [tag.get("label") for tag in tags]
    if labels:
        about["label"] = labels[0] if len(labels) == 1 else labels
    said: defaultdict[str, list[str | None]] = defaultdict(list)
    for tag in tags:
        for name, text in _attributes(tag).items():
            said[name].append(text)
    return with_attributes(
        about, {name: texts[0] if len(texts) == 1 else texts for name, texts in said.items()}
    )


def _said(shape: ElementTree.Element) -> Json:
    """What is said of a shape."""
    fields = {name: text for name, text in shape.attrib.items() if name not in _GEOMETRY}
    return with_attributes({**fields, "category": shape.get("label")}, _attributes(shape))


def _attributes(part: ElementTree.Element) -> Json:
    """The attributes that the task gives to a label; text stays text."""
    return {str(one.get("name")): one.text for one in part.findall("attribute")}


def _folder(folder: Path, subset: str | None) -> str | None:
    """Where the images lie; of a project those of each subset in a folder of its own."""
    of_subset = f"{IMAGES}/{subset}"
    with suppress(OSError):  # no folder can have a name so long
        if subset and (folder / of_subset).is_dir():
            return of_subset
    return IMAGES if (folder / IMAGES).is_dir() else None


def _box(shape: ElementTree.Element, told: Counter[str]) -> list[float] | Json | None:
    """x, y, width and height; what stands there where that is no shape, None for one without area.

    ``told`` counts what is not read as it stands there.
    """
    around = _AROUND.get(shape.tag)
    if around is None:
        told[f"of {shape.tag} have no area and are left out"] += 1
        return None
    try:
        left, top, right, bottom = around(shape)
    except (KeyError, ValueError):
        return dict(shape.attrib)
    if shape.tag != "box":
        told[f"of {shape.tag} are read as the box around"] += 1
    elif _angle(shape):
        told["turned boxes are read as the upright box around"] += 1
    return [left, top, right - left, bottom - top]


def _angle(shape: ElementTree.Element) -> float:
    """How far a shape is turned, in radians."""
    return math.radians(float(shape.get("rotation", 0)))


def _around_box(shape: ElementTree.Element) -> Numbers:
    left, top, right, bottom = (float(shape.attrib[name]) for name in ("xtl", "ytl", "xbr", "ybr"))
    cos, sin = abs(math.cos(_angle(shape))), abs(math.sin(_angle(shape)))
    width, height = right - left, bottom - top
    across, down = (width * cos + height * sin) / 2, (width * sin + height * cos) / 2
    x, y = (left + right) / 2, (top + bottom) / 2
    return x - across, y - down, x + across, y + down


def _around_polygon(shape: ElementTree.Element) -> Numbers:
    points = [tuple(map(float, one.split(","))) for one in shape.attrib["points"].split(";")]
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _around_ellipse(shape: ElementTree.Element) -> Numbers:
    x, y, rx, ry = (float(shape.attrib[name]) for name in ("cx", "cy", "rx", "ry"))
    cos, sin = math.cos(_angle(shape)), math.sin(_angle(shape))
    across, down = math.hypot(rx * cos, ry * sin), math.hypot(rx * sin, ry * cos)
    return x - across, y - down, x + across, y + down


def _around_mask(shape: ElementTree.Element) -> Numbers:
    left, top, width, height = (
        float(shape.attrib[name]) for name in ("left", "top", "width", "height")
    )
    return left, top, left + width, top + height


_AROUND: Mapping[str, Callable[[ElementTree.Element], Numbers]] = {
    "box": _around_box,
    "polygon": _around_polygon,
    "ellipse": _around_ellipse,
    "mask": _around_mask,
}
