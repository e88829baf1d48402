"""What the workspace is made of, how it goes, training, generations and settings, over HTTP."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from curation.http.clients import Known
from curation.http.errors import problems
from curation.http.queries import CriterionName, Number, Reviewer
from curation.http.schemas import training as schemas
from curation.http.schemas.common import Item, Scope
from curation.http.schemas.review import CriterionIn, CriterionRow, WordingIn
from curation.workspace import Workspace

Json = dict[str, Any]


def router(workspace: Workspace) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["training"], responses=problems(404))
    _standing(routes, workspace)
    _generations(routes, workspace)
    return routes


def _standing(routes: APIRouter, workspace: Workspace) -> None:
    @routes.get("/overview", response_model=schemas.Overview)
    def header_overview() -> Json:
        """What this workspace is made of."""
        return workspace.overview()

    @routes.get("/status", response_model=schemas.Status)
    def status(criterion: CriterionName, reviewer: Reviewer = "") -> Json:
        """How it goes."""
        return workspace.status(criterion, reviewer)

    @routes.post("/presence", response_model=schemas.Status)
    def header_status(body: Scope, client: Known) -> Json:
        """A sign of life that keeps this client's pairs its own; the status."""
        workspace.review.heartbeat(body.reviewer, client)
        return workspace.status(body.criterion, body.reviewer)

    @routes.get("/arrived", response_model=list[Item])
    def header_arrived() -> list[Json]:
        """The items that were encoded last, newest first."""
        return workspace.items.arrived()

    @routes.get("/criteria", response_model=list[CriterionRow])
    def criteria() -> list[Json]:
        """All criteria that are not deleted, oldest first."""
        return workspace.criteria.all()

    @routes.post("/criteria", response_model=CriterionRow)
    def header_add_criterion(body: CriterionIn) -> Json:
        """Add a meaning of "belongs together", with decisions and generations of its own."""
        return workspace.criteria.add(body.name, body.question)

    @routes.post("/criteria/wording", response_model=CriterionRow)
    def header_word_criterion(body: WordingIn) -> Json:
        """Rename a criterion, or let it ask something else."""
        return workspace.criteria.word(body.criterion, body.reviewer, body.title, body.question)

    @routes.post("/criteria/delete", response_model=CriterionRow)
    def header_delete_criterion(body: Scope) -> Json:
        """Take a criterion out of sight; nothing of it is lost."""
        return workspace.criteria.delete(body.criterion, body.reviewer)

    @routes.post("/criteria/restore", response_model=CriterionRow)
    def header_restore_criterion(body: Scope) -> Json:
        """Bring a deleted criterion back as it was."""
        return workspace.criteria.bring_back(body.criterion, body.reviewer)

    @routes.get("/settings", response_model=schemas.Settings)
    def training_settings(criterion: CriterionName) -> Json:
        """How a criterion is reviewed and trained."""
        return workspace.criteria.settings(criterion)

    @routes.post("/settings", response_model=schemas.Settings)
    def training_set_settings(body: schemas.SettingsIn) -> Json:
        """Change some of the settings; all of them, as they are now."""
        changes = body.values.model_dump(exclude_unset=True)
        return workspace.criteria.configure(body.criterion, changes)


def _generations(routes: APIRouter, workspace: Workspace) -> None:
    @routes.get("/generations", response_model=list[schemas.GenerationRow])
    def training_generations(criterion: CriterionName) -> list[Json]:
        """All generations of a criterion, newest first."""
        return workspace.training.generations(criterion)

    @routes.post("/generations/{number}/restore", response_model=schemas.Pinned)
    def training_restore(number: Number, body: Scope) -> Json:
        """Show an earlier generation; it stays until ``resume``."""
        return workspace.training.restore(body.criterion, number)

    @routes.post("/resume", response_model=schemas.Pinned)
    def training_resume(body: Scope) -> Json:
        """Let training go on from the generation shown."""
        return workspace.training.resume(body.criterion)

    @routes.post("/offer", response_model=schemas.Shown)
    def training_offer(body: schemas.OfferIn) -> Json:
        """Adopt a generation that fell behind on held-out pairs, or keep the current one."""
        return workspace.training.accept_offer(body.criterion, body.accept, body.generation)

    @routes.post("/train", response_model=schemas.Started)
    def training_start(body: schemas.TrainIn) -> Json:
        """Start a training run now."""
        return workspace.training.train(body.criterion, body.objective)

    @routes.get("/trial", response_model=schemas.Trial | None)
    def training_trial(criterion: CriterionName) -> Json | None:
        """The newest trial beside the generation it is compared with; null before the first."""
        return workspace.training.trial(criterion)

    @routes.post("/trial", response_model=schemas.Started, response_model_exclude_unset=True)
    def training_try(body: schemas.TrialIn) -> Json:
        """Train a trial by another objective, beside the generation in use."""
        return workspace.training.try_objective(body.criterion, body.objective)
