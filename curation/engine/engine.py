"""What happens behind the screen: take items in, project, retrain, draw maps, swap."""

from __future__ import annotations

from collections.abc import Callable, Collection

from curation.criterion import Criterion
from curation.decisions.log import DecisionLog
from curation.engine.backend import Backend
from curation.engine.derived import Derived
from curation.engine.embeddings import Embeddings
from curation.engine.intake import Intake
from curation.engine.map_drawing import MapDrawing
from curation.engine.projecting import Projecting
from curation.engine.queries import Queries
from curation.engine.reactions import Reactions
from curation.engine.retraining import Retrainer
from curation.engine.seen import SeenItems
from curation.items.catalogue import Catalogue
from curation.paths import Paths
from curation.settings import CriterionSettings, WorkspaceSettings
from curation.spaces.generations import GenerationStore
from curation.worker.client import InlineWorker, ProcessWorker


class Engine:
    """The criteria of a workspace and the objects that work for them.

    ``inline`` runs all jobs in the calling thread. ``hidden`` gives the ids of items that must not
    be proposed. Nothing runs by itself before ``start``.
    """

    def __init__(
        self,
        paths: Paths,
        settings: WorkspaceSettings,
        catalogue: Catalogue,
        log: DecisionLog,
        device: str,
        *,
        inline: bool,
        hidden: Callable[[], Collection[str]],
    ) -> None:
        self._paths = paths
        self._log = log
        self.criteria: dict[str, Criterion] = {}
        self.embeddings = Embeddings(paths, settings)
        self.seen = SeenItems(paths, settings, catalogue, self.embeddings)
        self.backend = Backend(
            paths,
            settings,
            device,
            self.embeddings,
            InlineWorker() if inline else ProcessWorker("accelerator"),
            InlineWorker() if inline else ProcessWorker("map", niceness=15),
            Reactions(inline=inline),
        )
        self.maps = MapDrawing(self.backend)
        self.projecting = Projecting(self.backend, catalogue, self.criteria, self.maps, hidden)
        self.intake = Intake(self.backend, catalogue, self.projecting)
        self.retrainer = Retrainer(self.backend, self.criteria, self.projecting, self.maps)
        self.queries = Queries(self.backend)
        self.derived = Derived(
            paths,
            self.backend.accelerator,
            self.embeddings.in_use,
            lambda name: self.criteria[name].changes.note(),
            lambda name, position: self.criteria[name].answering.timing.seconds_at(position),
            inline=inline,
        )

    def add(self, name: str, settings: CriterionSettings) -> Criterion:
        """Take a criterion under care; its generation in use is shown if it can be."""
        reactions = self.backend.reactions
        criterion = Criterion(
            name,
            settings,
            self._log,
            GenerationStore(self._paths.generations(name)),
            self.seen,
            None if reactions.inline else reactions.run,
        )
        self.criteria[name] = criterion
        return criterion

    def start(self) -> None:
        """Begin to train by itself, when everything else is in place."""
        self.retrainer.start()

    def close(self) -> None:
        """Stop the workers and all threads; what they had written stays."""
        self.intake.stop()
        self.retrainer.close()
        self.backend.accelerator.close()
        self.backend.mapper.close()
        self.backend.reactions.close()
        self.intake.close()
