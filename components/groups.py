"""Groups that decisions made, and apart from them the predicted grouping of all items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from components.panel import Arguments, ServerFunction, answers, frame

if TYPE_CHECKING:
    from curation.workspace import Workspace


def bind(workspace: Workspace) -> list[ServerFunction]:
    @answers
    def groups_list(given: Arguments) -> dict[str, Any]:
        return workspace.groups.all(given.text("criterion"))

    @answers
    def groups_predicted(given: Arguments) -> dict[str, Any]:
        return workspace.predicted.groups(
            given.text("criterion"), k=given.optional_integer("k", 1, 10_000)
        )

    @answers
    def groups_rename(given: Arguments) -> Any:
        return workspace.groups.rename(
            given.text("criterion"),
            given.text("group"),
            given.optional_text("name") or "",
            given.text("reviewer"),
        )

    @answers
    def groups_split(given: Arguments) -> Any:
        return workspace.groups.split(
            given.text("criterion"),
            given.text("reviewer"),
            given.text("group"),
            given.items("items"),
        )

    @answers
    def groups_merge(given: Arguments) -> Any:
        return workspace.groups.merge(
            given.text("criterion"), given.text("reviewer"), given.texts("groups")
        )

    @answers
    def groups_adopt_folders(given: Arguments) -> Any:
        return workspace.groups.adopt_folders(
            given.text("criterion"), given.text("reviewer"), attribute=given.text("attribute")
        )

    return [
        groups_list,
        groups_predicted,
        groups_rename,
        groups_split,
        groups_merge,
        groups_adopt_folders,
    ]


def build(functions: list[ServerFunction]) -> gr.HTML:
    return frame("groups", functions)
