"""Pairs out, verdicts in, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from curation.http.clients import Client, Known, Leasing
from curation.http.errors import problems
from curation.http.queries import CriterionName, Offset, Reviewer, Text
from curation.http.schemas import review as schemas
from curation.http.schemas.common import Counted
from curation.workspace import Workspace

Json = dict[str, Any]


def router(workspace: Workspace) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["review"], responses=problems(404))
    _pairs(routes, workspace)
    _log(routes, workspace)
    return routes


def _pairs(routes: APIRouter, workspace: Workspace) -> None:
    @routes.post("/proposals", response_model=schemas.Cards)
    def review_cards(body: schemas.LeaseIn, client: Leasing) -> Json:
        """The next pairs; they are this client's until they are answered or it falls silent."""
        cards = workspace.review.cards(
            body.criterion, body.reviewer, client, body.n,
            kinds=body.kinds or None, strategy=body.strategy, have=body.have,
        )  # fmt: skip
        return {**cards, "client": client}

    @routes.post("/decisions", response_model=schemas.Recorded)
    def review_decide(body: schemas.DecisionsIn, client: Client) -> Json:
        """Record verdicts; each is on disk when this is answered."""
        given = [one.model_dump(exclude_none=True) for one in body.decisions]
        return workspace.review.decide(body.criterion, body.reviewer, given, client)

    @routes.post("/skip", response_model=Counted)
    def review_skip(body: schemas.SkipIn, client: Client) -> Json:
        """Put a pair off; it comes back after others."""
        return workspace.review.skip(body.criterion, body.reviewer, client, body.a, body.b)

    @routes.post("/undo", response_model=schemas.Undone)
    def review_undo(body: schemas.UndoIn, client: Leasing) -> Json:
        """Take back the reviewer's last decision, or batch."""
        undone = workspace.review.undo(body.criterion, body.reviewer, client, body.id)
        return {**undone, "client": client}

    @routes.post("/release", response_model=schemas.Released)
    def review_release(client: Known) -> Json:
        """Give back the pairs that this client holds."""
        workspace.review.release(client)
        return {"client": client}

    @routes.post("/exclusions", response_model=schemas.Excluded)
    def review_exclude(body: schemas.ExcludeIn) -> Json:
        """Take items out of queue, map and galleries, or back in; their decisions stay."""
        done = workspace.items.exclude(body.reviewer, body.items, excluded=not body.restore)
        return {"items": done["excluded"]}

    @routes.get("/exclusions", response_model=schemas.Excluded)
    def decisions_excluded() -> Json:
        """The items that were taken out."""
        return {"items": workspace.items.excluded()}

    @routes.post("/group-verdicts", response_model=schemas.Recorded)
    def gallery_verdict(body: schemas.GroupVerdictIn) -> Json:
        """One verdict on many items: same, or different from an ``anchor``."""
        return workspace.groups.decide(
            body.criterion, body.reviewer, body.items, body.verdict, body.anchor, body.batch_id
        )

    @routes.post("/welcome", response_model=schemas.Welcome)
    def guide_welcome(body: schemas.ReviewerIn) -> Json:
        """Note that a reviewer is here; whether for the first time."""
        return {"first": workspace.visitors.welcome(body.reviewer)}


def _log(routes: APIRouter, workspace: Workspace) -> None:
    @routes.get("/decisions", response_model=schemas.DecisionRows)
    def decisions_page(
        criterion: CriterionName,
        reviewer: Reviewer = "",
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        offset: Offset = 0,
        query: Text = "",
    ) -> Json:
        """Decisions that stand, newest first: of one reviewer, or of all."""
        return workspace.review.decisions(criterion, reviewer or None, limit, offset, query)

    @routes.get("/conflicts", response_model=list[schemas.Conflict])
    def decisions_conflicts(criterion: CriterionName) -> list[Json]:
        """Contradictions with the decisions behind them."""
        return workspace.review.conflicts(criterion)

    @routes.get("/strategies", response_model=list[schemas.StrategyRow])
    def strategies_list(criterion: CriterionName) -> list[Json]:
        """All ways to choose pairs, with what is absent here for each."""
        return workspace.review.strategies(criterion)
