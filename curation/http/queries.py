"""Kinds of query parameters that several routes share, bounded as the fields of bodies are."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Path, Query

from curation.http.schemas import common
from curation.settings import DEFAULT_CRITERION
from curation.types import SessionStep


def _criterion(
    criterion: Annotated[
        common.Name, Query(description="meaning of 'belongs together'")
    ] = DEFAULT_CRITERION,
) -> str:
    return criterion


CriterionName = Annotated[str, Depends(_criterion)]
Reviewer = Annotated[common.MaybeName, Query()]
Text = Annotated[common.Query, Query()]
Offset = Annotated[int, Query(ge=0, le=100_000_000)]
K = Annotated[int, Query(ge=1, le=200)]
Number = Annotated[int, Path(ge=0, le=1_000_000_000)]
ItemId = Annotated[common.Id, Path()]
Session = Annotated[common.Name, Path()]
Step = Annotated[SessionStep, Path()]
Named = Annotated[common.Name, Query()]
"""What a person may name as they like: in a path, browsers take "." and ".." for other folders."""
Key = Annotated[common.Step, Header(alias="Idempotency-Key")]
"""A request with one happens once, however often it is sent."""
