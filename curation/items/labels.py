"""Class names out of a folder tree: ``train/cat/1.jpg`` is a cat."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

MOST = 300
"""Classes of a tree that is met with a question: every two of them are set apart."""
_LABELLED = 0.5
"""Least share of the images in a folder of their own."""
_EACH = 2.0
"""Least mean number of images a class."""
_LONGEST = 200
_SPLITS = frozenset(["train", "training", "val", "valid", "validation", "test", "testing", "dev"])
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR = re.compile(r"(?:19|20)\d{2}(?!\d)|(?:19|20)\d{2}[01]\d(?:[0-3]\d)?(?!\d)")
_DAY = re.compile(r"\d{1,2}(?:[-_. ]\d{1,2})?")
_MONTH = re.compile(rf"(?:\d{{1,2}}[-_. ]*)?(?:{'|'.join(_MONTHS)})[a-z]*(?:[-_. ]*\d{{1,4}})?")
_CAMERA = re.compile(
    r"\d{3}(?:_?\d{4}|[a-z]{4,6}|[a-z0-9_]{5})|dcim|camera|screenshots?|img_?\d*|photos?|pictures?"
)
"""What a camera or phone names its folders (DCF: three digits and five signs)."""


def class_names(folders: Mapping[str, str]) -> dict[str, str]:
    """Image -> class, from image -> folder (parts joined by "/"; "" for none).

    Parts that name a split (train, val, test) and what all folders begin with say nothing of a
    class and are left out. Empty where the tree names no classes: fewer than two or more than 300
    folders, hardly more than an image each, or names that are dates and cameras' numbers only.
    """
    kept = {image: _without_splits(folder) for image, folder in folders.items() if folder}
    classes = {folder: "" for folder in kept.values() if folder}
    common = _common(list(classes))
    classes = {folder: "/".join(folder.split("/")[common:]) for folder in classes}
    found = {
        image: classes[folder]
        for image, folder in kept.items()
        if folder and classes[folder].isprintable() and 0 < len(classes[folder]) <= _LONGEST
    }
    size = Counter(found.values())
    if not 2 <= len(size) <= MOST or len(found) < max(_LABELLED * len(folders), _EACH * len(size)):
        return {}
    return {} if all(_says_when(folder.split("/")) for folder in classes) else found


def _without_splits(folder: str) -> str:
    parts = folder.split("/")
    return "/".join(part for part in parts if part.lower() not in _SPLITS)


def _common(folders: list[str]) -> int:
    """Number of parts that all folders begin with; each keeps at least one."""
    parts = [folder.split("/") for folder in folders]
    if not parts:
        return 0
    first, last = min(parts), max(parts)
    common = next((at for at, part in enumerate(first) if last[at : at + 1] != [part]), len(first))
    return min(common, min(map(len, parts)) - 1)


def _says_when(parts: list[str]) -> bool:
    """Whether a folder is a date or a camera's: such trees are of moments, not of classes.

    A bare number is a day or a month only below a year: classes may be called 0 to 9.
    """
    plain = [part.strip().lower() for part in parts]
    dated = [bool(_YEAR.match(part)) for part in plain]
    whole = [
        is_date or bool(_CAMERA.fullmatch(part)) or bool(_MONTH.fullmatch(part))
        or (any(dated[:place]) and bool(_DAY.fullmatch(part)))
        for place, (part, is_date) in enumerate(zip(plain, dated, strict=True))
    ]  # fmt: skip
    return all(whole)
