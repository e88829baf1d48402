"""Files for training code, over HTTP: written into the workspace, then downloaded by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter

from curation.http.errors import problems
from curation.http.schemas.exports import ExportIn, Written
from curation.workspace import Workspace

Json = dict[str, Any]


def router(workspace: Workspace) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["exports"], responses=problems(404))

    @routes.post("/export", response_model=Written)
    def export_write(body: ExportIn) -> Json:
        """Write an export; ``url`` is its download."""
        done = workspace.exports.write(body.criterion, body.what, body.format, implied=body.implied)
        return with_download(done)

    return routes


def with_download(done: Json) -> Json:
    """An export with its file's name and address."""
    file = Path(done["path"]).name
    return {**done, "file": file, "url": f"/download/{file}"}
