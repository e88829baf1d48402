"""The map, its colours, neighbours, and finding items, over HTTP."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from curation.http.errors import problems
from curation.http.queries import CriterionName, ItemId, K, Named, Text
from curation.http.schemas import places as schemas
from curation.workspace import Workspace

Json = dict[str, Any]
FILE = {"requestBody": {"required": True, "content": {
    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
}}}  # fmt: skip


def router(workspace: Workspace) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["map"], responses=problems(404))

    @routes.get("/map", response_model=schemas.Points)
    def map_points(criterion: CriterionName) -> Json:
        """Places of all items; of an earlier generation until the map is drawn."""
        return workspace.map.points(criterion)

    @routes.get("/map/coordinates", response_model=schemas.Coordinates)
    def map_coordinates(criterion: CriterionName) -> Json:
        """Where on the earth every point of the map was, in its order."""
        return workspace.map.coordinates(criterion)

    @routes.get("/colours", response_model=schemas.Colours, response_model_exclude_unset=True)
    def map_colours(criterion: CriterionName, by: Named) -> Json:
        """A value for every point of the map, in its order."""
        return workspace.map.colours(criterion, by)

    @routes.get("/neighbours/{item}", response_model=schemas.Neighbourhood)
    def gallery_neighbours(item: ItemId, criterion: CriterionName, k: K = 30) -> Json:
        """The k nearest of an item now, and before any training."""
        return workspace.search.neighbours(criterion, item, k)

    @routes.get("/find", response_model=schemas.Found)
    def gallery_find(criterion: CriterionName, query: Text, k: K = 60) -> Json:
        """Items whose file name or folder holds the text, ignoring case."""
        return workspace.search.by_name(criterion, query, limit=k)

    @routes.post("/tiles", response_model=schemas.Found)
    def gallery_tiles(body: schemas.TilesIn) -> Json:
        """Items as a gallery shows them, those that are not on the map left out."""
        return workspace.search.these(body.criterion, body.items)

    @routes.get("/find/text", response_model=schemas.Found)
    def gallery_find_text(criterion: CriterionName, query: Text, k: K = 30) -> Json:
        """The items nearest to a text, where the encoder has a text tower."""
        return workspace.search.by_text(criterion, query, k)

    @routes.post(
        "/find/image",
        openapi_extra=FILE,
        response_model=schemas.Found,
        responses=problems(413),
    )
    async def gallery_find_image(request: Request, criterion: CriterionName, k: K = 30) -> Json:
        """The items nearest to an image, given as the bytes of its file."""
        data = await request.body()
        return await run_in_threadpool(workspace.search.by_image, criterion, data, k)

    return routes
