"""The hub that published weights come from: asked once, so that being offline costs seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from huggingface_hub import constants
from huggingface_hub.utils import get_session  # type: ignore[attr-defined]

from curation.errors import EncoderError

_ANSWER_SECONDS = 5.0


@contextmanager
def fetching(what: str, form: str) -> Iterator[None]:
    """Fetch the weights ``what`` within; what was fetched before needs no hub.

    The hub's client tries each file six times over almost a minute where nothing answers. So it is
    asked once here, and where it is away the client looks into its own folder only. Raises
    EncoderError that names ``form``, how to say the same with a file.
    """
    away = _away()
    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = before or bool(away)
    try:
        yield
    except Exception as error:  # the hub's client raises errors of many libraries
        raise EncoderError(_told(what, form, away, error)) from error
    finally:
        constants.HF_HUB_OFFLINE = before


def _away() -> str:
    """Why the hub cannot be asked; "" where it answers, if only that it does not know."""
    if constants.HF_HUB_OFFLINE:
        return "HF_HUB_OFFLINE is set"
    try:
        answer = get_session().head(constants.ENDPOINT, timeout=_ANSWER_SECONDS)
    except Exception as error:  # as above
        return _line(error)
    return f"status {answer.status_code}" if answer.status_code >= 500 else ""


def _told(what: str, form: str, away: str, error: Exception) -> str:
    ways = f"name a file, {form}, or use builtin."
    if away:
        return (
            f"Expected {what} on this machine or from {constants.ENDPOINT}, which cannot be "
            f"reached ({away}); connect this machine, {ways}"
        )
    return f"{what[:1].upper()}{what[1:]} could not be fetched: {_line(error)}; {ways}"


def _line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
