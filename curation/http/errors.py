"""What a client is told where a request fails: always ``{"error": <class>, "message": <text>}``."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from curation.errors import (
    BusyError,
    CurationError,
    DecisionError,
    SourceError,
    UnknownName,
    WorkspaceBusy,
)

_STATUS: dict[type[CurationError], int] = {
    UnknownName: 404,
    DecisionError: 422,
    SourceError: 422,
    WorkspaceBusy: 409,
    BusyError: 429,
}


class Problem(BaseModel):
    """``error`` is the kind, ``message`` says what was expected, what was got, and what to do."""

    error: str
    message: str


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How routes declare that they may answer with these statuses."""
    return {status: {"model": Problem} for status in statuses}


def answer_errors(app: FastAPI) -> None:
    """Give errors of every kind the one form."""

    @app.exception_handler(CurationError)
    async def failed(_: Request, error: CurationError) -> JSONResponse:
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
        wait = isinstance(error, BusyError) and {"Retry-After": f"{error.seconds:.0f}"}
        return _answer(type(error).__name__, str(error), status, wait or None)

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> JSONResponse:
        return _answer("Refused", str(error.detail), error.status_code, error.headers)

    @app.exception_handler(RequestValidationError)
    async def unfit(_: Request, error: RequestValidationError) -> JSONResponse:
        faults = "; ".join(map(_fault, error.errors()))
        return _answer("InvalidRequest", f"Expected another request: {faults}.", 422)


def _answer(error: str, message: str, status: int, headers: Any = None) -> JSONResponse:
    return JSONResponse({"error": error, "message": message}, status, headers)


def _fault(one: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in one["loc"]) or "body"
    return f"{place}: {one['msg']}, got {str(one.get('input'))[:80]!r}"
