"""The application without the page: REST under ``/api`` with OpenAPI, pictures, the page's files.

Requests and answers are the models of ``curation.http.schemas``; they are checked here, once.
Errors are JSON, see ``curation.http.errors``.
"""

from __future__ import annotations

from collections.abc import Collection

from fastapi import FastAPI
from fastapi.routing import APIRoute

from curation import __version__
from curation.http import (
    claims,
    exports,
    folders,
    groups,
    map,
    page_files,
    pictures,
    review,
    sorting,
    teach,
    training,
)
from curation.http.bodies import Bounded
from curation.http.errors import answer_errors, problems
from curation.http.guard import Login, OwnSiteOnly
from curation.workspace import Workspace

TOPICS = (
    review,
    sorting,
    claims,
    folders,
    groups,
    map,
    training,
    exports,
    teach,
    pictures,
    page_files,
)


def create_app(
    workspace: Workspace,
    auth: tuple[str, str] | None = None,
    hosts: Collection[str] | None = None,
    origins: Collection[str] = (),
) -> FastAPI:
    """The application without the page.

    ``auth`` asks for a name and password on every path. ``hosts`` are the names the server may be
    addressed by, ports aside; None means any. Requests that change something must come from the
    page itself, which may be opened at ``origins`` too, or from a client that is no browser.
    """
    app = FastAPI(
        title="Curation",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation,
        responses=problems(400, 422, 503, 507),
    )
    answer_errors(app)
    for topic in TOPICS:
        app.include_router(topic.router(workspace))
    app.add_middleware(Bounded)
    app.add_middleware(OwnSiteOnly, hosts=hosts, origins=origins)
    if auth is not None:
        app.add_middleware(Login, auth=auth, robot=workspace.teach.tokens.robot_of)
    return app


def _operation(route: APIRoute) -> str:
    """An operation is called like the function that answers it."""
    return route.name
