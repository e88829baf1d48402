"""What a client is told where a request fails: always ``{"error": <class>, "message": <text>}``."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from curation.errors import CurationError
from curation.http.schemas.common import Problem

log = logging.getLogger("curation.http")

_STATUS = {
    "UnknownName": 404,
    "DecisionError": 422,
    "SourceError": 422,
    "WorkspaceBusy": 409,
    "BusyError": 429,
    "StorageBusy": 503,
    "StorageFull": 507,
}
"""By the name of an error's class, or of the nearest one above it; 400 for all others."""
_SHOWN = 80
"""Characters of what was got that a message repeats."""
WAIT_SECONDS = 1.0
"""After which to come again where the error itself does not say."""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How routes declare that they may answer with these statuses."""
    return {status: {"model": Problem} for status in statuses}


def answer_errors(app: FastAPI) -> None:
    """Give errors of every kind the one form."""

    @app.exception_handler(CurationError)
    async def failed(_: Request, error: CurationError) -> Response:
        status = status_of(error)
        wait = {"Retry-After": f"{getattr(error, 'seconds', WAIT_SECONDS):.0f}"}
        return problem(
            type(error).__name__, str(error), status, wait if status in (429, 503) else None
        )

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        return problem("Refused", _detail(request, error), error.status_code, error.headers)

    @app.exception_handler(RequestValidationError)
    async def unfit(_: Request, error: RequestValidationError) -> Response:
        faults = "; ".join(map(_fault, error.errors()))
        message = f"Expected another request: {faults}. Correct it and send it again."
        return problem("InvalidRequest", message, 422)

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        text = f"{type(error).__name__}: {error}. The server's log has the details."
        return problem(type(error).__name__, text, 500)


def status_of(error: CurationError) -> int:
    """HTTP's status of an error."""
    names = (kind.__name__ for kind in type(error).__mro__)
    return next((_STATUS[name] for name in names if name in _STATUS), 400)


def problem(
    error: str, message: str, status: int, headers: Mapping[str, str] | None = None
) -> Response:
    """The one form; what cannot be written as UTF-8 (half of a surrogate pair) is escaped."""
    body = json.dumps({"error": error, "message": message}).encode()
    return Response(body, status, headers, "application/json")


def _detail(request: Request, error: HTTPException) -> str:
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "another method")
        return f"Expected {allowed}, got {request.method}; see /api/openapi.json for what there is."
    if error.status_code == 404 and error.detail == "Not Found":
        return "Nothing is here; see /api/openapi.json for what there is."
    return str(error.detail)


def _fault(one: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in one["loc"]) or "body"
    return f"{place}: {one['msg']}, got {_short(one.get('input'))!r}"


def _short(value: Any) -> str:
    try:
        return str(value)[:_SHOWN]
    except ValueError:  # a whole number of more digits than Python writes out
        return f"a number of more than {_SHOWN} digits"
