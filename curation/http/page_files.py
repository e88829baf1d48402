"""The page's own scripts and styles, and what was exported. No file path comes from a client."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, HTTPException, Response
from fastapi import Path as InPath
from fastapi.responses import FileResponse

from curation.http.pictures import FOREVER
from curation.http.schemas.common import Plain
from curation.workspace import Workspace

ASSETS = Path(__file__).resolve().parents[2] / "assets"
FileName = Annotated[Plain, InPath(max_length=255)]


def router(workspace: Workspace) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/plotly.min.js")
    def plotly() -> Response:
        bundle = files("plotly").joinpath("package_data/plotly.min.js")
        return FileResponse(str(bundle), media_type="text/javascript", headers=FOREVER)

    # Gradio keeps its own files under /assets too, so only these two folders are ours.
    @routes.get("/assets/css/{name}")
    def style(name: FileName) -> Response:
        return _file_below(ASSETS / "css", name, {"Cache-Control": "no-cache"})

    @routes.get("/assets/js/{name}")
    def script(name: FileName) -> Response:
        return _file_below(ASSETS / "js", name, {"Cache-Control": "no-cache"})

    @routes.get("/download/{name}")
    def download(name: FileName) -> Response:
        headers = {"Content-Disposition": f'attachment; filename="{Path(name).name}"'}
        return _file_below(workspace.paths.exports, name, headers)

    return routes


def _file_below(folder: Path, name: str, headers: dict[str, str]) -> Response:
    file = (folder / name).resolve()
    if not file.is_relative_to(folder.resolve()) or not file.is_file():
        raise HTTPException(404)
    return FileResponse(file, headers=headers)
