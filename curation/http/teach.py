"""Teaching sessions over HTTP, under ``/api/teach``.

A robot sends its token as ``Authorization: Bearer``; a token that is not valid for the session is
refused. A request with an ``Idempotency-Key`` may be sent again: it happens once.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from curation.http import seeing
from curation.http.errors import problems
from curation.http.events import states
from curation.http.exports import with_download
from curation.http.guard import TOKEN_REFUSED
from curation.http.queries import Key, Named, Session, Step
from curation.http.schemas import teach as schemas
from curation.http.schemas.exports import WrittenSession
from curation.workspace import Workspace

Json = dict[str, Any]
BELT = 8
"""Items that lie on the page's belt."""

BEARER = HTTPBearer(
    scheme_name="robot", description="a robot's token for one session", auto_error=False
)


def router(workspace: Workspace) -> APIRouter:
    routes = APIRouter(prefix="/api/teach", tags=["teach"], responses=problems(404))

    def robot(
        session: Session,
        request: Request,
        given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
    ) -> None:
        """Leaves the name of the robot whose token came along, and the token; "" without one."""
        request.state.robot = request.state.token = ""
        if given is None:
            return
        name = workspace.teach.tokens.robot_of(given.credentials, session)
        if name is None:
            raise HTTPException(401, TOKEN_REFUSED)
        request.state.robot, request.state.token = name, given.credentials

    within = APIRouter(
        prefix="/sessions/{session}", dependencies=[Depends(robot)], responses=problems(401)
    )
    _open(routes, workspace)
    seeing.add(within, workspace)
    _picks(within, workspace)
    _state(within, workspace)
    routes.include_router(within)
    people = APIRouter(
        prefix="/sessions/{session}", dependencies=[Depends(_person)], responses=problems(403)
    )
    _bins(people, workspace)
    _manage(people, workspace)
    routes.include_router(people)
    return routes


def _person(request: Request) -> None:
    """What only people do: no robot's token reaches these."""
    if request.headers.get("authorization", "").lower().startswith("bearer"):
        raise HTTPException(403, "A robot's token cannot change the session itself.")


def _open(routes: APIRouter, workspace: Workspace) -> None:
    @routes.get("/sessions", response_model=list[schemas.SessionRow])
    def teach_sessions() -> list[Json]:
        """All sessions, oldest first."""
        return workspace.teach.sessions.all()

    @routes.post("/sessions", response_model=schemas.State)
    def teach_open(body: schemas.OpenIn, key: Key = "") -> Json:
        """Open a session, which is a criterion of this name."""
        return workspace.teach.sessions.open(
            body.name, body.teacher, body.mode, body.category, key, body.take_over
        )


def _picks(within: APIRouter, workspace: Workspace) -> None:
    @within.post("/pick", response_model=schemas.Picked)
    def teach_pick(session: Session, body: schemas.PickIn, key: Key = "") -> Json:
        """What a person wants, or where they put it."""
        return workspace.teach.bins.pick(session, body.item, body.teacher, body.bin, key, body.new)

    @within.post("/sort", response_model=schemas.Picked)
    def teach_sort(session: Session, body: schemas.SortIn, key: Key = "") -> Json:
        """Put an item into a bin."""
        return workspace.teach.bins.pick(session, body.item, body.teacher, body.bin, key, body.new)

    @within.post("/undo", response_model=schemas.UndonePick)
    def teach_undo(session: Session, body: schemas.UndoPickIn, key: Key = "") -> Json:
        """Take back the teacher's own last step, or their last pick of one item."""
        return workspace.teach.bins.undo(session, body.teacher, key, body.item)


def _state(within: APIRouter, workspace: Workspace) -> None:
    @within.get("/state", response_model=schemas.State)
    def teach_state(session: Session) -> Json:
        """Bins, picks, what was learnt, how sure the robot is."""
        return workspace.teach.sessions.state(session)

    @within.get("/answers", response_model=schemas.Answers)
    def teach_answers(session: Session) -> Json:
        """What the robot would do with every item."""
        return workspace.teach.robot.answers(session)

    @within.get("/curve", response_model=schemas.Curve)
    def teach_curve(session: Session) -> Json:
        """Agreement and confident share by picks."""
        return workspace.teach.archive.curve(session)

    @within.get("/events", response_class=StreamingResponse)
    async def teach_events(session: Session, request: Request) -> StreamingResponse:
        """Server-sent events: the state, now and whenever it changes."""
        workspace.teach.sessions.version(session)
        return StreamingResponse(
            states(workspace, session, request),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )


def _bins(people: APIRouter, workspace: Workspace) -> None:
    @people.post("/belt", response_model=schemas.Belt)
    def teach_view(session: Session, body: schemas.BeltIn) -> Json:
        """The belt, which observes what comes onto it, and the state."""
        return {
            "belt": workspace.teach.belt.items(session, BELT, more=body.more),
            "state": workspace.teach.sessions.state(session),
            "all_seen": workspace.teach.belt.all_seen(session),
            "sorted": workspace.teach.bins.sorted(session, body.shown),
        }

    @people.get("/bin", response_model=schemas.BinItems)
    def teach_bin_items(session: Session, bin: Named) -> Json:
        """All that was taught of a bin, the newest first."""
        return workspace.teach.bins.items(session, bin)

    @people.post("/rename", response_model=schemas.State)
    def teach_rename(session: Session, body: schemas.BinIn, key: Key = "") -> Json:
        """Give a bin another name."""
        return workspace.teach.bins.rename(session, body.bin, body.to, body.teacher, key)

    @people.post("/merge", response_model=schemas.State)
    def teach_merge(session: Session, body: schemas.BinIn, key: Key = "") -> Json:
        """Put a bin's items into another bin."""
        return workspace.teach.bins.merge(session, body.bin, body.to, body.teacher, key)


def _manage(people: APIRouter, workspace: Workspace) -> None:
    @people.post("/asks", response_model=schemas.State)
    def teach_asks(session: Session, body: schemas.AsksIn, key: Key = "") -> Json:
        """How often the robot may ask."""
        return workspace.teach.sessions.ask_at_most(session, body.share, body.teacher, key)

    @people.post("/robots", response_model=schemas.Granted)
    def teach_grant(session: Session, body: schemas.RobotIn) -> Json:
        """A bearer token for a robot."""
        made = workspace.teach.tokens.grant(session, body.robot, body.teacher)
        return {**made, "robots": workspace.teach.sessions.state(session)["robots"]}

    @people.delete("/robots", response_model=schemas.Robots)
    def teach_revoke(session: Session, robot: Named) -> Json:
        """No token of this robot is valid any more."""
        return workspace.teach.tokens.revoke(session, robot)

    @people.post("/export", response_model=WrittenSession)
    def teach_export(session: Session) -> Json:
        """One archive: picks as groups and pairs, adapter, timeline; ``url`` is its download."""
        return with_download(workspace.teach.archive.write(session))

    @people.post("/{step}", response_model=schemas.State)
    def teach_step(session: Session, step: Step, body: schemas.Teacher, key: Key = "") -> Json:
        """``step`` is pause, resume or end."""
        return workspace.teach.sessions.step(session, step, body.teacher, key)
