"""The folder that keeps a distillation's state, so that an interrupted one goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from curation import files
from curation.errors import TrainingError

_COMPUTED = {"images", "teacher", "exclude", "size", "crops", "seed"}
"""What the pictures and the teacher's vectors depend on; all else is the training's alone."""


class Work:
    """Paths below ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.pictures = root / "pictures"
        self.teacher = root / "teacher"
        self.checkpoint = root / "checkpoint.pt"
        self.snapshot = root / "snapshot.safetensors"

    def claim(self, run: dict[str, Any]) -> None:
        """Begin ``run`` here, or go on with it.

        Settings of the training may change while there is no checkpoint. Raises TrainingError if
        what is here came of other images, another teacher or other settings, naming the first
        that differs.
        """
        path = self.root / "run.json"
        told = json.loads(json.dumps(run))
        known = _read(path) or told
        for key in told:
            if known.get(key) == told[key]:
                continue
            if key in _COMPUTED:
                raise self._refusal(key, known.get(key), told[key], "give another --work")
            if self.checkpoint.exists():
                anew = f"delete {self.checkpoint} to train anew (the teacher's vectors stay)"
                raise self._refusal(key, known.get(key), told[key], anew)
        files.write_json(path, told)

    def _refusal(self, key: str, known: object, told: object, otherwise: str) -> TrainingError:
        return TrainingError(
            f"{self.root} holds a run with {key} {known}, got {told}; repeat the first command to "
            f"go on with it, or {otherwise}."
        )


def _read(path: Path) -> dict[str, Any] | None:
    try:
        read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise TrainingError(f"{path} is damaged ({error}); give another --work.") from error
    return read
