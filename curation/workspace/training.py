"""Training runs, trials by other objectives, and which generation is shown."""

from __future__ import annotations

from typing import Any

import numpy as np

from curation.engine import Lane
from curation.errors import CurationError, TrainingError
from curation.review import views
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
        lane = self._to_train(criterion, objective)
        if not lane.track.implications.decisions:
            raise TrainingError("Nothing to train on: answer a few pairs first.")
        started = self._context.engine.train(lane, objective) is not None
        return {"started": started, "generation": lane.run.number if lane.run else None}

    def try_objective(self, criterion: str, objective: str) -> Json:
        """Train a trial by another objective, beside the generation in use; see ``trial``.

        Raises UnknownName, and TrainingError where there is nothing to train on, or nothing fair to
        compare with.
        """
        lane = self._context.lane(criterion)
        self._check_objective(lane, objective)
        if not lane.teaches():
            raise TrainingError("Nothing to train on: answer a few pairs first.")
        rival = lane.generations.read(lane.number)
        if rival.objective == "teach":
            raise TrainingError(
                f"Generation {rival.number} learnt from a session's bins, held-out answers among "
                "them, so nothing compares with it fairly; train once on the answers first."
            )
        return {"started": self._context.engine.try_objective(lane, objective) is not None}

    def trial(self, criterion: str) -> Json | None:
        """The newest trial beside the generation it is compared with; None before the first.

        Both with objective, the ``decisions`` learnt, AUC on the same held-out answers, and the
        places of the same items or None; ``colours`` are those of the map by "predicted" for
        these items. A map that is not there is asked for: ``drawing`` has the generations whose
        maps are on their way, as ``status`` has.

        Raises UnknownName.
        """
        lane = self._context.lane(criterion)
        if lane.trial is None:
            return None
        self._context.engine.draw_trial(lane)
        drawing = lane.awaited  # before the maps are looked for: none is missed
        places, colours = self._places(lane)
        figures = ("auc_before", "auc")
        sides = [
            {
                "number": one.number,
                "objective": one.objective,
                "decisions": one.n_decisions,
                "auc": told(lane.trial.metrics.get(auc)),
                "places": points,
            }
            for one, auc, points in zip(
                map(lane.generations.read, lane.compared), figures, places, strict=True
            )
        ]
        return {"sides": sides, "drawing": drawing, "colours": colours}

    def _places(self, lane: Lane) -> tuple[list[Any], Json | None]:
        """Places [2, n] of the items that all maps there are hold, None without map; colours."""
        track, _ = self._context.shown(lane.track.name)
        drawn = [lane.generations.newest(number, "layout") for number in lane.compared]
        sizes = [len(one) for one in drawn if one is not None]
        if not sizes:
            return [None, None], None
        rows = np.flatnonzero(track.eligible[: min(sizes)])
        values = self._predicted.of_rows(lane.track.name, rows)
        places = [None if one is None else np.round(one[rows], 4).T.tolist() for one in drawn]
        return places, {"by": "predicted", **views.colours(values)}

    def train_now(self, criterion: str, objective: str | None = None) -> int:
        """Train and wait; the number of the generation made (not necessarily adopted).

        Raises UnknownName, and TrainingError where a run is under way or failed, or no item is
        embedded.
        """
        future = self._context.engine.train(self._to_train(criterion, objective), objective)
        if future is None:
            raise TrainingError("A training run is under way, or no item is embedded yet.")
        return int(future.result()["number"])

    def _to_train(self, criterion: str, objective: str | None) -> Lane:
        """The lane of a criterion; whoever asks for training no longer wants to stay pinned."""
        lane = self._context.lane(criterion)
        if objective is not None:
            self._check_objective(lane, objective)
        lane.resume()
        return lane

    def _check_objective(self, lane: Lane, objective: str) -> None:
        """Raises UnknownName, and TrainingError where a generation cannot be trained by it."""
        check_names({"objective": objective})
        if lane.picks is not None:
            raise TrainingError(
                f"{lane.track.name!r} is taught in a session and learns from its bins, whatever "
                f"the objective; leave {objective!r} out, or end the session first."
            )

    def generations(self, criterion: str) -> list[Json]:
        """All generations of a criterion, newest first.

        Raises UnknownName.
        """
        lane = self._context.lane(criterion)
        current = lane.number
        rows = []
        for made, trial in lane.made():
            metrics = made.metrics
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
                    "trial": trial,
                }
            )
        return rows

    def restore(self, criterion: str, number: int) -> Json:
        """Show an earlier generation; it stays until ``resume``.

        Raises UnknownName, and TrainingError for a generation that there is not.
        """
        lane = self._context.lane(criterion)
        self._context.engine.use(lane, number, pinned=True)
        return {"generation": number, "pinned": True}

    def resume(self, criterion: str) -> Json:
        """Let training go on from the generation shown.

        Raises UnknownName.
        """
        lane = self._context.lane(criterion)
        lane.resume()
        return {"generation": lane.number, "pinned": False}

    def accept_offer(self, criterion: str, accept: bool) -> Json:
        """Adopt a generation that fell behind on held-out pairs, or keep the current one.

        Raises CurationError where none is on offer.
        """
        lane = self._context.lane(criterion)
        offer = lane.offer
        if offer is None:
            raise CurationError("There is no generation on offer.")
        if accept:
            self._context.engine.use(lane, offer, pinned=False)
        lane.settle_offer()
        return {"generation": lane.number}
