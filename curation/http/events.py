"""A session's state as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from curation.workspace import Workspace

LOOK_SECONDS = 0.2
SILENCE_SECONDS = 15.0


async def states(workspace: Workspace, session: str, request: Request) -> AsyncIterator[str]:
    """The state, now and whenever it changes, until the session ends or the token is revoked."""
    told: tuple[int, int] | None = None
    silent, token = 0.0, request.state.token
    while not await request.is_disconnected():
        if token and workspace.teach.tokens.robot_of(token, session) is None:
            return  # revoked meanwhile
        version = workspace.teach.sessions.version(session)
        if version != told:
            told, silent = version, 0.0
            state = await run_in_threadpool(workspace.teach.sessions.state, session)
            yield f"event: state\ndata: {json.dumps(state)}\n\n"
            if state["status"] == "ended":
                return
        elif silent >= SILENCE_SECONDS:
            silent = 0.0
            yield ": still here\n\n"
        await asyncio.sleep(LOOK_SECONDS)
        silent += LOOK_SECONDS
