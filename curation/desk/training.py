"""Status, training, generations."""

from __future__ import annotations

from typing import Any

import numpy as np

from curation.desk.base import Json
from curation.desk.mapping import Mapping
from curation.engine import Lane
from curation.errors import CurationError, TrainingError
from curation.learning import objectives
from curation.learning.adoption import MIN_PAIRS
from curation.review import views


class Training(Mapping):
    """What trains, what came of it, and which generation is shown."""

    def overview(self) -> Json:
        """What this workspace is made of."""
        from curation.proposals import registry

        settings = self.workspace_settings
        return {
            "name": self.paths.root.name,
            "path": str(self.paths.root),
            "source": settings.source or settings.embeddings or "",
            "encoder": settings.encoder if not settings.embeddings else "vectors of a file",
            "device": self.engine.device,
            "criteria": self.criteria(),
            "n_items": len(self.catalogue.items),
            "attributes": self.attributes(),
            "colours": self.colour_names(),
            "has_images": self.has_images,
            "has_text": self.engine.has_text,
            "can_embed": not settings.embeddings,
            "unreadable": self.engine.intake.unreadable,
            "objectives": objectives.catalogue(),
            "strategies": registry.catalogue(),
        }

    @property
    def has_images(self) -> bool:
        return self.workspace_settings.source is not None

    def status(self, criterion: str, reviewer: str = "") -> Json:
        """Everything the page polls; ``version`` changes whenever anything else does."""
        lane = self._lane(criterion)
        track, shown = lane.track, lane.track.snapshot
        intake = self.engine.intake
        current = lane.number
        metrics = shown.generation.metrics if shown else {}
        run, newest = lane.run, lane.newest()
        return {
            "version": track.version,
            "items": len(self.catalogue.items),
            "embedded": 0 if shown is None else shown.n_items,
            "stage": intake.stage,
            "progress": round(intake.progress, 4),
            "message": intake.message,
            "unreadable": len(intake.unreadable),
            "generation": current,
            "generation_decisions": shown.generation.n_decisions if shown else 0,
            "latest": newest.number if newest else 0,
            "map_ready": bool(shown and shown.layout is not None),
            "map_generation": shown.layout_of if shown else -1,
            "mapped": len(shown.layout) if shown and shown.layout is not None else 0,
            "pinned": lane.pinned,
            "training": run
            and {
                "progress": round(run.progress, 3),
                "decisions": run.decisions,
                "trial": run.trial,
            },
            "trial": self._trial(lane),
            "taught": lane.picks is not None,
            "worker": self._worker(lane),
            "counts": track.counts(),
            "decisions": len(track.implications.decisions),
            "new_decisions": lane.new_decisions(),
            "conflicts": len(track.implications.conflicts),
            "offer": self._offer(lane),
            "auc": _told(metrics.get("auc")),
            "change_chance": track.pace.change.chance(20),
            "session": track.pace.session(reviewer),
        }

    def _worker(self, lane: Lane) -> Json:
        for worker in (self.engine.worker, self.engine.mapper):
            if worker.state in ("down", "starting"):
                return {"state": worker.state, "message": worker.message}
        return {"state": "ok", "message": lane.trouble}

    @staticmethod
    def _trial(lane: Lane) -> Json | None:
        if lane.trial is None:
            return None
        return {
            "number": lane.trial.number,
            "drawing": lane.awaited,
            "since": lane.decisions_since(lane.trial.log_position),
        }

    def _offer(self, lane: Lane) -> Json | None:
        if lane.offer is None:
            return None
        metrics = lane.generations.read(lane.offer).metrics
        return {
            "generation": lane.offer,
            "auc": metrics["auc"]["value"],
            "low": metrics["auc_before"]["low"],
            "high": metrics["auc_before"]["high"],
            "current_auc": metrics["auc_before"]["value"],
        }

    def train(self, criterion: str, objective: str | None = None) -> Json:
        """Start a training run now; says so where one is under way."""
        lane = self._to_train(criterion, objective)
        if not lane.track.implications.decisions:
            raise TrainingError("Nothing to train on: answer a few pairs first.")
        started = self.engine.train(lane, objective) is not None
        return {"started": started, "generation": lane.run.number if lane.run else None}

    def try_objective(self, criterion: str, objective: str) -> Json:
        """Train a trial by another objective, beside the generation in use; see ``trial``."""
        lane = self._lane(criterion)
        self._check_objective(lane, objective)
        if not lane.teaches():
            raise TrainingError("Nothing to train on: answer a few pairs first.")
        rival = lane.generations.read(lane.number)
        if rival.objective == "teach":
            raise TrainingError(
                f"Generation {rival.number} learnt from a session's bins, held-out answers among "
                "them, so nothing compares with it fairly; train once on the answers first."
            )
        return {"started": self.engine.try_objective(lane, objective) is not None}

    def trial(self, criterion: str) -> Json | None:
        """The newest trial beside the generation it is compared with; None before the first.

        Both with objective, the ``decisions`` learnt, AUC on the same held-out answers, and the
        places of the same items or None; ``colours`` are those of ``colours(by="predicted")`` for
        these items. A map that is not there is asked for: ``drawing`` has the generations whose
        maps are on their way, as ``status`` has.
        """
        lane = self._lane(criterion)
        if lane.trial is None:
            return None
        self.engine.draw_trial(lane)
        drawing = lane.awaited  # before the maps are looked for: none is missed
        places, colours = self._places(lane)
        figures = ("auc_before", "auc")
        sides = [
            {
                "number": one.number,
                "objective": one.objective,
                "decisions": one.n_decisions,
                "auc": _told(lane.trial.metrics.get(auc)),
                "places": points,
            }
            for one, auc, points in zip(
                map(lane.generations.read, lane.compared), figures, places, strict=True
            )
        ]
        return {"sides": sides, "drawing": drawing, "colours": colours}

    def _places(self, lane: Lane) -> tuple[list[Any], Json | None]:
        """Places [2, n] of the items that all maps there are hold, None without map; colours, with
        ``pending`` as those of the map."""
        track, shown = self._shown(lane.track.name)
        drawn = [lane.generations.newest(number, "layout") for number in lane.compared]
        sizes = [len(one) for one in drawn if one is not None]
        if not sizes:
            return [None, None], None
        rows = np.flatnonzero(track.eligible[: min(sizes)])
        ids = [shown.space.item_ids[row] for row in rows]
        values, pending = self._values(lane.track.name, shown, "predicted", rows, ids)
        places = [None if one is None else np.round(one[rows], 4).T.tolist() for one in drawn]
        return places, {"by": "predicted", **views.colours(values), "pending": pending}

    def train_now(self, criterion: str, objective: str | None = None) -> int:
        """Train and wait; the number of the generation made (not necessarily adopted)."""
        future = self.engine.train(self._to_train(criterion, objective), objective)
        if future is None:
            raise TrainingError("A training run is under way, or no item is embedded yet.")
        return int(future.result()["number"])

    def _to_train(self, criterion: str, objective: str | None) -> Lane:
        """The lane of a criterion; whoever asks for training no longer wants to stay pinned."""
        lane = self._lane(criterion)
        if objective is not None:
            self._check_objective(lane, objective)
        if lane.pinned:
            self.resume(criterion)
        return lane

    def _check_objective(self, lane: Lane, objective: str) -> None:
        """Raises UnknownName, and TrainingError where a generation cannot be trained by it."""
        self._check_names({"objective": objective})
        if lane.picks is not None:
            raise TrainingError(
                f"{lane.track.name!r} is taught in a session and learns from its bins, whatever "
                f"the objective; leave {objective!r} out, or end the session first."
            )

    def generations(self, criterion: str) -> list[Json]:
        """All generations of a criterion, newest first."""
        lane = self._lane(criterion)
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
                    "auc": _told(metrics.get("auc")),
                    "auc_random": _told(metrics.get("auc_random")),
                    "current": made.number == current,
                    "adopted": bool(metrics.get("adopt", True)),
                    "rival": metrics.get("rival"),
                    "trial": trial,
                }
            )
        return rows

    def restore(self, criterion: str, number: int) -> Json:
        """Show an earlier generation; it stays until ``resume``."""
        lane = self._lane(criterion)
        self.engine.use(lane, number, pinned=True)
        return {"generation": number, "pinned": True}

    def resume(self, criterion: str) -> Json:
        """Let training go on from the generation shown."""
        lane = self._lane(criterion)
        if lane.pinned:
            lane.generations.set_current(lane.number, pinned=False)
            lane.trained_at = lane.generations.read(lane.number).log_position
            lane.track.version += 1
        return {"generation": lane.number, "pinned": False}

    def accept_offer(self, criterion: str, accept: bool) -> Json:
        """Adopt a generation that fell behind on held-out pairs, or keep the current one."""
        lane = self._lane(criterion)
        offer = lane.offer
        if offer is None:
            raise CurationError("There is no generation on offer.")
        if accept:
            self.engine.use(lane, offer, pinned=False)
        lane.offer = None
        lane.track.version += 1
        return {"generation": lane.number}


def _told(auc: Json | None) -> Json | None:
    """A held-out AUC where it rests on enough pairs to be shown."""
    return auc if auc is not None and auc["n"] >= MIN_PAIRS else None
