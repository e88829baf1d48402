"""A camera as the source of a session: frames in, items out."""

from __future__ import annotations

import io
import time

import numpy as np
import numpy.typing as npt
from PIL import Image

from curation.desk.base import Json
from curation.desk.keeping import Keeping
from curation.desk.live import Live
from curation.errors import BusyError

Frame = npt.NDArray[np.uint8]
GRID = (32, 24)
STILL = 6.0
"""Mean difference of grey levels, of 255, up to which a frame shows what the last one showed."""
EVERY_SECONDS = 0.5
"""Between two frames of a camera at least."""


class Watching(Keeping):
    """Sessions that look through a camera."""

    def teach_frame(self, session: str, frame: Frame, by: str = "camera") -> Json | None:
        """Observe a frame uint8 [H, W, 3] of a camera, as ``teach_observe`` does an image file.

        None where there is nothing to see: the session is not active, the frame shows what the
        last one did, or it came too soon after it, or while too many others are being embedded.
        """
        live = self._live(session)
        if live.session.status != "active" or not self._is_news(live, frame, by):
            return None
        data = io.BytesIO()
        Image.fromarray(frame).save(data, "JPEG", quality=90)
        try:
            return self.teach_observe(session, image=data.getvalue(), by=by)
        except BusyError:
            live.frames.pop(by, None)  # not seen after all
            return None

    @staticmethod
    def _is_news(live: Live, frame: Frame, by: str) -> bool:
        small = np.asarray(Image.fromarray(frame).convert("L").resize(GRID), np.float32)
        now = time.monotonic()
        with live.lock:
            then, before = live.frames.get(by, (-EVERY_SECONDS, None))
            still = before is not None and float(np.abs(small - before).mean()) <= STILL
            if still or now - then < EVERY_SECONDS:
                return False
            live.frames[by] = (now, small)
        return True
