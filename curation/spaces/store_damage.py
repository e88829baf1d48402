"""Damage to an embedding store that an opening finds: the rows that are whole are kept.

What was lost is embedded again, because the items are no longer among the stored ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path
from typing import Any

from curation import files
from curation.spaces.shelf import CARD

_CARD = {"spec": str, "dim": int, "n_views": int, "has_text": bool}


def mend_store(folder: Path, spec: str) -> list[str]:
    """Put aside what is damaged in a store's folder and keep what is whole; what was found.

    ``spec`` names the encoder where the store's card does not. Raises WorkspaceError where the disk
    does not let it.
    """
    if not folder.is_dir():
        return []
    card, meta = read_object(folder / CARD), read_object(folder / "store.json")
    dims = (found.get("dim") for found in (meta, card) if found)
    dim = next((dim for dim in dims if _is_count(dim)), None)
    if dim is None:
        aside = files.put_aside(folder)
        return [f"The embeddings in {folder} are damaged (no dimension is known): they are made "
                f"again, the old ones are in {aside}."]  # fmt: skip
    notes = []
    if not meta or not _is_count(meta.get("dim")):
        notes += _remade(folder / "store.json", {"format": 1, "dim": dim})
    notes += _cut(folder, dim)
    if (folder / CARD).exists() and not _is_card(card):
        fresh = {"spec": spec, "dim": dim, "n_views": _n_views(folder), "has_text": False}
        notes += _remade(folder / CARD, fresh)
    return notes


def read_object(path: Path) -> dict[str, Any] | None:
    """The JSON object in a file, None where there is none or something else."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_card(card: dict[str, Any] | None) -> bool:
    return card is not None and all(type(card.get(name)) is kind for name, kind in _CARD.items())


def _remade(path: Path, value: Any) -> list[str]:
    told = ""
    if path.exists():
        told = f" The damaged file is {files.put_aside(path).name}."
    files.write_json(path, value)
    return [f"{path} was missing or damaged and was made again.{told}"]


def _cut(folder: Path, dim: int) -> list[str]:
    """Keep as many leading rows as have a sound name and a whole vector."""
    names = folder / "ids.txt"
    if not names.exists():
        return []
    lines = names.read_bytes().split(b"\n")[:-1]  # a last line without end was never committed
    rows = _size(folder / "vectors.f32") // (4 * dim)
    sound = list(_sound(lines))[:rows]
    notes = []
    if len(sound) < len(lines):
        aside = files.put_aside(names)
        files.write_bytes(names, b"".join(line + b"\n" for line in sound))
        notes.append(
            f"The embeddings in {folder} are damaged: {len(sound)} of {len(lines)} are whole, the "
            f"others are made again. What was there is listed in {aside.name}."
        )
    for count in folder.glob("views-*.json"):
        notes += _cut_views(count, dim, len(sound))
    return notes


def _sound(lines: Iterable[bytes]) -> Iterable[bytes]:
    seen = set[bytes]()

    def is_sound(line: bytes) -> bool:
        known = line in seen
        seen.add(line)
        return not known and line.isascii() and line.decode("latin-1").isprintable() and line != b""

    return takewhile(is_sound, lines)


def _cut_views(count: Path, dim: int, rows: int) -> list[str]:
    """Take views up to a row only: of no more rows than there are, nor than the file holds."""
    try:
        told = int(json.loads(count.read_text()))
    except (ValueError, TypeError):
        files.put_aside(count)
        return [f"{count} is damaged; the views it counted are made again."]
    n_views = count.stem.partition("-")[2]
    each = 2 * dim * max(int(n_views) if n_views.isdigit() else 1, 1)
    whole = min(told, rows, _size(count.with_suffix(".f16")) // each)
    if whole == told:
        return []
    files.write_json(count, whole)
    return [f"{count.with_suffix('.f16')} is cut; views from row {whole} on are made again."]


def _n_views(folder: Path) -> int:
    found = (path.stem.partition("-")[2] for path in folder.glob("views-*.f16"))
    return max((int(name) for name in found if name.isdigit()), default=0)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
