"""Who asks: a client names itself in ``X-Client``, and holds the pairs that it was given.

A script that names none gets a name with the pairs it leases, so that two of them are never given
the same ones.
"""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import Depends, Header

_NAME = r"^[\x20-\x7e]{1,64}$"


def _named(
    client: Annotated[
        str | None,
        Header(alias="X-Client", pattern=_NAME, description="the client's own name"),
    ] = None,
) -> str:
    return client or ""


def _leasing(client: Annotated[str, Depends(_named)]) -> str:
    return client or uuid.uuid4().hex


Client = Annotated[str, Depends(_named)]
"""The name of a client, "" of one that gives none."""
Leasing = Annotated[str, Depends(_leasing)]
"""The name of a client that pairs are leased to; a new one where it gives none."""
Known = Annotated[
    str, Header(alias="X-Client", pattern=_NAME, description="the client that holds the pairs")
]
"""The name of a client that must give one."""
