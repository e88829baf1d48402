"""What the page polls of a criterion, and what held-out answers say of its training."""

from __future__ import annotations

from curation.criterion import Criterion
from curation.learning.adoption import MIN_PAIRS
from curation.workspace.context import Context, Json


def status_of(context: Context, criterion: str, reviewer: str) -> Json:
    """How a criterion stands; ``version`` changes whenever anything else does."""
    owner = context.owner(criterion)
    shown = owner.showing.snapshot
    intake = context.engine.intake.arrival
    current = owner.retraining.number
    metrics = shown.generation.metrics if shown else {}
    run, newest = owner.retraining.run, owner.retraining.newest()
    return {
        "version": owner.changes.version,
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
        "map_key": shown.drawn()[1] if shown else "",
        "pinned": owner.retraining.pinned,
        "training": run
        and {
            "progress": round(run.progress, 3),
            "decisions": run.decisions,
            "trial": run.trial,
        },
        "trial": _trial(owner),
        "taught": owner.is_taught,
        "worker": _worker(context, owner),
        "counts": owner.asking.counts(),
        "decisions": len(owner.answering.implications.decisions),
        "new_decisions": owner.retraining.new_decisions(),
        "conflicts": len(owner.answering.implications.conflicts),
        "offer": _offer(owner),
        "auc": told(metrics.get("auc")),
        "change_chance": owner.answering.pace.change.chance(20),
        "session": owner.answering.session(reviewer),
    }


def told(auc: Json | None) -> Json | None:
    """A held-out AUC where it rests on enough pairs to be shown."""
    return auc if auc is not None and auc["n"] >= MIN_PAIRS else None


def _worker(context: Context, owner: Criterion) -> Json:
    state, message = context.engine.backend.trouble()
    return {"state": state, "message": message or owner.retraining.trouble}


def _trial(owner: Criterion) -> Json | None:
    trial = owner.retraining.trial
    if trial is None:
        return None
    return {
        "number": trial.number,
        "drawing": owner.showing.drawing(owner.retraining.compared),
        "since": len(owner.answering.since(trial.log_position)),
    }


def _offer(owner: Criterion) -> Json | None:
    offer = owner.retraining.offer
    if offer is None:
        return None
    metrics = owner.generations.read(offer).metrics
    return {
        "generation": offer,
        "auc": metrics["auc"]["value"],
        "low": metrics["auc_before"]["low"],
        "high": metrics["auc_before"]["high"],
        "current_auc": metrics["auc_before"]["value"],
    }
