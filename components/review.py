"""Pair review: cards, verdicts, skip, undo, exclusion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from components.panel import Arguments, ServerFunction, answers, frame

if TYPE_CHECKING:
    from curation.workspace import Workspace


def bind(workspace: Workspace) -> list[ServerFunction]:
    @answers
    def review_cards(given: Arguments) -> dict[str, Any]:
        return workspace.review.cards(
            given.text("criterion"),
            given.text("reviewer"),
            given.text("tab"),
            given.integer("n", 1, 64),
            kinds=given.texts("kinds") or None,
            have=given.texts("have"),
        )

    @answers
    def review_decide(given: Arguments) -> dict[str, Any]:
        return workspace.review.decide(
            given.text("criterion"),
            given.text("reviewer"),
            given.mappings("decisions"),
            tab=given.text("tab"),
        )

    @answers
    def review_skip(given: Arguments) -> dict[str, Any]:
        workspace.review.skip(
            given.text("criterion"),
            given.text("reviewer"),
            given.text("tab"),
            given.item("a"),
            given.item("b"),
        )
        return {}

    @answers
    def review_undo(given: Arguments) -> dict[str, Any]:
        return workspace.review.undo(
            given.text("criterion"), given.text("reviewer"), given.text("tab"), given.text("step")
        )

    @answers
    def review_release(given: Arguments) -> dict[str, Any]:
        workspace.review.release(given.text("tab"))
        return {}

    @answers
    def review_exclude(given: Arguments) -> dict[str, Any]:
        excluded = not given.flag("restore")
        workspace.items.exclude(given.text("reviewer"), given.items("items"), excluded=excluded)
        return {}

    @answers
    def question_next(given: Arguments) -> dict[str, Any]:
        return workspace.questions.next(
            given.text("criterion"), given.text("reviewer"), given.text("tab"), given.texts("seen")
        )

    @answers
    def question_answer(given: Arguments) -> dict[str, Any]:
        return workspace.questions.answer(
            given.text("criterion"),
            given.text("reviewer"),
            given.item("item"),
            given.items("covers"),
            given.optional_integer("choice", 0, 4),
            given.optional_integer("milliseconds", 0, 1_000_000_000),
            given.text("batch_id"),
            given.text("tab"),
        )

    @answers
    def question_skip(given: Arguments) -> dict[str, Any]:
        criterion, reviewer = given.text("criterion"), given.text("reviewer")
        item, covers = given.item("item"), given.items("covers")
        return workspace.questions.skip(criterion, reviewer, item, covers)

    return [
        question_next,
        question_answer,
        question_skip,
        review_cards,
        review_decide,
        review_skip,
        review_undo,
        review_release,
        review_exclude,
    ]


def build(functions: list[ServerFunction]) -> gr.HTML:
    return frame("review", functions)
