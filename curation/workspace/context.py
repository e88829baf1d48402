"""What all services of a workspace share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from curation.decisions.log import DecisionLog
from curation.engine import Engine, Lane
from curation.errors import CurationError, UnknownName
from curation.items.catalogue import Catalogue
from curation.paths import Paths
from curation.review.snapshot import Snapshot
from curation.review.track import Track
from curation.settings import WorkspaceSettings
from curation.types import Item

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Context:
    """The folder, its settings, items, log and engine, and how to look things up in them."""

    paths: Paths
    settings: WorkspaceSettings
    catalogue: Catalogue
    log: DecisionLog
    engine: Engine

    def lane(self, criterion: str) -> Lane:
        """What the engine keeps for a criterion; UnknownName if there is none."""
        lane = self.engine.lanes.get(criterion)
        if lane is None:
            raise UnknownName("criterion", criterion, self.engine.lanes)
        return lane

    def track(self, criterion: str) -> Track:
        """The live state of a criterion; UnknownName if there is none."""
        return self.lane(criterion).track

    def shown(self, criterion: str) -> tuple[Track, Snapshot]:
        """The live state of a criterion and its space; CurationError while there is none yet."""
        track = self.track(criterion)
        if track.snapshot is None:
            raise CurationError(
                "No space yet: items are still being embedded; try again in a moment."
            )
        return track, track.snapshot

    def item(self, item_id: str) -> Item:
        """The item of an id; UnknownName if there is none."""
        row = self.catalogue.position.get(item_id)
        if row is None:
            then = "Expected an id as this workspace's answers give it; take one from there."
            raise UnknownName("item", item_id, then=then)
        return self.catalogue.items[row]
