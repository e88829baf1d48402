"""The HTTP side: REST under ``/api`` with OpenAPI, pictures by item id, and the page's files.

Errors are JSON, see ``curation.http.errors``. Nothing here takes a file path from a client.
"""

from __future__ import annotations

import html
import io
from collections.abc import Collection
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, HTTPException, Query, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from curation import __version__
from curation.http import teach
from curation.http.errors import answer_errors, problems
from curation.http.guard import Login, OwnSiteOnly
from curation.items.decode import load_image
from curation.items.thumbnails import thumbnail_path, write_thumbnail
from curation.settings import DEFAULT_CRITERION
from curation.types import Kind, Verdict
from curation.workspace import Workspace

Json = dict[str, Any]
FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
FULL_SIZE = 1600
ASSETS = Path(__file__).resolve().parents[2] / "assets"

Criterion = Annotated[str, Query(description="meaning of 'belongs together'")]


class VerdictIn(BaseModel):
    """One verdict; ``id`` makes it idempotent."""

    a: str
    b: str
    verdict: Verdict
    id: str | None = None
    kind: Kind | None = None
    strategy: str | None = None
    score: float | None = None
    generation: int | None = None
    milliseconds: int | None = Field(None, ge=0)
    batch_id: str | None = None
    supersedes: str | None = None


class Scope(BaseModel):
    """Whose action it is, under which criterion."""

    criterion: str = DEFAULT_CRITERION
    reviewer: str = "api"


class UndoIn(Scope):
    """Take the last step back; sent again with the same id it is the same undo."""

    id: str = ""


class DecisionsIn(Scope):
    decisions: list[VerdictIn] = Field(min_length=1)


class SkipIn(Scope):
    a: str
    b: str


class TrialIn(Scope):
    objective: str


class TrainIn(Scope):
    objective: str | None = None


class GroupVerdictIn(Scope):
    items: list[str]
    verdict: Verdict
    anchor: str | None = None
    batch_id: str | None = None


class QuestionIn(Scope):
    item: str
    covers: list[str]
    choice: int | None = None
    milliseconds: int | None = None
    batch_id: str | None = None


class CriterionIn(BaseModel):
    name: str
    question: str = ""


class ExportIn(Scope):
    what: str = "pairs"
    format: str = "parquet"
    implied: bool = False


def create_app(
    workspace: Workspace,
    auth: tuple[str, str] | None = None,
    hosts: Collection[str] | None = None,
) -> FastAPI:
    """The application without the page.

    ``auth`` asks for a name and password on every path. ``hosts`` are the names the server may be
    addressed by, ports aside; None means any. Requests that change something must come from the
    page itself, or from a client that is no browser.
    """
    app = FastAPI(
        title="Curation",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url="/api/docs",
        redoc_url=None,
        responses=problems(400, 422),
    )

    answer_errors(app)
    app.include_router(_rest(workspace))
    app.include_router(teach.router(workspace))
    app.include_router(_pictures(workspace))
    app.include_router(_page_files(workspace))
    app.add_middleware(OwnSiteOnly, hosts=hosts)
    if auth is not None:
        app.add_middleware(Login, auth=auth, robot=workspace.teach_robot)
    return app


def _rest(workspace: Workspace) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["review"])

    @router.get("/overview")
    def overview() -> Json:
        return workspace.overview()

    @router.get("/status")
    def status(criterion: Criterion = DEFAULT_CRITERION, reviewer: str = "") -> Json:
        return workspace.status(criterion, reviewer)

    @router.get("/criteria")
    def criteria() -> list[Json]:
        return workspace.criteria()

    @router.post("/criteria")
    def add_criterion(body: CriterionIn) -> Json:
        return workspace.add_criterion(body.name, body.question)

    @router.get("/proposals")
    def proposals(
        criterion: Criterion = DEFAULT_CRITERION,
        reviewer: str = "api",
        n: Annotated[int, Query(ge=1, le=100)] = 1,
        strategy: str | None = None,
        kind: Kind | None = None,
    ) -> Json:
        kinds = None if kind is None else [kind]
        return workspace.cards(criterion, reviewer, "api", n, kinds=kinds, strategy=strategy)

    @router.post("/decisions")
    def decide(body: DecisionsIn) -> Json:
        given = [one.model_dump(exclude_none=True) for one in body.decisions]
        return workspace.decide(body.criterion, body.reviewer, given, "api")

    @router.get("/decisions")
    def decisions(
        criterion: Criterion = DEFAULT_CRITERION,
        reviewer: str | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        offset: Annotated[int, Query(ge=0)] = 0,
        query: str = "",
    ) -> Json:
        return workspace.decisions(criterion, reviewer, limit, offset, query)

    @router.post("/skip")
    def skip(body: SkipIn) -> Json:
        return workspace.skip(body.criterion, body.reviewer, "api", body.a, body.b)

    @router.post("/undo")
    def undo(body: UndoIn) -> Json:
        return workspace.undo(body.criterion, body.reviewer, "api", body.id)

    @router.get("/question")
    def question(
        criterion: Criterion = DEFAULT_CRITERION,
        reviewer: str = "api",
        seen: Annotated[list[str] | None, Query()] = None,
    ) -> Json:
        return workspace.group_question(criterion, reviewer, "api", seen or ())

    @router.post("/question")
    def answer_question(body: QuestionIn) -> Json:
        return workspace.answer_question(
            body.criterion, body.reviewer, body.item, body.covers, body.choice,
            body.milliseconds, body.batch_id, "api",
        )  # fmt: skip

    @router.get("/strategies")
    def strategies(criterion: Criterion = DEFAULT_CRITERION) -> list[Json]:
        return workspace.strategies(criterion)

    @router.get("/conflicts")
    def conflicts(criterion: Criterion = DEFAULT_CRITERION) -> list[Json]:
        return workspace.conflicts(criterion)

    @router.get("/groups")
    def groups(criterion: Criterion = DEFAULT_CRITERION) -> Json:
        return workspace.groups(criterion)

    @router.post("/group-verdicts")
    def group_verdict(body: GroupVerdictIn) -> Json:
        return workspace.group_verdict(
            body.criterion, body.reviewer, body.items, body.verdict, body.anchor, body.batch_id
        )

    @router.get("/predicted")
    def predicted(
        criterion: Criterion = DEFAULT_CRITERION,
        k: Annotated[int | None, Query(ge=1)] = None,
    ) -> Json:
        return workspace.predicted(criterion, k)

    @router.get("/neighbours/{item}")
    def neighbours(
        item: str,
        criterion: Criterion = DEFAULT_CRITERION,
        k: Annotated[int, Query(ge=1, le=200)] = 30,
    ) -> Json:
        return workspace.neighbours(criterion, item, k)

    @router.get("/generations")
    def generations(criterion: Criterion = DEFAULT_CRITERION) -> list[Json]:
        return workspace.generations(criterion)

    @router.post("/generations/{number}/restore")
    def restore(number: int, body: Scope) -> Json:
        return workspace.restore(body.criterion, number)

    @router.post("/resume")
    def resume(body: Scope) -> Json:
        return workspace.resume(body.criterion)

    @router.post("/train")
    def train(body: TrainIn) -> Json:
        return workspace.train(body.criterion, body.objective)

    @router.get("/trial")
    def trial(criterion: Criterion = DEFAULT_CRITERION) -> Json | None:
        return workspace.trial(criterion)

    @router.post("/trial")
    def try_objective(body: TrialIn) -> Json:
        return workspace.try_objective(body.criterion, body.objective)

    @router.post("/export")
    def export(body: ExportIn) -> Json:
        done = workspace.export(body.criterion, body.what, body.format, implied=body.implied)
        return {**done, "url": f"/download/{Path(done['path']).name}"}

    return router


def _pictures(workspace: Workspace) -> APIRouter:
    router = APIRouter(tags=["pictures"])

    @router.get("/thumb/{item}")
    def thumb(item: str) -> Response:
        known = workspace.item(item)
        small = thumbnail_path(workspace.paths.thumbnails, known.id)
        file = workspace.file(known)
        if not small.exists() and file is not None:  # its vector came from a file
            write_thumbnail(load_image(file, known.box), known.id, workspace.paths.thumbnails)
        if small.exists():
            return FileResponse(small, headers=FOREVER)
        return Response(_placeholder(known.name), media_type="image/svg+xml")

    @router.get("/image/{item}")
    def image(item: str) -> Response:
        known = workspace.item(item)
        file = workspace.file(known)
        if file is None:
            return thumb(item)
        picture = load_image(file, known.box)
        picture.thumbnail((FULL_SIZE, FULL_SIZE))
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=90)
        return Response(out.getvalue(), media_type="image/jpeg", headers=FOREVER)

    return router


def _placeholder(name: str) -> str:
    """A tile with the item's name, for items that have no picture."""
    shown = html.escape(name if len(name) <= 28 else f"…{name[-27:]}")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 320">'
        '<rect width="320" height="320" fill="#8a93a1"/>'
        '<text x="160" y="165" font-family="sans-serif" font-size="18" fill="#fff" '
        f'text-anchor="middle">{shown}</text></svg>'
    )


def _page_files(workspace: Workspace) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/plotly.min.js")
    def plotly() -> Response:
        bundle = files("plotly").joinpath("package_data/plotly.min.js")
        return FileResponse(str(bundle), media_type="text/javascript", headers=FOREVER)

    # Gradio keeps its own files under /assets too, so only these two folders are ours.
    @router.get("/assets/css/{name}")
    def style(name: str) -> Response:
        return _file_below(ASSETS / "css", name, {"Cache-Control": "no-cache"})

    @router.get("/assets/js/{name}")
    def script(name: str) -> Response:
        return _file_below(ASSETS / "js", name, {"Cache-Control": "no-cache"})

    @router.get("/download/{name}")
    def download(name: str) -> Response:
        headers = {"Content-Disposition": f'attachment; filename="{Path(name).name}"'}
        return _file_below(workspace.paths.exports, name, headers)

    return router


def _file_below(folder: Path, name: str, headers: dict[str, str]) -> Response:
    file = (folder / name).resolve()
    if not file.is_relative_to(folder.resolve()) or not file.is_file():
        raise HTTPException(404)
    return FileResponse(file, headers=headers)
