"""Generations: what made them, how good they are, restore and resume; settings of training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from components.panel import Arguments, ServerFunction, answers, frame

if TYPE_CHECKING:
    from curation.workspace import Workspace


def bind(workspace: Workspace) -> list[ServerFunction]:
    @answers
    def training_generations(given: Arguments) -> dict[str, Any]:
        return {"generations": workspace.training.generations(given.text("criterion"))}

    @answers
    def training_start(given: Arguments) -> Any:
        return workspace.training.train(
            given.text("criterion"), objective=given.optional_text("objective")
        )

    @answers
    def training_restore(given: Arguments) -> Any:
        number = given.integer("number", 0, 1_000_000)
        return workspace.training.restore(given.text("criterion"), number)

    @answers
    def training_resume(given: Arguments) -> Any:
        return workspace.training.resume(given.text("criterion"))

    @answers
    def training_offer(given: Arguments) -> Any:
        return workspace.training.accept_offer(given.text("criterion"), given.flag("accept"))

    @answers
    def training_try(given: Arguments) -> Any:
        return workspace.training.try_objective(given.text("criterion"), given.text("objective"))

    @answers
    def training_trial(given: Arguments) -> Any:
        return {"trial": workspace.training.trial(given.text("criterion"))}

    @answers
    def training_settings(given: Arguments) -> dict[str, Any]:
        return workspace.criteria.settings(given.text("criterion"))

    @answers
    def training_set_settings(given: Arguments) -> dict[str, Any]:
        workspace.criteria.configure(given.text("criterion"), given.mapping("values"))
        return workspace.criteria.settings(given.text("criterion"))

    return [
        training_generations,
        training_start,
        training_restore,
        training_resume,
        training_offer,
        training_try,
        training_trial,
        training_settings,
        training_set_settings,
    ]


def build(functions: list[ServerFunction]) -> gr.HTML:
    return frame("training", functions)
