"""Training runs, trials by other objectives, and which generation is shown."""

from __future__ import annotations

from typing import Any

import numpy as np

from curation.criterion import Criterion
from curation.errors import TrainingError
from curation.workspace import views
from curation.workspace.context import Context, Json
from curation.workspace.criteria import check_names
from curation.workspace.predicted import PredictedGroups
from curation.workspace.status import told


class Training:
    """What trains, what came of it, and which generation is shown."""

    def __init__(self, context: Context, predicted: PredictedGroups) -> None:
        self._context = context
        self._predicted = predicted

    def train(self, criterion: str, objective: str | None = None) -> Json:
        """Start a training run now; says so where one is under way.

        Raises UnknownName, and TrainingError where there is nothing to train on or the
        objective needs what is not here.
        """
        owner = self._to_train(criterion, objective)
        if not owner.answering.implications.decisions:
            raise TrainingError("Nothing to train on: answer a few pairs first.")
        started = self._context.engine.retrainer.train(owner, objective) is not None
        run = owner.retraining.run
        return {"started": started, "generation": run.number if run else None}

    def try_objective(self, criterion: str, objective: str) -> Json:
        """Train a trial by another objective, beside the generation in use; see ``trial``.

        Raises UnknownName, and TrainingError where there is nothing to train on, or nothing fair to
        compare with.
        """
        owner = self._context.owner(criterion)
        self._check_objective(owner, objective)
        if not owner.answering.teach():
            raise TrainingError("Nothing to train on: answer a few pairs first.")
        rival = owner.generations.read(owner.retraining.number)
        if rival.objective == "teach":
            raise TrainingError(
                f"Generation {rival.number} learnt from a session's bins, held-out answers among "
                "them, so nothing compares with it fairly; train once on the answers first."
            )
        started = self._context.engine.retrainer.try_objective(owner, objective)
        return {"started": started is not None}

    def trial(self, criterion: str) -> Json | None:
        """The newest trial beside the generation it is compared with; None before the first.

        Both with objective, the ``decisions`` learnt, AUC on the same held-out answers, and the
        places of the same items or None; ``colours`` are those of the map by "predicted" for
        these items. ``drawing`` has the generations whose maps are on their way, as ``status`` has.

        Raises UnknownName.
        """
        owner = self._context.owner(criterion)
        trial = owner.retraining.trial
        if trial is None:
            return None
        # Before the maps are looked for, so that none is missed.
        drawing = owner.showing.drawing(owner.retraining.compared)
        places, colours = self._places(owner)
        figures = ("auc_before", "auc")
        sides = [
            {
                "number": one.number,
                "objective": one.objective,
                "decisions": one.n_decisions,
                "auc": told(trial.metrics.get(auc)),
                "places": points,
            }
            for one, auc, points in zip(
                map(owner.generations.read, owner.retraining.compared), figures, places, strict=True
            )
        ]
        return {"sides": sides, "drawing": drawing, "colours": colours}

    def _places(self, owner: Criterion) -> tuple[list[Any], Json | None]:
        """Places [2, n] of the items that all maps there are hold, None without map; colours, with
        ``pending`` as those of the map."""
        _, shown = self._context.shown(owner.name)
        drawn = [owner.generations.newest(number, "layout") for number in owner.retraining.compared]
        sizes = [len(one) for one in drawn if one is not None]
        if not sizes:
            return [None, None], None
        rows = np.flatnonzero(shown.eligible[: min(sizes)])
        made = self._predicted.latest(owner.name, shown)
        values: list[str | None] = [None] * len(rows)
        if made is not None:
            values = [*self._predicted.of_rows(owner.name, shown, made.value, rows)]
        places = [None if one is None else np.round(one[rows], 4).T.tolist() for one in drawn]
        pending = made is None or made.asked.number != shown.generation.number
        return places, {"by": "predicted", **views.colours(values), "pending": pending}

    def train_now(self, criterion: str, objective: str | None = None) -> int:
        """Train and wait; the number of the generation made (not necessarily adopted).

        Raises UnknownName, and TrainingError where a run is under way or failed, or no item is
        embedded.
        """
        owner = self._to_train(criterion, objective)
        future = self._context.engine.retrainer.train(owner, objective)
        if future is None:
            raise TrainingError("A training run is under way, or no item is embedded yet.")
        return int(future.result()["number"])

    def _to_train(self, criterion: str, objective: str | None) -> Criterion:
        """The owner of a criterion; whoever asks for training no longer wants to stay pinned."""
        owner = self._context.owner(criterion)
        if objective is not None:
            self._check_objective(owner, objective)
        owner.retraining.resume()
        return owner

    def _check_objective(self, owner: Criterion, objective: str) -> None:
        """Raises UnknownName, and TrainingError where a generation cannot be trained by it."""
        check_names({"objective": objective})
        if owner.is_taught:
            raise TrainingError(
                f"{owner.name!r} is taught in a session and learns from its bins, whatever "
                f"the objective; leave {objective!r} out, or end the session first."
            )

    def generations(self, criterion: str) -> list[Json]:
        """All generations of a criterion, newest first.

        Raises UnknownName.
        """
        owner = self._context.owner(criterion)
        current = owner.retraining.number
        rows = []
        for one in owner.retraining.made():
            made, metrics = one.generation, one.generation.metrics
            rows.append(
                {
                    "number": made.number,
                    "parent": made.parent,
                    "decisions": made.n_decisions,
                    "log_position": made.log_position,
                    "objective": made.objective,
                    "created": made.created,
                    "auc": told(metrics.get("auc")),
                    "auc_random": told(metrics.get("auc_random")),
                    "current": made.number == current,
                    "adopted": bool(metrics.get("adopt", True)),
                    "rival": metrics.get("rival"),
                    "trial": one.trial,
                }
            )
        return rows

    def restore(self, criterion: str, number: int) -> Json:
        """Show an earlier generation; it stays until ``resume``.

        Raises UnknownName, and TrainingError for a generation that there is not.
        """
        owner = self._context.owner(criterion)
        self._context.engine.retrainer.use(owner, number, pinned=True)
        return {"generation": number, "pinned": True}

    def resume(self, criterion: str) -> Json:
        """Let training go on from the generation shown."""
        owner = self._context.owner(criterion)
        owner.retraining.resume()
        return {"generation": owner.retraining.number, "pinned": False}

    def accept_offer(self, criterion: str, accept: bool, generation: int | None = None) -> Json:
        """Adopt a generation that fell behind on held-out pairs, or keep the current one.

        Raises UnknownName, and CurationError where none is on offer, or another than was meant.
        """
        owner = self._context.owner(criterion)
        self._context.engine.retrainer.accept_offer(owner, accept=accept, number=generation)
        return {"generation": owner.retraining.number}
