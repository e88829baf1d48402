"""Pictures of items, by their ids."""

from __future__ import annotations

import html
import io
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from curation.http.errors import problems
from curation.http.queries import ItemId
from curation.items.decode import load_image
from curation.items.thumbnails import thumbnail_path, write_thumbnail
from curation.workspace import Workspace

FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
FULL_SIZE = 1600
PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {}, "image/svg+xml": {}}, "description": "A picture"}
}


def router(workspace: Workspace) -> APIRouter:
    routes = APIRouter(tags=["pictures"], responses={**PICTURE, **problems(404)})

    @routes.get("/thumb/{item}", response_class=Response)
    def thumb(item: ItemId) -> Response:
        """A small picture of an item, or a tile with its name where it has none."""
        known = workspace.items.get(item)
        small = thumbnail_path(workspace.paths.thumbnails, known.id)
        file = workspace.items.file(known)
        if not small.exists() and file is not None:  # its vector came from a file
            write_thumbnail(load_image(file, known.box), known.id, workspace.paths.thumbnails)
        if small.exists():
            return FileResponse(small, headers=FOREVER)
        return Response(_placeholder(known.name), media_type="image/svg+xml")

    @routes.get("/image/{item}", response_class=Response)
    def image(item: ItemId) -> Response:
        """An item's picture as a screen shows it whole."""
        known = workspace.items.get(item)
        file = workspace.items.file(known)
        if file is None:
            return thumb(item)
        picture = load_image(file, known.box)
        picture.thumbnail((FULL_SIZE, FULL_SIZE))
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=90)
        return Response(out.getvalue(), media_type="image/jpeg", headers=FOREVER)

    return routes


def _placeholder(name: str) -> str:
    """A tile with the item's name, for items that have no picture."""
    shown = html.escape(name if len(name) <= 28 else f"…{name[-27:]}")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 320">'
        '<rect width="320" height="320" fill="#8a93a1"/>'
        '<text x="160" y="165" font-family="sans-serif" font-size="18" fill="#fff" '
        f'text-anchor="middle">{shown}</text></svg>'
    )
