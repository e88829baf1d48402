"""What robots and cameras see, over HTTP: images that come into a session."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from fastapi import APIRouter, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from curation.errors import SourceError
from curation.http.clients import Client
from curation.http.errors import problems
from curation.http.queries import Key, Session
from curation.http.schemas.teach import ItemIn, Observed
from curation.items.decode import decode_image, open_image
from curation.workspace import Workspace

Json = dict[str, Any]
LARGEST_FRAME = 4 * 2**20
"""Bytes of a camera's frame."""
FRAME_PIXELS = 16_000_000
BINARY = {"schema": {"type": "string", "format": "binary"}}
OBSERVED = {
    "application/json": {"schema": ItemIn.model_json_schema()},
    "application/octet-stream": BINARY,
}


def _body(content: Json) -> Json:
    return {"requestBody": {"required": True, "content": content}}


def add(within: APIRouter, workspace: Workspace) -> None:
    """The routes of a session that take images."""

    @within.post(
        "/observe",
        openapi_extra=_body(OBSERVED),
        response_model=Observed,
        responses=problems(413, 429),
    )
    async def teach_observe(session: Session, request: Request, key: Key = "") -> Json:
        """An item's id as JSON, or the bytes of an image file as the whole body."""
        data, name = await request.body(), request.state.robot
        if request.headers.get("content-type", "").startswith("application/json"):
            given = _item(data, name)
        else:
            given = {"image": data, "by": name or "robot"}
        return await run_in_threadpool(workspace.teach.robot.observe, session, key=key, **given)

    @within.post(
        "/frames",
        openapi_extra=_body({"image/jpeg": BINARY}),
        response_model=Observed | None,
        responses=problems(413),
    )
    async def teach_frame(session: Session, request: Request, client: Client) -> Json | None:
        """A frame of a camera as a JPEG file, the whole body; every client's camera is one of its
        own. Answered null where it shows nothing new, or comes too soon after the last one."""
        data, by = await request.body(), f"camera {client[:12]}".strip()
        if len(data) > LARGEST_FRAME:
            most = f"A frame may have {LARGEST_FRAME >> 20} MB"
            raise HTTPException(413, f"{most}; send a smaller one.")
        return await run_in_threadpool(
            lambda: workspace.teach.camera.observe(session, _picture(data), by)
        )


def _item(data: bytes, robot: str) -> Json:
    try:
        body = ItemIn.model_validate_json(data)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False)) from error
    return {"item": body.item, "by": robot or body.by}


def _picture(data: bytes) -> Any:
    """Pixels uint8 [H, W, 3] of a JPEG file; SourceError for anything else, or too large a one."""
    if not data.startswith(b"\xff\xd8\xff"):
        raise SourceError("Expected a frame as a JPEG file, got something else; send a JPEG.")
    with open_image(io.BytesIO(data)) as image:
        width, height = image.size
    if width * height > FRAME_PIXELS:
        raise SourceError(
            f"Expected a frame of at most {FRAME_PIXELS:,} pixels, got {width} x {height}; send a "
            "smaller one."
        )
    return np.asarray(decode_image(data), np.uint8)
