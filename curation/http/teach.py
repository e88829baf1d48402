"""Teaching sessions over HTTP, under ``/api/teach``.

A robot sends its token as ``Authorization: Bearer``; a token that is not valid for the session is
refused. A request with an ``Idempotency-Key`` may be sent again: it happens once.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Depends, Header, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from curation.errors import SourceError
from curation.http.errors import problems
from curation.http.guard import TOKEN_REFUSED
from curation.items.decode import decode_image, open_image
from curation.teaching.robot import LARGEST
from curation.workspace import Workspace

Json = dict[str, Any]
LARGEST_FRAME = 4 * 2**20
FRAME_PIXELS = 16_000_000
DRAINED = 8 * LARGEST
"""Bytes of a body too large that are read, so that its sender hears the refusal: a connection that
is closed while bytes are under way is reset."""
LOOK_SECONDS = 0.2
SILENCE_SECONDS = 15.0

Key = Annotated[str, Header(alias="Idempotency-Key", max_length=64)]
BEARER = HTTPBearer(
    scheme_name="robot", description="a robot's token for one session", auto_error=False
)
Name = Annotated[str, Field(min_length=1, max_length=200)]


class OpenIn(BaseModel):
    """``mode`` pick wants one ``category``; sort names bins as it goes.

    A session takes a criterion over that is there already only where that is said.
    """

    name: Name
    teacher: Name = "api"
    mode: str = "pick"
    category: str = Field("", max_length=200)
    take_over: bool = False


class Teacher(BaseModel):
    teacher: Name = "api"


class PickIn(Teacher):
    item: Name


class SortIn(PickIn):
    """A name that a bin had before means that bin still, unless it is said to be ``new``."""

    bin: Name
    new: bool = False


class BinIn(Teacher):
    bin: Name
    to: Name


class AsksIn(Teacher):
    share: float = Field(ge=0, le=1)


class RobotIn(Teacher):
    robot: Name


class ItemIn(BaseModel):
    item: Name
    by: Name = "robot"


class Observed(BaseModel):
    """What to do with an item; ``bin`` null: leave it."""

    item: str
    bin: str | None
    confidence: float
    action: Literal["act", "ask", "wait"]
    generation: int


FRAME = {
    "requestBody": {
        "required": True,
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
    }
}
OBSERVED = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": ItemIn.model_json_schema()},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


def router(workspace: Workspace) -> APIRouter:
    """The routes; bad input is answered by the application's error handler."""
    teach = APIRouter(prefix="/api/teach", tags=["teach"], responses=problems(404))

    def robot(
        session: str,
        request: Request,
        given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
    ) -> None:
        """Leaves the name of the robot whose token came along, and the token; "" without one."""
        request.state.robot = request.state.token = ""
        if given is None:
            return
        name = workspace.teach_robot(given.credentials, session)
        if name is None:
            raise HTTPException(401, TOKEN_REFUSED)
        request.state.robot, request.state.token = name, given.credentials

    known = [Depends(robot)]

    @teach.get("/sessions")
    def sessions() -> list[Json]:
        return workspace.teach_sessions()

    @teach.post("/sessions")
    def open_session(body: OpenIn, key: Key = "") -> Json:
        return workspace.teach_open(
            body.name, body.teacher, body.mode, body.category, key, body.take_over
        )

    @teach.post(
        "/sessions/{session}/observe",
        openapi_extra=OBSERVED,
        response_model=Observed,
        dependencies=known,
        responses=problems(401, 413, 429),
    )
    async def observe(session: str, request: Request, key: Key = "") -> Json:
        """An item's id as JSON, or the bytes of an image file as the whole body."""
        data, name = await _body(request, LARGEST), request.state.robot
        if request.headers.get("content-type", "").startswith("application/json"):
            given = _item(data, name)
        else:
            given = {"image": data, "by": name or "robot"}
        return await run_in_threadpool(workspace.teach_observe, session, key=key, **given)

    @teach.post(
        "/sessions/{session}/frames",
        openapi_extra=FRAME,
        response_model=Observed | None,
        dependencies=known,
        responses=problems(401, 413),
    )
    async def frame(
        session: str,
        request: Request,
        client: Annotated[str, Header(alias="X-Client", max_length=64)] = "",
    ) -> Json | None:
        """A frame of a camera as a JPEG file, the whole body; each client's camera is one of its
        own. Answered null where it shows nothing new, or comes too soon after the last one."""
        data, by = await _body(request, LARGEST_FRAME), f"camera {client[:4]}".strip()

        return await run_in_threadpool(lambda: workspace.teach_frame(session, _picture(data), by))

    @teach.post("/sessions/{session}/pick", dependencies=known, responses=problems(401))
    def pick(session: str, body: PickIn, key: Key = "") -> Json:
        return workspace.teach_pick(session, body.item, body.teacher, key=key)

    @teach.post("/sessions/{session}/sort", dependencies=known, responses=problems(401))
    def sort(session: str, body: SortIn, key: Key = "") -> Json:
        return workspace.teach_pick(session, body.item, body.teacher, body.bin, key, body.new)

    @teach.post("/sessions/{session}/undo", dependencies=known, responses=problems(401))
    def undo(session: str, body: Teacher, key: Key = "") -> Json:
        return workspace.teach_undo(session, body.teacher, key)

    @teach.get("/sessions/{session}/state", dependencies=known, responses=problems(401))
    def state(session: str) -> Json:
        return workspace.teach_state(session)

    @teach.get("/sessions/{session}/answers", dependencies=known, responses=problems(401))
    def answers(session: str) -> Json:
        return workspace.teach_answers(session)

    @teach.get("/sessions/{session}/curve", dependencies=known, responses=problems(401))
    def curve(session: str) -> Json:
        """Agreement and confident share by picks."""
        return workspace.teach_curve(session)

    @teach.get(
        "/sessions/{session}/events",
        response_class=StreamingResponse,
        dependencies=known,
        responses=problems(401),
    )
    async def events(session: str, request: Request) -> StreamingResponse:
        """Server-sent events: the state, now and whenever it changes."""
        workspace.teach_version(session)
        return StreamingResponse(
            _states(workspace, session, request),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )

    _manage(teach, workspace)
    return teach


def _manage(teach: APIRouter, workspace: Workspace) -> None:
    """What only people do: no robot's token reaches these."""

    def person(request: Request) -> None:
        if request.headers.get("authorization", "").lower().startswith("bearer"):
            raise HTTPException(403, "A robot's token cannot change the session itself.")

    only = [Depends(person)]

    @teach.post("/sessions/{session}/rename", dependencies=only, responses=problems(403))
    def rename(session: str, body: BinIn, key: Key = "") -> Json:
        return workspace.teach_rename(session, body.bin, body.to, body.teacher, key)

    @teach.post("/sessions/{session}/merge", dependencies=only, responses=problems(403))
    def merge(session: str, body: BinIn, key: Key = "") -> Json:
        return workspace.teach_merge(session, body.bin, body.to, body.teacher, key)

    @teach.post("/sessions/{session}/asks", dependencies=only, responses=problems(403))
    def asks(session: str, body: AsksIn, key: Key = "") -> Json:
        return workspace.teach_asks(session, body.share, body.teacher, key)

    @teach.post("/sessions/{session}/robots", dependencies=only, responses=problems(403))
    def grant(session: str, body: RobotIn) -> Json:
        return workspace.teach_grant(session, body.robot, body.teacher)

    robots = "/sessions/{session}/robots/{robot:path}"  # a name may hold a slash

    @teach.delete(robots, dependencies=only, responses=problems(403))
    def revoke(session: str, robot: str) -> Json:
        return workspace.teach_revoke(session, robot)

    @teach.post("/sessions/{session}/export", dependencies=only, responses=problems(403))
    def export(session: str) -> Json:
        """One archive: picks as groups and pairs, adapter, timeline; ``url`` is its download."""
        done = workspace.teach_export(session)
        return {**done, "url": f"/download/{Path(done['path']).name}"}

    @teach.post("/sessions/{session}/{step}", dependencies=only, responses=problems(403))
    def step(session: str, step: str, body: Teacher, key: Key = "") -> Json:
        """``step`` is pause, resume or end."""
        return workspace.teach_status(session, step, body.teacher, key)


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


def _item(data: bytes, robot: str) -> Json:
    try:
        body = ItemIn.model_validate_json(data)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False)) from error
    return {"item": body.item, "by": robot or body.by}


async def _body(request: Request, largest: int) -> bytes:
    """The body; one that is too large is thrown away as it comes, then refused."""
    told = request.headers.get("content-length", "")
    size = int(told) if told.isdigit() else 0
    parts, read = [], 0
    async for part in request.stream():
        read += len(part)
        size = max(size, read)
        if size <= largest:
            parts.append(part)
        elif read > DRAINED:
            break
    if size > largest:
        raise HTTPException(413, f"An image may have {largest >> 20} MB; send a smaller one.")
    return b"".join(parts)


async def _states(workspace: Workspace, session: str, request: Request) -> AsyncIterator[str]:
    told: tuple[int, int] | None = None
    silent, token = 0.0, request.state.token
    while not await request.is_disconnected():
        if token and workspace.teach_robot(token, session) is None:
            return  # revoked meanwhile
        version = workspace.teach_version(session)
        if version != told:
            told, silent = version, 0.0
            state = await run_in_threadpool(workspace.teach_state, session)
            yield f"event: state\ndata: {json.dumps(state)}\n\n"
            if state["status"] == "ended":
                return
        elif silent >= SILENCE_SECONDS:
            silent = 0.0
            yield ": still here\n\n"
        await asyncio.sleep(LOOK_SECONDS)
        silent += LOOK_SECONDS
