"""The folder that keeps a distillation's state, so that an interrupted one goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from curation.errors import TrainingError
from curation.items.atomic import write_atomic


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

        Raises TrainingError if what is here came of other images, another teacher or other
        settings, naming the first that differs.
        """
        path = self.root / "run.json"
        told = json.loads(json.dumps(run))
        known = _read(path)
        if known is None:
            text = json.dumps(told, indent=1)
            write_atomic(path, lambda file: file.write(text.encode()))
            return
        for key in told:
            if known.get(key) != told[key]:
                raise TrainingError(
                    f"{self.root} holds a run with {key} {known.get(key)}, got {told[key]}; repeat "
                    "the first command to go on with it, or give another --work."
                )


def _read(path: Path) -> dict[str, Any] | None:
    try:
        read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise TrainingError(f"{path} is damaged ({error}); give another --work.") from error
    return read
