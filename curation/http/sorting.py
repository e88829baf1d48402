"""Images sorted into groups, over HTTP."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from curation.http.clients import Client, Leasing
from curation.http.errors import problems
from curation.http.queries import CriterionName, Reviewer
from curation.http.schemas import sorting as schemas
from curation.http.schemas.common import Counted
from curation.workspace import Workspace

Json = dict[str, Any]


def router(workspace: Workspace) -> APIRouter:
    routes = APIRouter(prefix="/api/sort", tags=["sorting"], responses=problems(404))

    @routes.post("/questions", response_model=schemas.SortQuestions)
    def sort_next(body: schemas.SortAskIn, client: Leasing) -> Json:
        """The next questions and the groups to answer with; their images are this client's until
        they are answered or it falls silent."""
        told = workspace.sorting.next(
            body.criterion, body.reviewer, client,
            form=body.form, group=body.group, have=body.have, n=body.n,
        )  # fmt: skip
        return {**told, "client": client}

    @routes.post("/names", response_model=schemas.Sorted)
    def sort_name(body: schemas.NameIn, client: Client) -> Json:
        """Put an image into a group, or a new one; one step, undone as one."""
        return workspace.sorting.name(
            body.criterion, body.reviewer, body.item, group=body.group, new=body.new,
            guess=body.guess, batch_id=body.batch_id, milliseconds=body.milliseconds, tab=client,
        )  # fmt: skip

    @routes.post("/sweeps", response_model=schemas.Sorted)
    def sort_sweep(body: schemas.SweepIn, client: Client) -> Json:
        """Say of a grid what is in the group and what is not; one step, undone as one."""
        return workspace.sorting.sweep(
            body.criterion, body.reviewer, body.group, body.members, body.wrong,
            batch_id=body.batch_id, milliseconds=body.milliseconds, tab=client,
        )  # fmt: skip

    @routes.post("/merges", response_model=schemas.Sorted)
    def sort_merge(body: schemas.PilesIn, client: Client) -> Json:
        """Say whether two groups are one."""
        return workspace.sorting.merge(
            body.criterion, body.reviewer, body.one, body.other, body.same,
            batch_id=body.batch_id, milliseconds=body.milliseconds, tab=client,
        )  # fmt: skip

    @routes.get("/progress", response_model=schemas.SortProgress)
    def sort_progress(criterion: CriterionName, reviewer: Reviewer = "") -> Json:
        """How far the images are sorted, how right the guesses were, what a minute would change."""
        return workspace.progress.of(criterion, reviewer)

    @routes.post("/skip", response_model=Counted)
    def sort_skip(body: schemas.SortSkipIn) -> Json:
        """Put a question off; its images are open again."""
        return workspace.sorting.skip(body.criterion, body.reviewer, body.pairs)

    return routes
