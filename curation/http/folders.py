"""Folders named by class, and answers to look at again, over HTTP."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from curation.http.errors import problems
from curation.http.queries import CriterionName
from curation.http.schemas import folders as schemas
from curation.http.schemas.common import Scope
from curation.workspace import Workspace

Json = dict[str, Any]


def router(workspace: Workspace) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["folders"], responses=problems(404))

    @routes.get("/folders", response_model=schemas.FoldersOffer)
    def folders_offer(criterion: CriterionName) -> Json:
        """What the folders are called, and whether to ask what to do with that."""
        return workspace.folders.offer(criterion)

    @routes.post("/folders", response_model=schemas.FoldersChosen)
    def folders_choose(body: schemas.ChooseIn) -> Json:
        """Use the names as a start, check them for errors, or ignore them; asked only once."""
        return workspace.folders.choose(body.criterion, body.reviewer, body.choice)

    @routes.post("/folders/take-back", response_model=schemas.FoldersOffer)
    def folders_take_back(body: Scope) -> Json:
        """Take back all that came from a folder's name alone, in one step."""
        return workspace.folders.take_back(body.criterion, body.reviewer)

    @routes.post("/folders/checks", response_model=schemas.CheckedAgain)
    def folders_check(body: schemas.CheckIn) -> Json:
        """Say of an image that was looked at again that it is right, or where it belongs."""
        return workspace.folders.answer(
            body.criterion,
            body.reviewer,
            body.item,
            group=body.group,
            other=body.other,
            batch_id=body.batch_id,
        )

    @routes.post("/groups/adopt", response_model=schemas.Adopted)
    def groups_adopt_folders(body: schemas.AdoptIn) -> Json:
        """Take an attribute's values as a starting grouping: same within, different across."""
        return workspace.folders.adopt(body.criterion, body.reviewer, body.attribute)

    @routes.get("/doubts", response_model=schemas.Doubted)
    def doubts_list(criterion: CriterionName) -> Json:
        """Answers that are more likely wrong than right, worst first."""
        return workspace.doubts.of(criterion)

    return routes
