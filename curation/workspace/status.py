"""What the page polls of a criterion, and what held-out answers say of its training."""

from __future__ import annotations

from curation.engine import Lane
from curation.learning.adoption import MIN_PAIRS
from curation.workspace.context import Context, Json


def status_of(context: Context, criterion: str, reviewer: str) -> Json:
    """How a criterion stands; ``version`` changes whenever anything else does."""
    lane = context.lane(criterion)
    track, shown = lane.track, lane.track.snapshot
    intake = context.engine.intake
    current = lane.number
    metrics = shown.generation.metrics if shown else {}
    run, newest = lane.run, lane.newest()
    return {
        "version": track.version,
        "items": len(context.catalogue.items),
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
        "trial": _trial(lane),
        "taught": lane.picks is not None,
        "worker": _worker(context, lane),
        "counts": track.counts(),
        "decisions": len(track.implications.decisions),
        "new_decisions": lane.new_decisions(),
        "conflicts": len(track.implications.conflicts),
        "offer": _offer(lane),
        "auc": told(metrics.get("auc")),
        "change_chance": track.pace.change.chance(20),
        "session": track.pace.session(reviewer),
    }


def told(auc: Json | None) -> Json | None:
    """A held-out AUC where it rests on enough pairs to be shown."""
    return auc if auc is not None and auc["n"] >= MIN_PAIRS else None


def _worker(context: Context, lane: Lane) -> Json:
    for worker in (context.engine.worker, context.engine.mapper):
        if worker.state in ("down", "starting"):
            return {"state": worker.state, "message": worker.message}
    return {"state": "ok", "message": lane.trouble}


def _trial(lane: Lane) -> Json | None:
    if lane.trial is None:
        return None
    return {
        "number": lane.trial.number,
        "drawing": lane.awaited,
        "since": lane.decisions_since(lane.trial.log_position),
    }


def _offer(lane: Lane) -> Json | None:
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
