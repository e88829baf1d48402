"""The facade: the services of one workspace, and the labelling API of two calls on top."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from curation.decisions.claims import ClaimLog
from curation.decisions.lock import WorkspaceLock
from curation.decisions.store import Database
from curation.errors import CurationError
from curation.learning import objectives
from curation.teaching.events import EventLog
from curation.types import Proposal, Verdict
from curation.workspace.accepted import Accepted
from curation.workspace.claims import Claims
from curation.workspace.context import Context, Json
from curation.workspace.criteria import Criteria
from curation.workspace.doubts import Doubts
from curation.workspace.exports import Exports
from curation.workspace.folders import Folders
from curation.workspace.groups import Groups
from curation.workspace.items import HiddenItems, Items
from curation.workspace.map import Map
from curation.workspace.predicted import PredictedGroups
from curation.workspace.progress import Progress
from curation.workspace.review import Review
from curation.workspace.search import Search
from curation.workspace.sorting import Sorting
from curation.workspace.space_view import SpaceView
from curation.workspace.status import status_of
from curation.workspace.teach import Teach
from curation.workspace.training import Training
from curation.workspace.visitors import Visitors

if TYPE_CHECKING:
    from components.inline import Inline


class Workspace:
    """A folder with items, embeddings, decisions and generations; ``open_workspace`` makes one.

    Each service holds one topic: ``items`` and ``criteria``; ``review`` (pairs); ``sorting``
    (images into groups) with its ``progress`` and its ``doubts``; ``folders`` named by class;
    ``claims`` (images accepted unseen); ``groups`` as answered and ``predicted``; ``map`` and
    ``search``; ``training``; ``exports``; ``teach`` (sessions with a robot); ``visitors``.
    ``paths``, ``catalogue``, ``log`` and ``engine`` are what the services share.
    """

    def __init__(
        self,
        context: Context,
        hidden: HiddenItems,
        database: Database,
        lock: WorkspaceLock,
    ) -> None:
        self.context = context
        self.paths = context.paths
        self.catalogue = context.catalogue
        self.log = context.log
        self.engine = context.engine
        self._database = database
        self._folder_lock = lock
        self.items = Items(context, hidden)
        self.criteria = Criteria(context)
        self.review = Review(context)
        self.groups = Groups(context)
        self.predicted = PredictedGroups(context)
        claims = ClaimLog(database)
        accepted = Accepted(context, claims)
        self.sorting = Sorting(context, self.predicted, accepted)
        self.claims = Claims(context, claims, accepted, self.predicted, self.sorting)
        self.progress = Progress(context, self.predicted, self.sorting, accepted)
        self.doubts = Doubts(context, self.predicted, self.sorting)
        self.folders = Folders(context, self.items, self.sorting)
        self.map = Map(context, self.items, self.groups, self.predicted)
        self.search = Search(context)
        self.training = Training(context, self.predicted)
        self.exports = Exports(context, self.items, self.predicted, accepted)
        self.teach = Teach.build(
            context, EventLog(database), self.criteria, self.items, self.exports
        )
        self.visitors = Visitors(context)
        self._page: tuple[Inline, Json] | None = None

    # --- the labelling API -----------------------------------------------------------------

    def uncertain_pairs(self, criterion: str, *, n: int = 10, reviewer: str) -> list[Proposal]:
        """Up to ``n`` pairs whose answer teaches most, best first; nobody else gets them meanwhile.

        Empty where every pair is answered or implied. Raises UnknownName, and CurationError while
        no item is embedded.
        """
        return self.review.next_proposals(criterion, reviewer, n)

    def mark_pairs(
        self, criterion: str, answers: Iterable[tuple[Proposal, Verdict]], *, reviewer: str
    ) -> list[Json]:
        """Record the verdicts on proposals; a receipt of each, in their order.

        All are on disk when this returns. Raises UnknownName and DecisionError; nothing is
        recorded then.
        """
        given = [
            {
                "a": proposal.pair.a,
                "b": proposal.pair.b,
                "verdict": verdict,
                "kind": proposal.kind,
                "strategy": proposal.strategy,
                "score": proposal.score,
                "generation": proposal.generation,
            }
            for proposal, verdict in answers
        ]
        receipts: list[Json] = self.review.decide(criterion, reviewer, given)["receipts"]
        return receipts

    # --- how it stands ---------------------------------------------------------------------

    def overview(self) -> Json:
        """What this workspace is made of."""
        from curation.proposals import registry

        settings, engine = self.context.settings, self.engine
        return {
            # First, so that what follows is at least as new.
            "stage": engine.intake.arrival.stage,
            "criteria_revision": self.criteria.revision,
            "name": self.paths.root.name,
            "path": str(self.paths.root),
            "source": settings.source or settings.embeddings or "",
            "encoder": settings.encoder if not settings.embeddings else "vectors of a file",
            "device": engine.backend.device,
            "criteria": self.criteria.all(),
            "deleted_criteria": self.criteria.deleted(),
            "n_items": len(self.catalogue.items),
            "attributes": self.items.attributes(),
            "colours": self.map.colour_names(),
            "has_images": settings.source is not None,
            "has_text": engine.embeddings.has_text,
            "can_embed": not settings.embeddings,
            "unreadable": engine.intake.arrival.unreadable,
            "notes": engine.intake.arrival.notes,
            "objectives": objectives.catalogue(),
            "strategies": registry.catalogue(),
        }

    def status(self, criterion: str, reviewer: str = "") -> Json:
        """Everything the page polls; ``version`` changes whenever anything else does.

        Raises UnknownName.
        """
        status = status_of(self.context, criterion, reviewer)
        return {**status, "criteria_revision": self.criteria.revision}

    def snapshot(self, criterion: str) -> SpaceView:
        """The shared state as arrays, for notebooks and evaluation (not JSON).

        Raises UnknownName, and CurationError while no item is embedded.
        """
        owner, shown = self.context.shown(criterion)
        with owner.changes.lock:
            closure = owner.answering.closure()
            constraints = owner.answering.constraints(shown.space.item_ids)
        return SpaceView(
            shown.generation,
            shown.space,
            shown.base,
            shown.neighbours,
            closure,
            constraints,
            shown.eligible,
        )

    # --- in a notebook ---------------------------------------------------------------------

    def page(
        self,
        *,
        height: int = 760,
        port: int | None = None,
        shown_at: str | None = None,
        auth: tuple[str, str] | None = None,
        allow_origin: Sequence[str] = (),
    ) -> Inline:
        """The page, served from a thread of this process and shown in a notebook's cell.

        ``port`` is the first free one from 7860 on; ``auth`` a name and password to ask for.
        ``shown_at`` is the address at which the browser finds the server where this process runs
        elsewhere, with ``{port}`` in it if need be; ``allow_origin`` what that begins with, as
        ``https://example.org``. A page that is served already is shown again; ``close()`` on it
        ends its server, as the workspace's ``close`` does. Raises CurationError where the port is
        taken, or the page is served already in another way.
        """
        from components.inline import Inline

        given: Json = {
            "height": height, "port": port, "shown_at": shown_at, "auth": auth,
            "allow_origin": list(allow_origin),
        }  # fmt: skip
        if self._page is None or self._page[0].closed:
            self._page = Inline(self, **given), given
        page, served = self._page
        if served != given:
            raise CurationError(
                f"Expected to show {page} as it is served, got other options; close() it first."
            )
        return page

    # --- lifetime --------------------------------------------------------------------------

    def close(self) -> None:
        """End the page, stop the workers and give the folder free."""
        if self._page is not None:
            self._page[0].close()
        self.engine.close()
        self._database.dispose()
        self._folder_lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
