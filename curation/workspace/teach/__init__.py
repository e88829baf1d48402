"""Teaching sessions: a person sorts a few items, the robot learns to sort the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from curation.teaching.events import EventLog
from curation.workspace.context import Context
from curation.workspace.criteria import Criteria
from curation.workspace.exports import Exports
from curation.workspace.items import Items
from curation.workspace.teach.archive import Archive
from curation.workspace.teach.belt import Belt
from curation.workspace.teach.bins import Bins
from curation.workspace.teach.camera import Camera
from curation.workspace.teach.images import ShownImages
from curation.workspace.teach.robot import Robot
from curation.workspace.teach.sessions import Sessions
from curation.workspace.teach.tokens import RobotTokens


@dataclass(frozen=True, slots=True)
class Teach:
    """The services of teaching sessions."""

    sessions: Sessions
    bins: Bins
    belt: Belt
    robot: Robot
    tokens: RobotTokens
    camera: Camera
    archive: Archive

    @classmethod
    def build(
        cls,
        context: Context,
        events: EventLog,
        criteria: Criteria,
        items: Items,
        exports: Exports,
    ) -> Self:
        """Compose them."""
        sessions = Sessions(context, criteria, events)
        images = ShownImages(context, items)
        robot = Robot(context, sessions, images)
        return cls(
            sessions=sessions,
            bins=Bins(context, sessions),
            belt=Belt(context, sessions, robot),
            robot=robot,
            tokens=RobotTokens(sessions),
            camera=Camera(sessions, robot),
            archive=Archive(context, items, exports, sessions, robot),
        )
