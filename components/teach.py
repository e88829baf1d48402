"""Teaching a robot: the belt, the bins, what the robot would do, and the session itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from components.panel import Arguments, ServerFunction, answers, frame

if TYPE_CHECKING:
    from curation.workspace import Workspace

BELT = 8


def bind(workspace: Workspace) -> list[ServerFunction]:
    @answers
    def teach_sessions(given: Arguments) -> dict[str, Any]:
        del given
        return {"sessions": workspace.teach.sessions.all()}

    @answers
    def teach_open(given: Arguments) -> dict[str, Any]:
        return workspace.teach.sessions.open(
            given.text("name"),
            given.text("reviewer"),
            given.text("mode"),
            given.optional_text("category") or "",
            given.text("key"),
            given.flag("take_over"),
        )

    @answers
    def teach_view(given: Arguments) -> dict[str, Any]:
        session = given.text("session")
        return {
            "belt": workspace.teach.belt.items(session, BELT, more=given.flag("more")),
            "state": workspace.teach.sessions.state(session),
            "all_seen": workspace.teach.belt.all_seen(session),
            "sorted": workspace.teach.bins.sorted(session, given.texts("shown")),
        }

    @answers
    def teach_pick(given: Arguments) -> dict[str, Any]:
        return workspace.teach.bins.pick(
            given.text("session"),
            given.item("item"),
            given.text("reviewer"),
            given.optional_text("bin"),
            given.text("key"),
            given.flag("new"),
        )

    @answers
    def teach_undo(given: Arguments) -> dict[str, Any]:
        return workspace.teach.bins.undo(
            given.text("session"),
            given.text("reviewer"),
            given.text("key"),
            given.optional_item("item") or "",
        )

    @answers
    def teach_step(given: Arguments) -> dict[str, Any]:
        return workspace.teach.sessions.step(
            given.text("session"), given.text("step"), given.text("reviewer"), given.text("key")
        )

    @answers
    def teach_bin(given: Arguments) -> dict[str, Any]:
        change = workspace.teach.bins.merge if given.flag("merge") else workspace.teach.bins.rename
        return change(
            given.text("session"),
            given.text("bin"),
            given.text("to"),
            given.text("reviewer"),
            given.text("key"),
        )

    @answers
    def teach_bin_items(given: Arguments) -> dict[str, Any]:
        return workspace.teach.bins.items(given.text("session"), given.text("bin"))

    @answers
    def teach_curve(given: Arguments) -> dict[str, Any]:
        return workspace.teach.archive.curve(given.text("session"))

    @answers
    def teach_asks(given: Arguments) -> dict[str, Any]:
        return workspace.teach.sessions.ask_at_most(
            given.text("session"),
            given.integer("percent", 0, 100) / 100,
            given.text("reviewer"),
            given.text("key"),
        )

    @answers
    def teach_export(given: Arguments) -> dict[str, Any]:
        """Write into the workspace; the page links to the file by its name only."""
        written = workspace.teach.archive.write(given.text("session"))
        return {
            "file": Path(written["path"]).name,
            "files": written["files"],
            "encoder": written["encoder"],
        }

    @answers
    def teach_grant(given: Arguments) -> dict[str, Any]:
        session = given.text("session")
        made = workspace.teach.tokens.grant(session, given.text("robot"), given.text("reviewer"))
        return {**made, "robots": workspace.teach.sessions.state(session)["robots"]}

    @answers
    def teach_revoke(given: Arguments) -> dict[str, Any]:
        return workspace.teach.tokens.revoke(given.text("session"), given.text("robot"))

    return [
        teach_sessions,
        teach_open,
        teach_view,
        teach_pick,
        teach_undo,
        teach_step,
        teach_bin,
        teach_bin_items,
        teach_curve,
        teach_asks,
        teach_export,
        teach_grant,
        teach_revoke,
    ]


def build(functions: list[ServerFunction]) -> gr.HTML:
    return frame("teach", functions)
