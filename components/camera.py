"""A camera in front of the person, as the source of a teaching session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from curation.errors import CurationError

if TYPE_CHECKING:
    from curation.workspace import Workspace

EVERY_SECONDS = 1.0
Take = Callable[[Any, str, gr.Request], None]


def bind(workspace: Workspace) -> Take:
    def take(frame: Any, session: str, request: gr.Request) -> None:
        """Observe a frame uint8 [H, W, 3] in the session that the page has aimed the camera at;
        the camera of every page is a source of its own."""
        if frame is None or not session:
            return
        by = f"camera {(request.session_hash or '')[:4]}".strip()
        try:
            workspace.teach.camera.observe(session, np.asarray(frame, np.uint8), by)
        except CurationError as error:
            raise gr.Error(str(error)) from error

    return take


def build(take: Take) -> None:
    """The camera is there while ``#camera-session`` names a session: only then can it be on."""
    with gr.Column(elem_id="panel-camera"):
        session = gr.Textbox(visible="hidden", elem_id="camera-session", label="Session")
        image = gr.Image(
            sources=["webcam"],
            streaming=True,
            type="numpy",
            label="Camera",
            visible=False,
            webcam_options=gr.WebcamOptions(mirror=False),
        )
    session.change(
        lambda name: gr.Image(visible=bool(name)),
        session,
        image,
        queue=False,
        show_progress="hidden",
        api_visibility="private",
    )
    image.stream(
        take,
        [image, session],
        None,
        stream_every=EVERY_SECONDS,
        concurrency_limit=None,
        show_progress="hidden",
        api_visibility="private",
    )
