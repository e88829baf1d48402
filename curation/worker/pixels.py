"""The job that looks at the pixels of files, so that they are known again by them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from curation.errors import SourceError
from curation.items.decode import pixel_hash
from curation.worker.job import Steps

_AT_ONCE = 4  # files a step: any other job goes first, and waits no longer than for these


def look(files: Sequence[str]) -> Steps:
    """Hash what each file shows: (file, its stamp, hash, whether it ends too early, orientation).

    A file that cannot be decoded is passed over: encoding says why.
    """
    with ThreadPoolExecutor(2, thread_name_prefix="pixels") as pool:
        for start in range(0, len(files), _AT_ONCE):
            seen = [one for one in pool.map(_seen, files[start : start + _AT_ONCE]) if one]
            yield {"done": start + _AT_ONCE, "total": len(files), "seen": seen}
    return {"done": len(files)}


def _seen(file: str) -> tuple[Any, ...] | None:
    try:
        status = Path(file).stat()
        return (file, (status.st_size, status.st_mtime_ns), *pixel_hash(Path(file)))
    except (SourceError, OSError):
        return None
