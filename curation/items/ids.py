"""The ids of items: a hash of an image's bytes, of bytes and box, or of a name."""

from __future__ import annotations

import hashlib
from io import BufferedReader
from typing import Any

from curation.items.entry import Box


def image_id(data: bytes, box: Box | None = None) -> str:
    """Item id of an image: 32 hex digits of BLAKE2b of its bytes, and of the box for a crop."""
    return crop_id(hashlib.blake2b(data, digest_size=16), box)


def file_hash(stream: BufferedReader) -> hashlib.blake2b:
    """The running hash of a whole file, for crop_id; reads in pieces, never all at once."""
    # the stub knows no return type for a constructor with arguments
    digest: Any = hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16))
    return digest  # type: ignore[no-any-return]


def crop_id(digest: hashlib.blake2b, box: Box | None) -> str:
    """image_id from a hash of the image's bytes, which stays as it is."""
    digest = digest.copy()
    if box is not None:
        digest.update(b"\0box " + ",".join(map(str, box)).encode())
    return digest.hexdigest()


def vector_id(name: str) -> str:
    """Item id of a vector without image: 32 hex digits of BLAKE2b of its name."""
    return hashlib.blake2b(b"vector\0" + name.encode("utf-8"), digest_size=16).hexdigest()
