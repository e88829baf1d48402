"""Generators: what makes further images of one (CLSP, Zeng 2024, with a diffusion model).

A package brings one by an entry point of the group ``curation.generators`` that names a class,
built without arguments in the process that encodes. None comes with this package, and none is used
unless a workspace names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol

import numpy as np
from PIL import Image

from curation.errors import ProposalError, UnknownName
from curation.spaces.store import EmbeddingStore
from curation.types import Synthetic

GROUP = "curation.generators"
PER_ITEM = 4
"""Images made of each item, once (CLSP makes 8)."""


class Generator(Protocol):
    """Makes images that show what a given one shows."""

    def generate(self, image: Image.Image, k: int) -> Sequence[Image.Image]:
        """``k`` images, of any size and mode, from an upright RGB ``image``."""


def check_name(name: str) -> None:
    """Raise UnknownName where no package brings a generator of that name."""
    if name not in (known := _points()):
        raise UnknownName("generator", name, known)


def create_generator(name: str) -> Generator:
    """The generator that a package brings. Raises UnknownName; ProposalError naming one that does
    not load."""
    check_name(name)
    point = _points()[name]
    try:
        generator: Any = point.load()()
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        raise _refusal(name, f"a class built without arguments ({point.value})", told) from error
    if not callable(getattr(generator, "generate", None)):
        raise _refusal(name, f"a method generate(image, k) ({point.value})", repr(generator))
    return generator  # type: ignore[no-any-return]


def generated(name: str, generator: Generator, image: Image.Image, k: int) -> list[Image.Image]:
    """What the generator called ``name`` makes of an RGB ``image``: ``k`` images in RGB.

    Raises ProposalError naming it where it fails or gives anything else.
    """
    try:
        made = list(generator.generate(image.copy(), k))
    except Exception as error:
        raise _refusal(name, f"{k} images", f"{type(error).__name__}: {error}") from error
    if len(made) != k:
        raise _refusal(name, f"{k} images", f"{len(made)}")
    return [_rgb(name, one) for one in made]


def generated_ids(item_id: str, k: int) -> list[str]:
    """What the ``k`` images made of an item are called in their store."""
    return [f"{item_id}-{number}" for number in range(k)]


def read_generated(store: EmbeddingStore, item_ids: Sequence[str], k: int) -> Synthetic:
    """The vectors that ``store`` holds of the ``k`` images of each item so far."""
    names = (generated_ids(item_id, k) for item_id in item_ids)
    rows = [[store.row(name) if name in store else -1 for name in of_item] for of_item in names]
    return Synthetic(store.vectors(), np.array(rows, np.int64).reshape(-1, k))


def _rgb(name: str, one: Any) -> Image.Image:
    if not isinstance(one, Image.Image) or not min(one.size):
        raise _refusal(name, "images of PIL with pixels", repr(one))
    try:
        return one.convert("RGB")
    except Exception as error:  # decoded only now
        raise _refusal(name, "an image", f"{type(error).__name__}: {error}") from error


def _points() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def _refusal(name: str, expected: str, got: str) -> ProposalError:
    return ProposalError(
        f"Generator {name!r}: expected {expected}, got {got}; correct the package that brings it, "
        "or go on without: --generator none."
    )
