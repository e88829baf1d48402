"""What all services of a workspace share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from curation.criterion import Criterion
from curation.criterion.snapshot import Snapshot
from curation.decisions.log import DecisionLog
from curation.engine import Engine
from curation.errors import CurationError, UnknownName
from curation.items.catalogue import Catalogue
from curation.paths import Paths
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

    def owner(self, criterion: str) -> Criterion:
        """The owner of a criterion's live state, woken; UnknownName if there is none."""
        owner = self.engine.criteria.get(criterion)
        if owner is None:
            raise UnknownName("criterion", criterion, self.engine.criteria)
        self.engine.projecting.wake(owner)
        return owner

    def shown(self, criterion: str) -> tuple[Criterion, Snapshot]:
        """The live state of a criterion and its space; CurationError while there is none yet."""
        owner = self.owner(criterion)
        if owner.showing.snapshot is None:
            raise CurationError(
                "No space yet: items are still being embedded; try again in a moment."
            )
        return owner, owner.showing.snapshot

    def item(self, item_id: str) -> Item:
        """The item of an id; UnknownName if there is none."""
        item = self.catalogue.get(item_id)
        if item is None:
            then = "Expected an id as this workspace's answers give it; take one from there."
            raise UnknownName("item", item_id, then=then)
        return item
