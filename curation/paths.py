"""Where a workspace keeps what: one folder, told in one place."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Paths:
    """The files of one workspace."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "curation.db"

    @property
    def catalogue(self) -> Path:
        return self.root / "items.parquet"

    @property
    def settings(self) -> Path:
        return self.root / "workspace.json"

    @property
    def criteria(self) -> Path:
        return self.root / "criteria.json"

    @property
    def visitors(self) -> Path:
        return self.root / "visitors.json"

    @property
    def folders(self) -> Path:
        """What the names of the source's folders are taken for."""
        return self.root / "folders.json"

    @property
    def thumbnails(self) -> Path:
        return self.root / "thumbs"

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    @property
    def unpacked(self) -> Path:
        """Images out of an archive that is the source."""
        return self.root / "unpacked"

    @property
    def observed(self) -> Path:
        """Images that came over HTTP."""
        return self.root / "observed"

    @property
    def embeddings(self) -> Path:
        return self.root / "embeddings"

    def store(self, fingerprint: str) -> Path:
        return self.embeddings / fingerprint

    def generated(self, fingerprint: str, generator: str) -> Path:
        """Vectors of the images that a generator made."""
        return self.store(fingerprint) / "generated" / slug(generator)

    def captions(self, fingerprint: str) -> Path:
        """Vectors of the items' captions."""
        return self.store(fingerprint) / "captions"

    def generations(self, criterion: str) -> Path:
        return self.root / "generations" / slug(criterion)


def slug(name: str) -> str:
    """A folder name for any text: readable, and unique by a hash where characters were lost."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    if plain and plain == name:
        return plain
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{plain}-{digest}" if plain else digest
