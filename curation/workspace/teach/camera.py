"""A camera as the source of a session: frames in, items out."""

from __future__ import annotations

import io
import time

import numpy as np
import numpy.typing as npt
from PIL import Image

from curation.criterion.session import TaughtSession
from curation.errors import BusyError
from curation.types import FloatArray
from curation.workspace.context import Json
from curation.workspace.teach.robot import Robot
from curation.workspace.teach.sessions import Sessions

Frame = npt.NDArray[np.uint8]
GRID = (32, 24)
STILL = 6.0
"""Mean difference of grey levels, of 255, up to which a frame shows what the last one showed."""
EVERY_SECONDS = 0.5
"""Between two frames of a camera at least."""


class Camera:
    """Sessions that look through cameras; of each its last frame: when, and float32 [24, 32]."""

    def __init__(self, sessions: Sessions, robot: Robot) -> None:
        self._sessions = sessions
        self._robot = robot
        self._last: dict[tuple[str, str], tuple[float, FloatArray]] = {}

    def observe(self, session: str, frame: Frame, by: str = "camera") -> Json | None:
        """Observe a frame uint8 [H, W, 3] of a camera, as ``Robot.observe`` does an image file.

        None where there is nothing to see: the session is not active, the frame shows what the
        last one did, or it came too soon after it, or while too many others are being embedded.
        Raises UnknownName for no session, CurationError where there is no encoder.
        """
        taught = self._sessions.find(session)
        if taught.state.status != "active" or not self._is_news(taught, frame, by):
            return None
        data = io.BytesIO()
        Image.fromarray(frame).save(data, "JPEG", quality=90)
        try:
            return self._robot.observe(session, image=data.getvalue(), by=by)
        except BusyError:
            self._last.pop((taught.name, by), None)  # not seen after all
            return None

    def _is_news(self, taught: TaughtSession, frame: Frame, by: str) -> bool:
        small = np.asarray(Image.fromarray(frame).convert("L").resize(GRID), np.float32)
        now = time.monotonic()
        with taught.lock:
            then, before = self._last.get((taught.name, by), (-EVERY_SECONDS, None))
            still = before is not None and float(np.abs(small - before).mean()) <= STILL
            if still or now - then < EVERY_SECONDS:
                return False
            self._last[taught.name, by] = (now, small)
        return True
