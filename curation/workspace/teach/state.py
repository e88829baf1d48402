"""How a session goes, as the page and the robot see it."""

from __future__ import annotations

from curation.criterion.session import TaughtSession
from curation.criterion.snapshot import Snapshot
from curation.teaching.answers import SURE
from curation.workspace.context import Json


def state_of(session: str, taught: TaughtSession) -> Json:
    """Bins, picks, what was learnt, how sure the robot is, of a session with this id."""
    with taught.lock:
        state, torn = taught.state, taught.state.contradictions()
        carried = taught.carried()
        by_bin, refused = taught.state.taught(), carried.refused
        disputes = taught.disputes(carried)
    by_bin = {bin: [i for i in items if i not in refused] for bin, items in by_bin.items()}
    shown, training = taught.shown, taught.criterion.retraining
    learnt = set() if shown is None else _learnt(taught, shown)
    return {
        "session": session, "name": taught.name, "mode": state.mode, "status": state.status,
        "started": state.started, "ended": state.ended or None,
        "ask_share": state.ask_share, "bins": _bins(taught, by_bin, shown),
        "picks": len(state.picks), "taught": sum(map(len, by_bin.values())),
        "learnt": sum(item in learnt for items in by_bin.values() for item in items),
        "observed": len(state.observed), "observations": state.n_observed,
        "asks": state.n_asked,
        "confident_share": _confident_share(taught, shown), "agreement": state.agreement(),
        "generation": training.number, "learning": training.run is not None,
        "contradictions": [
            {"item": item, "bins": {pick.teacher: pick.bin for pick in picks}}
            for item, picks in torn.items()
        ],
        "refused": [{"item": item, "bin": bin} for item, bin in refused.items()],
        "disputes": disputes,
        "robots": sorted(set(state.tokens.values())), "trouble": training.trouble,
    }  # fmt: skip


def _confident_share(taught: TaughtSession, shown: Snapshot | None) -> float | None:
    if shown is None or not taught.state.picks:
        return None
    others = taught.confidences(shown)
    return float((others >= SURE).mean()) if len(others) else 1.0


def _bins(
    taught: TaughtSession, by_bin: dict[str, list[str]], shown: Snapshot | None
) -> list[Json]:
    counts: dict[str, int] = {}
    if shown is not None:
        answers = taught.answers(shown)
        for number, name in enumerate(answers.judge.names):
            counts[name] = int((answers.chosen == number).sum()) - len(by_bin.get(name, ()))
    return [
        {"name": name, "taught": len(items), "robot": max(counts.get(name, 0), 0),
         "items": items[::-1][:4]}
        for name, items in by_bin.items()
    ]  # fmt: skip


def _learnt(taught: TaughtSession, shown: Snapshot) -> set[str]:
    """Items that the space was made of, in the last update from picks where others followed."""
    picks = shown.generation.metrics.get("picks")
    if picks is None:
        kept = taught.criterion.generations
        made = (kept.read(number).metrics for number in reversed(kept.numbers()))
        picks = next((one["picks"] for one in made if "picks" in one), {})
    return {item for items in picks.values() for item in items}
