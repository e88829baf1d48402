"""Groups as the person made them, and the predicted grouping, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from curation.http.errors import problems
from curation.http.queries import CriterionName
from curation.http.schemas import places as schemas
from curation.http.schemas.review import DecisionRow
from curation.settings import RANGES
from curation.workspace import Workspace

Json = dict[str, Any]


def router(workspace: Workspace) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["groups"], responses=problems(404))

    @routes.get("/groups", response_model=schemas.Groups)
    def groups_list(criterion: CriterionName) -> Json:
        """Must-link groups of two or more items, largest first."""
        return workspace.groups.all(criterion)

    @routes.post("/groups/rename", response_model=schemas.Groups)
    def groups_rename(body: schemas.RenameIn) -> Json:
        """Name a group; the name follows a member through splits and merges."""
        return workspace.groups.rename(body.criterion, body.group, body.name, body.reviewer)

    @routes.post("/groups/split", response_model=schemas.Groups)
    def groups_split(body: schemas.SplitIn) -> Json:
        """Take items out of a group into one of their own; one undoable step."""
        return workspace.groups.split(body.criterion, body.reviewer, body.group, body.items)

    @routes.post("/groups/merge", response_model=schemas.Groups)
    def groups_merge(body: schemas.MergeIn) -> Json:
        """Join groups; one undoable step."""
        return workspace.groups.merge(body.criterion, body.reviewer, body.groups)

    @routes.post("/groups/in-the-way", response_model=list[DecisionRow])
    def groups_in_the_way(body: schemas.MergeIn) -> list[Json]:
        """The answers by which groups are different, so that they cannot be joined."""
        return workspace.groups.in_the_way(body.criterion, body.groups)

    @routes.get("/predicted", response_model=schemas.Predicted)
    def groups_predicted(
        criterion: CriterionName,
        k: Annotated[int | None, Query(ge=1, le=RANGES["n_groups"][1])] = None,
    ) -> Json:
        """The predicted grouping into ``k`` groups, or as many as it estimates."""
        return workspace.predicted.groups(criterion, k)

    return routes
