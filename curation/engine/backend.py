"""What the parts of the engine share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from curation.criterion import Criterion
from curation.engine.embeddings import Embeddings
from curation.engine.reactions import Reactions
from curation.paths import Paths
from curation.settings import WorkspaceSettings
from curation.worker.client import State, Worker


@dataclass(frozen=True)
class Backend:
    """The workers, the background threads, and where a workspace's things lie.

    ``accelerator`` encodes and trains, ``mapper`` draws maps; ``device`` is what the encoder and
    training use.
    """

    paths: Paths
    settings: WorkspaceSettings
    device: str
    embeddings: Embeddings
    accelerator: Worker
    mapper: Worker
    reactions: Reactions

    @property
    def inline(self) -> bool:
        """Whether all runs in the calling thread: there is no screen then."""
        return self.reactions.inline

    def encoding(self) -> dict[str, Any]:
        """Arguments of every job that uses the encoder."""
        return {
            "root": str(self.paths.root),
            "spec": self.settings.encoder,
            "device": self.device,
        }

    def making(self, criterion: Criterion) -> dict[str, Any]:
        """Arguments of every job that makes a criterion's space."""
        return {
            "root": str(self.paths.root),
            "fingerprint": self.embeddings.fingerprint,
            "criterion": criterion.name,
            "encoder": self.embeddings.spec,
        }

    def trouble(self) -> tuple[State, str]:
        """State of the first worker that is not well, and what it says; ok where all are."""
        for worker in (self.accelerator, self.mapper):
            if worker.state in ("down", "starting"):
                return worker.state, worker.message
        return "ok", ""
