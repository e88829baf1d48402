"""One image, five groups: a question whose answer is written as its pairs."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from curation.criterion.questions import STRATEGY, next_question
from curation.errors import DecisionError
from curation.settings import QUESTION_COVERS
from curation.types import Pair
from curation.workspace import views
from curation.workspace.context import Context, Json
from curation.workspace.review import Review

TOO_FEW = (
    "It takes two groups known to differ to compare an image with: answer a few pairs first, with "
    "Different too."
)
NO_MORE = "No image is left that a known group is open to."


class Questions:
    """Which of these groups does the image belong to, or none?"""

    def __init__(self, context: Context, review: Review) -> None:
        self._context = context
        self._review = review

    def next(
        self, criterion: str, reviewer: str, tab: str = "", seen: Collection[str] = ()
    ) -> Json:
        """The next image with up to five group covers; its pairs are this tab's until answered.

        ``seen`` are items put off. ``question`` is None, with a ``message``, where there are not
        two groups known to differ, or no other image is left to ask about.

        Raises UnknownName, and CurationError while no item is embedded.
        """
        owner, _ = self._context.shown(criterion)
        state, _ = owner.asking.state()
        question = next_question(state, seen)
        if question is None:
            enough = len(state.membership.cores) > 1
            return {"question": None, "message": NO_MORE if enough else TOO_FEW}
        asked = question.proposals(state.space.generation)
        with owner.changes.lock:
            if any(map(owner.asking.closed, asked)):  # an answer came while the question was chosen
                return self.next(criterion, reviewer, tab, seen)
            for proposal in asked:
                owner.asking.queue.claim(proposal, reviewer, tab)
        covers = [
            {
                **views.item(self._context.item(cover), owner.answering.group_of(cover)),
                "size": len(owner.answering.implications.members(cover)),
                "chance": round(chance, 4),
            }
            for cover, chance in zip(question.covers, question.chances, strict=True)
        ]
        return {
            "question": {"item": views.item(self._context.item(question.item)), "covers": covers}
        }

    def answer(
        self,
        criterion: str,
        reviewer: str,
        item: str,
        covers: Sequence[str],
        choice: int | None,
        milliseconds: int | None = None,
        batch_id: str | None = None,
        tab: str = "",
    ) -> Json:
        """Record which cover (its place) the item belongs with, None for none of them.

        Written as one batch, undone in one step: `same` with the chosen one, `different` with
        the others. Raises DecisionError.
        """
        _check(item, covers)
        if choice is not None and not 0 <= choice < len(covers):
            raise DecisionError(
                f"Expected a choice from 0 to {len(covers) - 1}, or none, got {choice}."
            )
        batch = batch_id or uuid.uuid4().hex
        order = sorted(range(len(covers)), key=lambda place: place != choice)
        given = [
            {
                "id": f"{batch}-{place}",
                "a": item,
                "b": covers[place],
                "verdict": "same" if place == choice else "different",
                "kind": "uncertain",
                "strategy": STRATEGY,
                "milliseconds": milliseconds if turn == 0 else None,
                "batch_id": batch,
            }
            for turn, place in enumerate(order)
        ]
        return self._review.decide(criterion, reviewer, given, tab)

    def skip(self, criterion: str, reviewer: str, item: str, covers: Sequence[str]) -> Json:
        """Put a question off: no decision, and its pairs are open again.

        Raises UnknownName for no criterion, DecisionError for what is no question.
        """
        owner = self._context.owner(criterion)
        _check(item, covers)
        owner.asking.put_off(reviewer, [Pair.of(item, cover) for cover in covers])
        return {"counts": owner.asking.counts()}


def _check(item: str, covers: Sequence[str]) -> None:
    """DecisionError where an item and its covers are no question."""
    different = len({item, *covers}) == len(covers) + 1
    if not (different and 1 <= len(covers) <= QUESTION_COVERS):
        raise DecisionError(
            f"Expected an item and 1 to {QUESTION_COVERS} other, different covers, got "
            f"{len(covers)}; load the question again."
        )
