"""Groups as tasks of Label Studio, see https://labelstud.io/guide/task_format.

What answers decided is an annotation, what the model thinks a prediction with its score, so that
nobody takes one for the other. A whole image has a choice, a crop a rectangle in percent of it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from curation.exports.images import Images
from curation.exports.labelled import DECIDED, Labelled, Size, labelled, located
from curation.exports.table import Table
from curation.items.entry import Box
from curation.items.places import is_absolute

Json = dict[str, Any]
Located = tuple[Labelled, Size, Box | None]
_ID = 10  # digits of an item's id


def write_label_studio(file: BinaryIO, table: Table, images: Images) -> int:
    """A list with a task for each file; returns the number of labels in them.

    Images are named as Label Studio's local files, from the folder above the source's. The
    labelling interface that shows the tasks goes into the manifest.
    """
    inside = (one for one in labelled(table, images) if _is_inside(one, images))
    by_file: defaultdict[str, list[Located]] = defaultdict(list)
    for one in located(inside, images):
        by_file[one[0].picture.path].append(one)
    tasks = [_task(*one, images) for one in enumerate(by_file.values(), start=1)]
    written = [one for several in by_file.values() for one, _, _ in several]
    file.write(json.dumps(tasks, ensure_ascii=False, allow_nan=False).encode())
    images.told["label_config"] = label_config(written)
    return len(written)


def label_config(found: Sequence[Labelled]) -> str:
    """The labelling interface that shows these labels, in Label Studio's XML."""
    whole = dict.fromkeys(one.label for one in found if one.picture.item.box is None)
    crops = dict.fromkeys(one.label for one in found if one.picture.item.box is not None)
    choices = _control("Choices", "group", "Choice", whole)
    boxes = _control("RectangleLabels", "box", "Label", crops)
    return f'<View><Image name="image" value="$image"/>{choices}{boxes}</View>'


def _control(tag: str, name: str, part: str, labels: Iterable[str]) -> str:
    inside = "".join(f"<{part} value={quoteattr(label)}/>" for label in labels)
    return f'<{tag} name="{name}" toName="image">{inside}</{tag}>' if inside else ""


def _is_inside(one: Labelled, images: Images) -> bool:
    """Whether an image lies below the source's folder; told where it does not."""
    if not is_absolute(one.picture.path):
        return True
    images.leave_out(one.picture.path, "outside", "it lies outside of the source's folder")
    return False


def _task(number: int, several: Sequence[Located], images: Images) -> Json:
    path = several[0][0].picture.path
    address = quote(f"{images.data.root.absolute().name}/{path}")
    answers = [_result(*one) for one in several if one[0].source in DECIDED]
    guesses = [one for one in several if one[0].source not in DECIDED]
    return {
        "id": number,
        "data": {"image": f"/data/local-files/?d={address}", "file": path},
        "annotations": [{"result": answers, "was_cancelled": False}] if answers else [],
        "predictions": [_prediction(one, images) for one in guesses],
    }


def _prediction(guess: Located, images: Images) -> Json:
    about, space = guess[0].about, images.data.space
    generation = "" if space is None else f", generation {space.generation}"
    return {
        "model_version": f"{about['source']}{generation}",
        "score": about["probability"],
        "result": [_result(*guess)],
    }


def _result(one: Labelled, size: Size, box: Box | None) -> Json:
    told = {"id": one.picture.item.id[:_ID], "to_name": "image", "meta": one.state}
    if box is None:
        value: Json = {"choices": [one.label]}
        return {**told, "from_name": "group", "type": "choices", "value": value}
    shares = zip(box, (*size, *size), strict=True)
    parts = (100 * pixels / whole for pixels, whole in shares)
    value = dict(zip(("x", "y", "width", "height"), parts, strict=True))
    value |= {"rotation": 0, "rectanglelabels": [one.label]}
    shown = {"original_width": size[0], "original_height": size[1], "image_rotation": 0}
    return {**told, **shown, "from_name": "box", "type": "rectanglelabels", "value": value}
