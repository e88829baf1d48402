"""The job that embeds captions by the encoder's text tower."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from curation.items.atomic import write_atomic
from curation.paths import Paths
from curation.worker.embedding import encoder_of
from curation.worker.process import Job

_BATCH = 64


def captions(root: str, spec: str, device: str, texts: Sequence[tuple[str, str]]) -> Job:
    """Embed (item id, caption) pairs, each caption once, into a table of vectors by item id.

    The table is named by its captions, so that what is there already is not made again.
    """
    encoder = encoder_of(spec, device)
    digest = hashlib.blake2b(repr(sorted(texts)).encode("utf-8", "surrogatepass"), digest_size=8)
    folder = Paths(Path(root)).store(encoder.fingerprint)
    file = folder / f"captions-{digest.hexdigest()}.npz"
    distinct = sorted({text for _, text in texts})
    yield {"done": 0, "total": len(distinct)}
    if not file.exists():
        rows = []
        for start in range(0, len(distinct), _BATCH):
            rows.append(encoder.encode_text(distinct[start : start + _BATCH]).numpy())
            yield {"done": start + len(rows[-1]), "total": len(distinct)}
        place = {text: row for row, text in enumerate(distinct)}
        vectors = np.concatenate(rows)[[place[text] for _, text in texts]]
        files = np.array([item for item, _ in texts])
        write_atomic(file, lambda stream: np.savez(stream, F=vectors, files=files))
        for old in folder.glob("captions-*.npz"):
            if old != file:
                old.unlink()
    return {"file": str(file)}
