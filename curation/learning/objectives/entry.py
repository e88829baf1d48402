"""What the catalogue says of an objective; no torch here, so that a page can list them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from importlib.util import find_spec

from curation.errors import TrainingError

NEEDS = {
    "embeddings": "vectors of the items",
    "views": "two views of each item (cached augmentations, or noise on its vector)",
    "answers": "answered pairs",
    "teacher": "the items as the embedding, the last generation or a moving average sees them",
    "text": "a vector of a second modality, such as text, beside each item",
    "attributes": "a number beside each item, such as an age",
    "sequence": "items in sequences, in order of time",
}
LIVE = frozenset({"embeddings", "views", "answers", "teacher"})
"""What training beside the review has."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One objective: ``place`` is ``"package.module:Class"``, a class built from a ``Head``.

    ``needs`` are keys of ``NEEDS``; ``source`` is "ours" or the library that computes the loss,
    ``package`` a module that must be there beyond what is always installed.
    """

    id: str
    summary: str
    paper: str
    place: str
    needs: tuple[str, ...] = ("embeddings", "views")
    source: str = "ours"
    package: str = ""

    def absent(self, have: Collection[str] = LIVE) -> tuple[str, ...]:
        """Of what it needs, what is not among ``have`` or not installed, in words."""
        gone = [NEEDS.get(need, need) for need in self.needs if need not in have]
        if self.package and not _installed(self.package):
            gone.append(f"the package {self.package} (pip install 'curation[objectives]')")
        return tuple(gone)

    def require(self, have: Collection[str] = LIVE) -> None:
        """Raises TrainingError where something it needs is absent."""
        gone = self.absent(have)
        if gone:
            raise TrainingError(
                f"Objective {self.id!r} needs {' and '.join(gone)}, which is not there. "
                "Provide it, or choose another objective (see: curation objectives)."
            )


def _installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except Exception:  # whatever the package that it lies in raises
        return False
