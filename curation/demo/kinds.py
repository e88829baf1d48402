"""The kinds of objects: what each may be made of, which colours it has, and how it may lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from curation.demo import goods, vessels
from curation.demo.surfaces import Look, Solid

COLOURS = {
    "red": (196, 30, 34),
    "yellow": (238, 186, 24),
    "green": (38, 138, 62),
    "blue": (30, 84, 190),
    "white": (232, 232, 228),
}


@dataclass(frozen=True)
class Kind:
    """``materials`` with their weights; ``lying`` is the share that lies on its side.

    ``roll`` tells how a lying object may be rolled: round ones anyhow, others by quarter turns or
    not at all.
    """

    build: Callable[[Look, np.random.Generator], Solid]
    materials: Mapping[str, float]
    colours: tuple[str, ...] = tuple(COLOURS)
    lying: float = 0.0
    roll: str = "any"


KINDS: dict[str, Kind] = {
    "bottle": Kind(vessels.bottle, {"glass": 0.55, "plastic": 0.45}, lying=0.08),
    "can": Kind(vessels.can, {"metal": 1.0}, lying=0.06),
    "jar": Kind(vessels.jar, {"glass": 1.0}, lying=0.06),
    "cup": Kind(vessels.cup, {"paper": 0.5, "plastic": 0.5}, lying=0.06),
    "box": Kind(goods.carton, {"paper": 1.0}, lying=0.08, roll="quarter"),
    "bag": Kind(goods.bag, {"paper": 1.0}, lying=0.06, roll="flat"),
    "tray": Kind(goods.tray, {"plastic": 1.0}),
    "wrench": Kind(goods.wrench, {"metal": 1.0}),
    "apple": Kind(goods.apple, {"organic": 1.0}, ("red", "yellow", "green")),
    "banana": Kind(goods.banana, {"organic": 1.0}, ("yellow", "green")),
}

CRUSHED = {"plastic": 0.4, "paper": 0.4, "metal": 0.25, "organic": 0.2, "glass": 0.0}
"""Share of crushed objects by material. Crushed plastic and paper is soiled, too."""


def bin_of(material: str, state: str) -> str:
    """Where a recycler puts it: by material, but soiled paper and plastic is residual waste."""
    if state == "crushed" and material in ("paper", "plastic"):
        return "residual"
    return material
