"""What img2dataset says of an image, in a file of the same name beside it."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from curation.items.values import json_value

_LARGEST = 1 << 16  # bytes: what describes one image is short


class Sidecars:
    """The ``.json`` files of a folder that describe the image of the same name.

    Only those that name it as their ``key``, as img2dataset writes them
    (https://github.com/rom1504/img2dataset#output-format): where the first one of a folder does
    not, the others are not opened.
    """

    def __init__(self, folder: Path, names: Collection[str]) -> None:
        self._folder = folder
        self._names = names
        self._ours = True

    def of(self, image: str) -> dict[str, Any]:
        """The attributes of the image called so; none without such a file."""
        stem = image.rpartition(".")[0]
        name = f"{stem}.json"
        if not self._ours or name not in self._names:
            return {}
        about = _read(self._folder / name)
        self._ours = str(about.pop("key", "")) == stem
        return about if self._ours else {}


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            return {}
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return {str(k): json_value(v) for k, v in found.items()} if isinstance(found, dict) else {}
