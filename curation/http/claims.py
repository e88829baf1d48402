"""Claims about images that nobody looked at, over HTTP."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from curation.http.clients import Leasing
from curation.http.errors import problems
from curation.http.schemas import claims as schemas
from curation.http.schemas.common import Name
from curation.http.schemas.review import ReviewerIn
from curation.settings import DEFAULT_CRITERION
from curation.workspace import Workspace

Json = dict[str, Any]


def router(workspace: Workspace) -> APIRouter:
    routes = APIRouter(prefix="/api/claims", tags=["claims"], responses=problems(404))

    @routes.get("", response_model=schemas.Claims)
    def claims(criterion: Name = DEFAULT_CRITERION) -> Json:
        """The claims of a criterion, newest first."""
        return {"claims": workspace.claims.all(criterion)}

    @routes.post("", response_model=schemas.Claim)
    def claim_begin(body: schemas.ClaimIn) -> Json:
        """Claim that images that nobody looked at are in the right groups, and have it audited."""
        return workspace.claims.begin(
            body.criterion, body.reviewer, target=body.target, of=body.of,
            confidence=body.confidence, group=body.group, id=body.id,
        )  # fmt: skip

    @routes.get("/{claim}", response_model=schemas.Claim)
    def claim(claim: str) -> Json:
        """How a claim stands."""
        return workspace.claims.state(claim)

    @routes.post("/{claim}/audits", response_model=schemas.Audits)
    def claim_audits(claim: str, body: schemas.AuditsIn, client: Leasing) -> Json:
        """The next grids to look at, to be answered as sweeps; this client's until then."""
        told = workspace.claims.questions(claim, body.reviewer, client, body.have, body.n)
        return {**told, "client": client}

    @routes.post("/{claim}/accept", response_model=schemas.Claim)
    def claim_accept(claim: str, body: ReviewerIn) -> Json:
        """Take the images that the claim holds as they are."""
        return workspace.claims.accept(claim, body.reviewer)

    @routes.post("/{claim}/revoke", response_model=schemas.Claim)
    def claim_revoke(claim: str, body: ReviewerIn) -> Json:
        """Take the acceptance back, in one step."""
        return workspace.claims.revoke(claim, body.reviewer)

    return routes
